import type { Readable } from 'node:stream'
import type { BucketReader } from '../shared/bucket/bucket.ts'
import type { Clock } from '../shared/clock.ts'
import { problems } from '../shared/http/problems.ts'
import { encodeHead, type GoneReason } from '../shared/record.ts'
import { timing } from '../shared/timing.ts'
import type { Follower } from './follower.ts'
import type { Gate } from './gate.ts'
import type { Memory, MemoryEntry } from './memory.ts'

/**
 * Opens the stored body of a paste that memory holds the head of alone. The stream is open before
 * any header is sent: an object that is absent is a paste that is gone.
 */

export interface LargeBodiesOptions {
  bucket: BucketReader
  gate: Pick<Gate, 'run'>
  memory: Pick<Memory, 'gone'>
  follower: Pick<Follower, 'era' | 'heldSince'>
  clock: Clock
  invalidate(id: string, reason: GoneReason): void
}

/** Opens a body from a byte of it on. @throws Problem 410, 451, 503; BucketError */
export type OpenBody = (entry: MemoryEntry, from: number) => Promise<Readable>

export function createLargeBodies(options: LargeBodiesOptions): OpenBody {
  const { bucket, gate, memory, follower, clock, invalidate } = options

  return async function openBody(entry, from) {
    const { id } = entry.record.head
    const begun = clock.monotonic()
    const start = encodeHead(entry.record.head).length + from
    const object = await gate.run(() => bucket.get(id, { from: start }))
    if (object?.kind !== 'found') throw goneNow(entry)
    try {
      if (!covered(entry, begun)) await confirm(entry, object.etag)
      const reason = memory.gone(id)
      if (reason !== undefined) throw problems.gone(reason)
      if (clock.now() >= entry.record.head.expiresAt) throw goneNow(entry)
    } catch (error) {
      object.stream.destroy()
      throw error
    }
    return object.stream
  }

  /** As for a walk: an unbroken lease since it began, or a request sent a moment ago. */
  function covered(entry: MemoryEntry, begun: number): boolean {
    if (clock.monotonic() - begun < timing.bucketTrustMs) return true
    return entry.era === follower.era() && follower.heldSince(begun)
  }

  async function confirm(entry: MemoryEntry, etag: string): Promise<void> {
    const sentAt = clock.monotonic()
    const { id } = entry.record.head
    const object = await gate.run(() => bucket.get(id, { ifNoneMatch: etag }))
    if (object?.kind === 'found') object.stream.destroy()
    if (object?.kind !== 'unchanged') throw goneNow(entry)
    if (clock.monotonic() - sentAt >= timing.bucketTrustMs) {
      throw problems.unavailable('storage is slow')
    }
  }

  function goneNow(entry: MemoryEntry) {
    const { id, expiresAt } = entry.record.head
    invalidate(id, clock.now() >= expiresAt ? 'expired' : 'deleted')
    return problems.gone(memory.gone(id) ?? 'deleted')
  }
}
