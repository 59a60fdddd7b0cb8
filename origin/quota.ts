import type { Queryable } from './database.ts'
import { sumStored } from './queries.ts'

/**
 * MAX_TOTAL_BYTES: a sum of what is visible, looked up now and then and kept up in between by what
 * this origin adds. Several origins may overshoot by what they write within one refresh.
 */

/** A sum older than this is looked up again before anything is refused. */
const REFUSAL_AGE_MS = 1000
const REFRESH_MS = 10_000

export interface QuotaOptions {
  database: Queryable
  /** 0: no limit. */
  maxBytes: number
  monotonic(): number
}

export type Quota = ReturnType<typeof createQuota>

export function createQuota({ database, maxBytes, monotonic }: QuotaOptions) {
  let storedBytes = 0
  let measuredAt = Number.NEGATIVE_INFINITY

  async function measure(): Promise<void> {
    storedBytes = await sumStored(database)
    measuredAt = monotonic()
  }

  async function fits(bytes: number): Promise<boolean> {
    if (maxBytes === 0) return true
    if (monotonic() - measuredAt > REFRESH_MS) await measure()
    if (storedBytes + bytes <= maxBytes) return true
    if (monotonic() - measuredAt > REFUSAL_AGE_MS) await measure()
    return storedBytes + bytes <= maxBytes
  }

  return {
    /** Reserves room. @returns false when there is none */
    async take(bytes: number): Promise<boolean> {
      if (!(await fits(bytes))) return false
      storedBytes += bytes
      return true
    },
    /** Gives back what was taken for a paste that was not made. */
    give(bytes: number): void {
      storedBytes = Math.max(0, storedBytes - bytes)
    },
    measure,
    storedBytes: (): number => storedBytes,
  }
}
