import { type Bucket, BucketFullError } from '../shared/bucket/bucket.ts'
import type { CacheWriter } from '../shared/cache/cache.ts'
import type { Clock } from '../shared/clock.ts'
import { problems } from '../shared/http/problems.ts'
import type { Ids } from '../shared/id.ts'
import {
  encodeRecord,
  INLINE_BODY_BYTES,
  makeRecord,
  type PasteRecord,
  type RecordHead,
} from '../shared/record.ts'
import { timing } from '../shared/timing.ts'
import { claimKey, claimNothing, type Claim, type IdempotencyKey, type MadeHead } from './claims.ts'
import type { Database } from './database.ts'
import { insertPending } from './queries.ts'
import type { Quota } from './quota.ts'
import type { Tokens } from './tokens.ts'

/**
 * Making a paste: the row, the object, and then the commit that makes it exist. Nothing is said to
 * be stored before its bytes are durable, and nobody knows its id before they are told.
 */

export interface NewPaste {
  bytes: Uint8Array
  ttlMs: number
  language: string | null
  title: string | null
  burn: boolean
}

export interface CreatedPaste {
  head: MadeHead
  deleteToken: string
}

export interface CreateOptions {
  ids: Pick<Ids, 'make'>
  tokens: Pick<Tokens, 'make'>
  database: Database
  bucket: Pick<Bucket, 'put'>
  cache: Pick<CacheWriter, 'fill'>
  quota: Pick<Quota, 'take' | 'give'>
  clock: Clock
  /** The cache's clock now, or null when it is not known. */
  cacheTimeMs(): number | null
  onCreated?: (head: RecordHead, ttlMs: number) => void
}

/** What came of it; not new is what another create made of the same key meanwhile. */
type Attempted = { isNew: true; head: RecordHead } | { isNew: false; head: MadeHead }

/** A put that failed has spent its id: the bytes may arrive yet. */
const ATTEMPTS = 2

/**
 * The paste exists when it returns. With a key, it is the one paste of that key, whoever made it.
 * @throws Problem 409, 422, 503, 507; DatabaseError; BucketError
 */
export type CreatePaste = (paste: NewPaste, key?: IdempotencyKey | null) => Promise<CreatedPaste>

export function createCreator(options: CreateOptions): CreatePaste {
  const { ids, tokens, database, bucket, cache, quota, clock, cacheTimeMs, onCreated } = options

  return async function createPaste(paste, key = null) {
    const claim = key === null ? claimNothing(database) : claimKey(database, key)
    const head = (await claim.find()) ?? (await make(paste, claim))
    return { head, deleteToken: tokens.make(head.id) }
  }

  async function make(paste: NewPaste, claim: Claim): Promise<MadeHead> {
    const reserved = paste.bytes.length
    if (!(await quota.take(reserved))) throw problems.full()
    try {
      const { head, isNew } = await attempt(paste, claim)
      quota.give(isNew ? reserved - head.storedSize : reserved)
      if (isNew) onCreated?.(head, paste.ttlMs)
      return head
    } catch (error) {
      quota.give(reserved)
      await claim.release()
      throw error
    }
  }

  async function attempt(paste: NewPaste, claim: Claim): Promise<Attempted> {
    let lastError: unknown = problems.unavailable('storage is away')
    for (let attempts = 0; attempts < ATTEMPTS; attempts += 1) {
      const record = recordOf(paste, ids.make(), clock.now())
      const earlier = await claim.take(record.head)
      if (earlier !== null) return { head: earlier, isNew: false }
      if (!(await insertPending(database, record.head))) continue
      try {
        if ((await put(bucket, record)) === 'exists') continue
      } catch (error) {
        if (error instanceof BucketFullError) throw error
        lastError = error
        continue
      }
      if (!(await claim.show(record.head.id))) continue
      await fill(record)
      return { head: record.head, isNew: true }
    }
    throw lastError
  }

  /** At best: an edge that does not find it asks the bucket. Burn pastes are never there. */
  async function fill({ head, body, kind }: PasteRecord): Promise<void> {
    const timeMs = cacheTimeMs()
    if (head.burn || timeMs === null) return
    const kept = { kind, head, body: head.storedSize > INLINE_BODY_BYTES ? null : body }
    const deadlineMs = timeMs + timing.walkMs
    await cache.fill(head.id, encodeRecord(kept), head.expiresAt, deadlineMs).catch(() => undefined)
  }
}

function recordOf(paste: NewPaste, id: string, createdAt: number) {
  const { bytes, ttlMs, language, title, burn } = paste
  const expiresAt = createdAt + ttlMs
  return makeRecord({ id, createdAt, expiresAt, language, title, burn }, bytes)
}

function put(bucket: Pick<Bucket, 'put'>, record: PasteRecord): Promise<'stored' | 'exists'> {
  return bucket.put(record.head.id, encodeRecord(record), {
    expiresAtMs: record.head.expiresAt,
    metadata: metadataOf(record.head),
  })
}

/** The row's facts, so that it can be rebuilt from the object; text as URI components. */
function metadataOf(head: RecordHead): Record<string, string> {
  return {
    createdat: String(head.createdAt),
    expiresat: String(head.expiresAt),
    size: String(head.size),
    storedsize: String(head.storedSize),
    sha256: head.sha256,
    burn: String(head.burn),
    ...(head.language === null ? {} : { language: encodeURIComponent(head.language) }),
    ...(head.title === null ? {} : { title: encodeURIComponent(head.title) }),
  }
}
