import type { CacheReader, LoggedInvalidation, Poll } from '../shared/cache/cache.ts'
import type { Clock } from '../shared/clock.ts'
import { logPage, timing } from '../shared/timing.ts'

/**
 * Says whether the shared cache may be trusted, and carries what went away into memory. Published
 * messages are the fast way, the log is the sure one. docs/architecture.md, "Trust".
 */

export type DistrustReason = 'connection' | 'epoch' | 'gap'

export interface FollowerOptions {
  cache: Pick<CacheReader, 'connection' | 'poll' | 'subscribe'>
  clock: Clock
  /** Called for each entry, perhaps several times: it must be idempotent. */
  onGone(invalidation: LoggedInvalidation, via: 'pubsub' | 'poll'): void
  onExpired(ids: readonly string[]): void
  onDistrust?: (reason: DistrustReason) => void
  onPollError?: (error: unknown) => void
}

interface Lease {
  /** Since when leases have followed one another without a gap, monotonic. */
  since: number
  untilMonotonic: number
  untilWall: number
  connection: number
}

interface GoodPoll {
  cacheTimeMs: number
  receivedAt: number
  connection: number
}

export type Follower = ReturnType<typeof createFollower>

export function createFollower(options: FollowerOptions) {
  const { cache, clock, onGone, onExpired, onDistrust, onPollError } = options
  let era = 0
  let lease: Lease | null = null
  let cursor: string | null = null
  let connection: number | null = null
  let epoch: number | null = null
  let lastGood: GoodPoll | null = null
  let polling: Promise<void> | null = null

  /** Whatever memory holds is asked about once more; nothing is flushed. */
  function distrust(reason: DistrustReason): void {
    era += 1
    lease = null
    cursor = null
    onDistrust?.(reason)
  }

  function holds(): boolean {
    return (
      lease !== null &&
      clock.monotonic() < lease.untilMonotonic &&
      clock.now() < lease.untilWall &&
      cache.connection() === lease.connection
    )
  }

  function grant(sent: { monotonic: number; wall: number }, poll: Poll, on: number): void {
    const { watermark } = poll
    if (watermark === null || watermark.server !== poll.server || watermark.timeMs === 0) return
    // A cache clock that stepped back must not make the lease longer.
    const ageMs = Math.max(0, poll.timeMs - watermark.timeMs)
    lease = {
      since: holds() && lease !== null ? lease.since : clock.monotonic(),
      untilMonotonic: sent.monotonic + timing.leaseMs - ageMs,
      untilWall: sent.wall + timing.leaseMs - ageMs,
      connection: on,
    }
  }

  function checkEpoch(poll: Poll): void {
    const { watermark } = poll
    if (watermark === null || watermark.server !== poll.server) return
    if (watermark.epoch === epoch) return
    epoch = watermark.epoch
    distrust('epoch')
  }

  function checkGap(poll: Poll): void {
    if (lastGood !== null && poll.timeMs - lastGood.cacheTimeMs > timing.logGapMs) distrust('gap')
  }

  /** Reads the log from the cursor to its end. @returns false when it was too long for that */
  async function follow(first: Poll): Promise<boolean> {
    let page = first
    for (let pages = 1; ; pages += 1) {
      for (const entry of page.entries) onGone(entry, 'poll')
      cursor = page.cursor
      if (page.complete) return true
      if (pages === logPage.maxPages) return false
      page = await cache.poll(cursor)
      if (!sameServer(first, page)) throw new Error('the cache changed while its log was read')
    }
  }

  /**
   * After a distrust the log is followed from its end on. What was logged before that is never
   * read, so whatever was fetched until now is of an older era, however late this succeeds.
   */
  async function jumpToEnd(first: Poll): Promise<Poll> {
    const poll = await cache.poll(null)
    if (!sameServer(first, poll)) throw new Error('the cache changed while its log was read')
    era += 1
    cursor = poll.cursor
    return poll
  }

  async function round(): Promise<void> {
    const sent = { monotonic: clock.monotonic(), wall: clock.now() }
    const on = cache.connection()
    if (on !== connection) {
      connection = on
      distrust('connection')
    }
    let poll = await cache.poll(cursor)
    checkGap(poll)
    checkEpoch(poll)
    if (cursor !== null && !(await follow(poll))) distrust('gap')
    if (cursor === null) poll = await jumpToEnd(poll)
    if (cache.connection() !== on) throw new Error('the connection was lost during a poll')
    lastGood = { cacheTimeMs: poll.timeMs, receivedAt: clock.monotonic(), connection: on }
    grant(sent, poll, on)
  }

  const subscription = cache.subscribe({
    gone: (invalidation) => onGone(invalidation, 'pubsub'),
    expired: onExpired,
  })

  return {
    /** Counts the distrusts: a record of an older era is asked about before it is trusted. */
    era: (): number => era,
    holds,
    /** True when a lease holds, has held without a gap since then (monotonic), and no distrust. */
    heldSince: (monotonic: number): boolean =>
      holds() && lease !== null && lease.since <= monotonic,
    /** The cache's clock now, rather too early than too late; null when it is not known. */
    cacheTimeMs(): number | null {
      if (lastGood === null || lastGood.connection !== cache.connection()) return null
      return lastGood.cacheTimeMs + Math.floor(clock.monotonic() - lastGood.receivedAt)
    },
    /** One poll; a call during another waits for that one. A failed one only lets leases lapse. */
    poll(): Promise<void> {
      polling ??= round()
        .catch((error: unknown) => onPollError?.(error))
        .finally(() => {
          polling = null
        })
      return polling
    },
    close: (): Promise<void> => subscription.close(),
  }
}

function sameServer(left: Poll, right: Poll): boolean {
  return (
    left.server === right.server &&
    left.watermark?.server === right.watermark?.server &&
    left.watermark?.epoch === right.watermark?.epoch
  )
}
