import type { CacheState, CacheWriter, Watermark } from '../shared/cache/cache.ts'
import type { Clock } from '../shared/clock.ts'
import type { Database } from './database.ts'
import { findUnburied, markBuried, nextEpoch, touchVouching } from './queries.ts'

/**
 * Vouching: an origin says, by moving the watermark on, that the shared cache knows of everything
 * that went away before then. A cache that started anew gets a new epoch first, and with it
 * everything recent counts as unburied again. docs/architecture.md, "Vouching".
 */

/** Rows that are buried at once. */
const BATCH = 500
/** After so many batches the round ends without a watermark, and the next one goes on. */
const MAX_BATCHES = 20

export interface VoucherOptions {
  cache: Pick<CacheWriter, 'state' | 'proposeEpoch' | 'advance' | 'bury'>
  database: Database
  clock: Pick<Clock, 'monotonic'>
  onReburied?: (count: number) => void
  onError?: (error: unknown) => void
}

export type Voucher = ReturnType<typeof createVoucher>

export function createVoucher(options: VoucherOptions) {
  const { cache, database, clock, onReburied, onError } = options
  let seen: { cacheTimeMs: number; receivedAt: number } | null = null
  let vouchedAt: number | null = null
  let running: Promise<boolean> | null = null

  async function readState(): Promise<CacheState> {
    const state = await cache.state()
    seen = { cacheTimeMs: state.timeMs, receivedAt: clock.monotonic() }
    return state
  }

  async function round(): Promise<boolean> {
    const state = await readState()
    const epoch = await settleEpoch(state)
    if (epoch === null || !(await buryAll(epoch))) return false
    const advanced = await cache.advance(epoch, state.timeMs)
    if (advanced) vouchedAt = clock.monotonic()
    return advanced
  }

  /** @returns the epoch of this life of the server; null when another origin was faster */
  async function settleEpoch({ server, watermark }: CacheState): Promise<number | null> {
    if (watermark !== null && watermark.server === server) return watermark.epoch
    return proposeEpoch(watermark, server)
  }

  async function proposeEpoch(found: Watermark | null, server: string): Promise<number | null> {
    const epoch = await nextEpoch(database)
    return (await cache.proposeEpoch(found, server, epoch)) ? epoch : null
  }

  /** Buries until nothing is left to bury. @returns false when that cannot be said */
  async function buryAll(epoch: number): Promise<boolean> {
    for (let batches = 0; batches < MAX_BATCHES; batches += 1) {
      const rows = await database.transaction(async (queryable) => {
        await touchVouching(queryable)
        return findUnburied(queryable, epoch, BATCH)
      })
      if (rows.length === 0) return true
      const epochs = await Promise.all(
        rows.map(({ id, state }) => cache.bury({ id, reason: state })),
      )
      if (epochs.some((buriedIn) => buriedIn !== epoch)) return false
      await markBuried(
        database,
        rows.map(({ id }) => id),
        epoch,
      )
      onReburied?.(rows.length)
    }
    return false
  }

  return {
    /** One round; a call during another waits for that one. @returns whether it vouched */
    vouch(): Promise<boolean> {
      running ??= round()
        .catch((error: unknown) => {
          onError?.(error)
          return false
        })
        .finally(() => {
          running = null
        })
      return running
    },
    /** Resolves when the round under way, if there is one, is over. */
    settled: async (): Promise<void> => void (await running),
    /** The cache's clock now, rather too early than too late; null when it is not known. */
    cacheTimeMs: (): number | null =>
      seen === null ? null : seen.cacheTimeMs + Math.floor(clock.monotonic() - seen.receivedAt),
    /** Seconds since this origin vouched last; null when it never did. */
    ageSeconds: (): number | null =>
      vouchedAt === null ? null : (clock.monotonic() - vouchedAt) / 1000,
  }
}
