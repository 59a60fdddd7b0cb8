import type { Context } from 'hono'
import { header } from '../shared/http/handle.ts'
import { problems } from '../shared/http/problems.ts'
import type { Ids } from '../shared/id.ts'
import { bearer } from './bearer.ts'
import { createPathId } from './path-id.ts'
import type { Tokens } from './tokens.ts'

export interface OwnerCheckOptions {
  ids: Pick<Ids, 'verify'>
  tokens: Pick<Tokens, 'verify'>
}

/**
 * The id in the path, of a request that carries its delete token: `Authorization: Bearer TOKEN`
 * or `X-Token`.
 * @param formToken the token of a form, which comes first
 * @throws Problem 404 for what was never made here, whatever else was sent; 401, 403
 */
export type OwnedId = (c: Context, formToken?: string) => string

export function createOwnerCheck({ ids, tokens }: OwnerCheckOptions): OwnedId {
  const idOf = createPathId(ids)
  return function ownedId(c, formToken) {
    const id = idOf(c)
    const token = formToken ?? bearer(header(c, 'authorization')) ?? header(c, 'x-token')
    if (token === undefined || token === '') throw problems.noToken()
    if (!tokens.verify(id, token)) throw problems.wrongToken()
    return id
  }
}
