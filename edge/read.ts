import type { BucketReader } from '../shared/bucket/bucket.ts'
import { readRecord } from '../shared/bucket/read-record.ts'
import type { CacheReader } from '../shared/cache/cache.ts'
import type { Clock } from '../shared/clock.ts'
import { copyOut } from '../shared/copy-out.ts'
import { createFaces } from '../shared/http/faces.ts'
import { problems } from '../shared/http/problems.ts'
import type { Ids } from '../shared/id.ts'
import {
  decodeRecord,
  encodeRecord,
  type GoneReason,
  type PasteRecord,
  RecordError,
  type Tombstone,
} from '../shared/record.ts'
import { timing } from '../shared/timing.ts'
import type { Follower } from './follower.ts'
import type { Gate } from './gate.ts'
import { type Memory, type MemoryEntry, type Moment, NEVER, NO_ERA } from './memory.ts'
import { createWalks, type Schedule, type Walk } from './walks.ts'

/**
 * The way to a paste: memory, the shared cache, the bucket. A tier that is broken never reads as
 * one that has nothing, and nothing is served that a lease, or a bucket request sent less than
 * timing.bucketTrustMs ago, does not cover. docs/architecture.md tells why.
 */

export type Tier = 'memory' | 'redis' | 'bucket'
export type LookupResult = 'hit' | 'miss' | 'gone' | 'error'

export type ReadAnswer =
  | {
      kind: 'record'
      entry: MemoryEntry
      tier: Tier
      /** Epoch ms at which it was known to be there: what NGINX may go by. */
      knownAt: number
    }
  | { kind: 'gone'; reason: GoneReason }
  | { kind: 'absent' }

export interface ReaderOptions {
  ids: Pick<Ids, 'verify'>
  memory: Memory
  follower: Pick<Follower, 'era' | 'holds' | 'heldSince' | 'cacheTimeMs'>
  cache: Pick<CacheReader, 'get' | 'fill'>
  bucket: BucketReader
  gate: Pick<Gate, 'run'>
  clock: Clock
  onLookup?: (tier: Tier, result: LookupResult) => void
  onJoined?: () => void
  /** Stored bytes that are no record, with the tier that holds them. */
  onDamage?: (id: string, tier: Tier, error: RecordError) => void
  schedule?: Schedule
}

const ABSENT: ReadAnswer = { kind: 'absent' }

export type Reader = ReturnType<typeof createReader>

export function createReader(options: ReaderOptions) {
  const { ids, memory, follower, cache, bucket, gate, clock, onLookup, onDamage } = options
  const walks = createWalks<ReadAnswer>({ ...options, era: follower.era }, gone)

  /** At once from memory; else a walk. @throws Problem 503, 500; BucketError; RecordError */
  function read(id: string): ReadAnswer | Promise<ReadAnswer> {
    const reason = memory.gone(id)
    if (reason !== undefined) return found('memory', gone(reason))
    const entry = memory.get(id)
    if (entry === undefined && !ids.verify(id)) return ABSENT
    if (entry !== undefined && hasExpired(entry.record)) {
      return found('memory', goneFor(id, 'expired'))
    }
    const knownAt = entry === undefined ? null : trustedAt(entry)
    if (entry !== undefined && knownAt !== null) {
      return found('memory', { kind: 'record', entry, tier: 'memory', knownAt })
    }
    onLookup?.('memory', 'miss')
    return walks.join(id, walkTiers)
  }

  /** Now under a lease, else when the bucket was asked; null when nothing covers it any more. */
  function trustedAt({ era, sentAt }: MemoryEntry): number | null {
    if (era === follower.era() && follower.holds()) return clock.now()
    return isRecent(sentAt) ? sentAt.wall : null
  }

  function isRecent(sentAt: Moment): boolean {
    return clock.monotonic() - sentAt.monotonic < timing.bucketTrustMs
  }

  function hasExpired(record: PasteRecord): boolean {
    return clock.now() >= record.head.expiresAt
  }

  /** An unbroken lease since the walk began covers whatever the walk was told. */
  function covered(walk: Walk): boolean {
    return walk.era === follower.era() && follower.heldSince(walk.begun.monotonic)
  }

  async function walkTiers(walk: Walk): Promise<ReadAnswer> {
    const told = await askCache(walk.id)
    if (told !== 'none' && told !== 'broken') {
      if (told.kind === 'gone') return found('redis', goneFor(walk.id, told.reason))
      if (hasExpired(told)) return found('redis', goneFor(walk.id, 'expired'))
      if (covered(walk)) return arrive(walk, toEntry(told, null, NEVER, walk.era), 'redis', true)
    }
    return askBucket(walk, told === 'broken')
  }

  async function askCache(id: string): Promise<PasteRecord | Tombstone | 'none' | 'broken'> {
    try {
      const value = await cache.get(id)
      if (value === null) onLookup?.('redis', 'miss')
      return value === null ? 'none' : decodeRecord(value, id)
    } catch (error) {
      onLookup?.('redis', 'error')
      if (error instanceof RecordError) onDamage?.(id, 'redis', error)
      return 'broken'
    }
  }

  /** Asks until what was told may be served: a bucket answer that grew old is confirmed. */
  async function askBucket(walk: Walk, cacheIsBroken: boolean): Promise<ReadAnswer> {
    let entry = memory.get(walk.id)
    const known = entry !== undefined
    let keep = true
    while (!walk.cut()) {
      const sentAt = { monotonic: clock.monotonic(), wall: clock.now() }
      const told = await fetchRecord(walk, entry?.etag ?? null)
      if (told === null) {
        return found('bucket', entry === undefined ? ABSENT : goneFor(walk.id, reasonFor(entry)))
      }
      if (told === 'unchanged' && entry !== undefined) {
        entry = { ...entry, sentAt, era: eraFor(entry.record, walk) }
      } else if (told !== 'unchanged') {
        entry = toEntry(told.record, told.etag, sentAt, eraFor(told.record, walk))
        if (hasExpired(entry.record)) return found('bucket', goneFor(walk.id, 'expired'))
        const filled = cacheIsBroken ? 'late' : await fill(walk, told.record)
        if (filled === 'gone') return found('redis', goneFor(walk.id, await reasonOf(walk.id)))
        // What memory holds already is confirmed by this, as by a 304; the cache need not agree.
        keep = known || filled === 'ok' || told.record.head.burn
      }
      if (entry !== undefined && (covered(walk) || isRecent(entry.sentAt))) {
        return arrive(walk, entry, 'bucket', keep)
      }
    }
    throw problems.unavailable('storage is slow')
  }

  /** Why what memory holds has no object any more. */
  function reasonFor({ record }: MemoryEntry): GoneReason {
    if (hasExpired(record)) return 'expired'
    return record.head.burn ? 'burned' : 'deleted'
  }

  async function fetchRecord(walk: Walk, ifNoneMatch: string | null) {
    try {
      return await gate.run(async () => {
        const conditions = { signal: walk.signal, ...(ifNoneMatch === null ? {} : { ifNoneMatch }) }
        const object = await bucket.get(walk.id, conditions)
        if (object === null) return null
        if (object.kind === 'unchanged') return 'unchanged'
        return { record: await readRecord(object, walk.id), etag: object.etag }
      })
    } catch (error) {
      onLookup?.('bucket', 'error')
      if (error instanceof RecordError) onDamage?.(walk.id, 'bucket', error)
      throw error
    }
  }

  /** @returns `late` also for an error or no answer: what cannot be checked is not kept */
  async function fill(walk: Walk, record: PasteRecord) {
    const cacheTimeMs = follower.cacheTimeMs()
    if (record.head.burn || cacheTimeMs === null) return 'late'
    const walkedMs = clock.monotonic() - walk.begun.monotonic
    const deadlineMs = Math.floor(cacheTimeMs - walkedMs + timing.walkMs)
    try {
      return await cache.fill(walk.id, encodeRecord(record), record.head.expiresAt, deadlineMs)
    } catch {
      onLookup?.('redis', 'error')
      return 'late'
    }
  }

  async function reasonOf(id: string): Promise<GoneReason> {
    const told = await askCache(id)
    return typeof told === 'object' && told.kind === 'gone' ? told.reason : 'deleted'
  }

  /** The end of a walk that found a record: the last look before it is kept and served. */
  function arrive(walk: Walk, entry: MemoryEntry, tier: Tier, keep: boolean): ReadAnswer {
    const killed = walk.killed()
    if (killed !== null) return gone(killed)
    if (walk.cut()) throw problems.unavailable('storage is slow')
    if (hasExpired(entry.record)) return found(tier, goneFor(walk.id, 'expired'))
    if (keep && !memory.keep(walk.id, entry)) return gone(memory.gone(walk.id) ?? 'deleted')
    const knownAt = covered(walk) ? clock.now() : entry.sentAt.wall
    return found(tier, { kind: 'record', entry, tier, knownAt })
  }

  function goneFor(id: string, reason: GoneReason): ReadAnswer {
    memory.bury(id, reason)
    return gone(reason)
  }

  function found(tier: Tier, answer: ReadAnswer): ReadAnswer {
    const results = { record: 'hit', gone: 'gone', absent: 'miss' } as const
    onLookup?.(tier, results[answer.kind])
    return answer
  }

  return {
    read,
    /** Something went away: a tombstone into memory, and its walk is killed. */
    invalidate(id: string, reason: GoneReason): void {
      memory.bury(id, reason)
      walks.kill(id, reason)
    },
    walks: walks.size,
  }
}

function gone(reason: GoneReason): ReadAnswer {
  return { kind: 'gone', reason }
}

/** No lease ever covers a burn paste: it has no tombstone in the shared cache. */
function eraFor(record: PasteRecord, walk: Walk): number {
  return record.head.burn ? NO_ERA : walk.era
}

/** The body is copied: a view of a network buffer would keep all of that buffer alive. */
function toEntry(record: PasteRecord, etag: string | null, sentAt: Moment, era: number) {
  const body = record.body === null || record.head.burn ? null : copyOut(record.body)
  return { record: { ...record, body }, etag, sentAt, era, faces: createFaces() }
}
