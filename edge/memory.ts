import { LRUCache } from 'lru-cache'
import type { PasteRecord, GoneReason } from '../shared/record.ts'
import type { Faces } from '../shared/http/faces.ts'
import { timing } from '../shared/timing.ts'

/** The first tier: records and tombstones in this process. It decides nothing about trust. */

export interface MemoryEntry {
  record: PasteRecord
  /** The bucket's ETag, or null when the bucket was not the one who told. */
  etag: string | null
  /** When the bucket request that last fetched or confirmed it was sent, on both clocks. */
  sentAt: Moment
  /** The follower's era when the walk that last fetched or confirmed it began. */
  era: number
  /** What was made of it for readers; `memory.account` after something was added. */
  faces: Faces
}

/** The same moment on the monotonic and on the wall clock, in milliseconds. */
export interface Moment {
  monotonic: number
  wall: number
}

export const NEVER: Moment = { monotonic: Number.NEGATIVE_INFINITY, wall: 0 }
/** The era of what no lease covers: burn pastes have no tombstone in the cache. */
export const NO_ERA = -1

/** Bytes that an entry costs beside its body: head, strings, maps, the LRU's own lists. Measured. */
const ENTRY_OVERHEAD_BYTES = 1050
/** Bytes that a kept face costs beside its body. Measured. */
const FACE_OVERHEAD_BYTES = 600

export interface MemoryOptions {
  maxBytes: number
  maxTombstones?: number
  /** Milliseconds, monotonic; for tests. */
  perf?: { now(): number }
  onEvict?: () => void
  onTombstoneDropped?: () => void
}

export type Memory = ReturnType<typeof createMemory>

export function createMemory(options: MemoryOptions) {
  const { maxBytes, maxTombstones = 200_000, perf = performance } = options
  const records = new LRUCache<string, MemoryEntry>({
    maxSize: maxBytes,
    sizeCalculation: ({ record, faces }) =>
      ENTRY_OVERHEAD_BYTES +
      (record.body?.length ?? 0) +
      faces.kept.length * FACE_OVERHEAD_BYTES +
      faces.bytes,
    dispose(_entry, _id, reason) {
      if (reason === 'evict') options.onEvict?.()
    },
  })
  const tombstones = new LRUCache<string, GoneReason>({
    max: maxTombstones,
    ttl: timing.tombstoneLifeMs,
    updateAgeOnGet: true,
    ttlResolution: 0,
    perf,
    dispose(_reason, _id, why) {
      if (why === 'evict') options.onTombstoneDropped?.()
    },
  })

  return {
    get: (id: string): MemoryEntry | undefined => records.get(id),
    /** Why it is gone, if this edge knows. */
    gone: (id: string): GoneReason | undefined => tombstones.get(id),
    /** @returns false, and keeps nothing, when there is a tombstone */
    keep(id: string, entry: MemoryEntry): boolean {
      if (tombstones.get(id) !== undefined) return false
      records.set(id, entry)
      return true
    },
    bury(id: string, reason: GoneReason): void {
      records.delete(id)
      // The first reason stays: what was removed and then expired remains removed.
      if (tombstones.get(id) === undefined) tombstones.set(id, reason)
    },
    drop(id: string): void {
      records.delete(id)
    },
    /** Counts an entry anew whose faces have grown; a copy, since the LRU weighs only new ones. */
    account(id: string, entry: MemoryEntry): void {
      if (records.peek(id) === entry) records.set(id, { ...entry })
    },
    bytes: (): number => records.calculatedSize,
    entries: (): number => records.size,
  }
}
