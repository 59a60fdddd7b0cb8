import type { Context } from 'hono'
import type { Subnet } from '../shared/subnets.ts'
import { createClientAddress } from './client-address.ts'
import { createCreateLimit, type CreateLimitOptions } from './create-limit.ts'

/** What stands before every way of making a paste, and before its body is read. */

export interface Admission {
  /** The client's address. */
  client: string
  /** For the answer: what its limit is, and what is left of it. */
  headers: Readonly<Record<string, string>>
}

/** @throws Problem 429 */
export type Admit = (c: Context) => Admission

export interface AdmitOptions extends CreateLimitOptions {
  /** Whose `X-Forwarded-For` counts. */
  trustedProxies: readonly Subnet[]
}

export function createAdmit(options: AdmitOptions): Admit {
  const clientAddress = createClientAddress(options.trustedProxies)
  const limit = createCreateLimit(options)
  return function admit(c) {
    const client = clientAddress(c)
    return { client, headers: limit.take(client) }
  }
}

/** Without proxies and without a limit. */
export const admitAnyone = createAdmit({ trustedProxies: [], perMinute: 0, monotonic: () => 0 })
