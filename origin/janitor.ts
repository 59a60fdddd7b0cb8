import pMap from 'p-map'
import type { Bucket } from '../shared/bucket/bucket.ts'
import type { CacheWriter } from '../shared/cache/cache.ts'
import type { Queryable } from './database.ts'
import {
  claimDue,
  deleteRows,
  type DueKind,
  type DueRow,
  markExpired,
  markRetired,
  markSettled,
} from './due.ts'
import { markPurged } from './queries.ts'

/**
 * Carries every paste through what is left of its life. It claims due rows, works outside of any
 * transaction, and moves them on; any number of origins may do so at once.
 */

export interface JanitorOptions {
  database: Queryable
  bucket: Pick<Bucket, 'delete'>
  cache: Pick<CacheWriter, 'settle' | 'publishExpired' | 'trim'>
  /** Rows claimed at once: with PGlite a claim blocks the event loop. */
  batch?: number
  /** Objects deleted at once. */
  concurrency?: number
  onExpired?: (count: number) => void
  onError?: (kind: DueKind | 'trim', error: unknown) => void
}

/** One pass ends after so many batches; the next second goes on. */
const MAX_BATCHES = 200

export type Janitor = ReturnType<typeof createJanitor>

export function createJanitor(options: JanitorOptions) {
  const { database, bucket, cache, batch = 250, concurrency = 16, onExpired, onError } = options

  const steps: Record<DueKind, (ids: string[]) => Promise<void>> = {
    pending: expire,
    expiry: expire,
    object: purge,
    tombstone: async (ids) => markSettled(database, await settle(ids, 'tombstone')),
    retire: async (ids) => markRetired(database, await settle(ids, 'retire')),
    end: (ids) => deleteRows(database, ids),
  }

  async function expire(ids: string[]): Promise<void> {
    const moved = await markExpired(database, ids)
    onExpired?.(moved.length)
    // Edges know by themselves; this only lets them free the memory sooner.
    await cache.publishExpired(moved).catch(() => undefined)
    await purge(moved)
  }

  async function purge(ids: string[]): Promise<void> {
    const absent = await succeeding(ids, 'object', (id) => bucket.delete(id))
    if (absent.length > 0) await markPurged(database, absent)
  }

  function settle(ids: string[], kind: DueKind): Promise<string[]> {
    return succeeding(ids, kind, (id) => cache.settle(id))
  }

  /** The ids for which the task succeeded; one failure is told of, for all of them. */
  async function succeeding(ids: string[], kind: DueKind, task: (id: string) => Promise<void>) {
    const done: string[] = []
    let failure: unknown
    await pMap(
      ids,
      async (id) => {
        try {
          await task(id)
          done.push(id)
        } catch (error) {
          failure = error
        }
      },
      { concurrency },
    )
    if (failure !== undefined) onError?.(kind, failure)
    return done
  }

  async function handle(rows: DueRow[]): Promise<void> {
    for (const [kind, group] of Map.groupBy(rows, (row) => row.kind)) {
      try {
        await steps[kind](group.map(({ id }) => id))
      } catch (error) {
        onError?.(kind, error)
      }
    }
  }

  return {
    /** One pass: until nothing is due. @returns rows handled @throws DatabaseError */
    async run(signal?: AbortSignal): Promise<number> {
      let handled = 0
      for (let batches = 0; batches < MAX_BATCHES && signal?.aborted !== true; batches += 1) {
        const rows = await claimDue(database, batch)
        if (rows.length === 0) break
        await handle(rows)
        handled += rows.length
      }
      return handled
    },
    /** Cuts the invalidation log. */
    async trimLog(): Promise<void> {
      await cache.trim().catch((error: unknown) => onError?.('trim', error))
    },
  }
}
