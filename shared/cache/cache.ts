import type { GoneReason } from '../record.ts'

/**
 * What every tier shares: records, tombstones, the invalidation log, the watermark, and the
 * channels on which invalidations are published. Nothing in it is beyond losing.
 *
 * Every call has a deadline (timing.cacheCommandMs) and throws CacheError when the cache is away or
 * answers nonsense: a broken cache never reads as an empty one. Times are epoch milliseconds on the
 * cache's own clock, which nobody else's is compared with.
 */

export class CacheError extends Error {
  override name = 'CacheError'
}

/** Names one life of one server: it changes with every restart and every failover. */
export type ServerName = string

/** "This server knows of everything that went away before `timeMs`", said by an origin. */
export interface Watermark {
  server: ServerName
  /** Numbers the lives of the cache; what was buried in an earlier one may be forgotten. */
  epoch: number
  timeMs: number
}

/** What an origin reads before it vouches. */
export interface CacheState {
  server: ServerName
  timeMs: number
  watermark: Watermark | null
}

/** "This went away." */
export interface Invalidation {
  id: string
  reason: GoneReason
}

/** One entry of the invalidation log; the same is published on the channel. */
export interface LoggedInvalidation extends Invalidation {
  /** When it was buried, on the cache's clock. */
  timeMs: number
}

/** One page of the log behind a cursor, with the state as it was just before. */
export interface Poll extends CacheState {
  entries: readonly LoggedInvalidation[]
  /** Where to go on from. */
  cursor: string
  /** False when a full page came: there may be more. */
  complete: boolean
}

export type FillResult = 'ok' | 'gone' | 'late'

export interface CacheHandlers {
  /** Something was deleted or removed. */
  gone(invalidation: LoggedInvalidation): void
  /** These expired: drop them, nothing more. */
  expired(ids: readonly string[]): void
}

export interface Subscription {
  /** Idempotent; resolves when no handler will be called any more. */
  close(): Promise<void>
}

/** The slice that an edge uses. `get` and `poll` speak on one connection. */
export interface CacheReader {
  /** Changes whenever that connection was lost, so that a lease from before it can be told. */
  connection(): number
  /** The stored bytes (a record or a tombstone), or null when there are none. */
  get(id: string): Promise<Buffer | null>
  /**
   * @param cursor from the last poll, or null: no entries, the cursor set to the log's end
   */
  poll(cursor: string | null): Promise<Poll>
  /** Calls the handlers as things are published. A lost subscription comes back by itself. */
  subscribe(handlers: CacheHandlers): Subscription
  /**
   * Stores a record, unless its tombstone is there (`gone`) or `deadlineMs` has passed (`late`).
   * It lives until `expiresAtMs`, and for timing.recordLifeMs at most.
   * @param deadlineMs on the cache's clock
   */
  fill(id: string, record: Uint8Array, expiresAtMs: number, deadlineMs: number): Promise<FillResult>
}

/** The slice that an origin uses. */
export interface CacheWriter extends Pick<CacheReader, 'get' | 'fill'> {
  /**
   * Puts a tombstone without a time to live, enters it into the log and publishes it, at once.
   * @returns the epoch in which that happened; 0 when the cache has no watermark
   */
  bury(invalidation: Invalidation): Promise<number>
  /** Gives the tombstone of `id` timing.tombstoneLifeMs to live; nothing when there is none. */
  settle(id: string): Promise<void>
  publishExpired(ids: readonly string[]): Promise<void>
  state(): Promise<CacheState>
  /**
   * Begins an epoch: puts `{server, epoch, timeMs: 0}` in place of exactly `seen`.
   * @returns false when the watermark is not `seen` any more
   */
  proposeEpoch(seen: Watermark | null, server: ServerName, epoch: number): Promise<boolean>
  /**
   * Moves the watermark on.
   * @returns false when its epoch is another by now, or its time not older
   */
  advance(epoch: number, timeMs: number): Promise<boolean>
  /** Cuts what is older than timing.logLifeMs from the log. @returns entries cut */
  trim(): Promise<number>
}

export interface SharedCache extends CacheReader, CacheWriter {
  close(): Promise<void>
}
