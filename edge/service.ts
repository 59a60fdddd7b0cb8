import type { Hono } from 'hono'
import type { Logger } from 'pino'
import type { BucketReader } from '../shared/bucket/bucket.ts'
import type { CacheReader } from '../shared/cache/cache.ts'
import type { Clock } from '../shared/clock.ts'
import type { Observe } from '../shared/http/handle.ts'
import type { Ids } from '../shared/id.ts'
import { timing } from '../shared/timing.ts'
import { createEdgeApp } from './app.ts'
import { createFollower } from './follower.ts'
import { createGate } from './gate.ts'
import { createLargeBodies } from './large.ts'
import { createMemory } from './memory.ts'
import type { EdgeMetrics } from './metrics.ts'
import { createReader } from './read.ts'

/** An edge put together: memory, follower, reader, app, and the clockwork that polls. */

export interface EdgeOptions {
  cache: CacheReader
  bucket: BucketReader
  ids: Pick<Ids, 'verify'>
  clock: Clock
  memoryBytes: number
  observe: Observe
  metrics: EdgeMetrics
  log: Pick<Logger, 'warn' | 'error'>
  publicUrl: string | null
  contact: string | null
}

/** Bucket reads under way at once. */
const BUCKET_PLACES = 64

export interface Edge {
  app: Hono
  /** Subscribes, polls once, and goes on polling. */
  start(): Promise<void>
  /** Idempotent. */
  stop(): Promise<void>
}

export function createEdge(options: EdgeOptions): Edge {
  const { cache, clock, metrics, log } = options
  const bucket = countReads(options.bucket, metrics)
  const memory = createMemory({
    maxBytes: options.memoryBytes,
    onEvict: () => metrics.evictions.inc(),
    onTombstoneDropped: () => metrics.tombstonesDropped.inc(),
  })
  const follower = createFollower({
    cache,
    clock,
    onGone({ id, reason, timeMs }, via) {
      if (memory.gone(id) !== undefined) return
      const nowMs = follower.cacheTimeMs()
      if (nowMs !== null) metrics.lagSeconds(via, Math.max(0, nowMs - timeMs) / 1000)
      reader.invalidate(id, reason)
    },
    onExpired: (ids) => ids.forEach((id) => memory.drop(id)),
    onDistrust: metrics.distrust,
    onPollError: (error) => log.warn({ err: error }, 'the shared cache could not be polled'),
  })
  const gate = createGate({ places: BUCKET_PLACES, waitMs: timing.bucketWaitMs })
  const reader = createReader({
    ids: options.ids,
    memory,
    follower,
    cache,
    bucket,
    gate,
    clock,
    onLookup: (tier, result) => metrics.lookups[tier][result].inc(),
    onJoined: () => metrics.coalesced.inc(),
    onDamage: (id, tier, error) => log.error({ paste: id, tier, err: error }, 'damaged record'),
  })
  const invalidate = reader.invalidate
  metrics.watch({
    memoryBytes: memory.bytes,
    memoryEntries: memory.entries,
    leaseValid: follower.holds,
    bucketWaiting: gate.waiting,
  })
  const app = createEdgeApp({
    ...options,
    reader,
    memory,
    openBody: createLargeBodies({ bucket, gate, memory, follower, clock, invalidate }),
    onRead: (tier, durationMs) => metrics.readSeconds(tier, durationMs / 1000),
  })

  let timer: NodeJS.Timeout | null = null
  return {
    app,
    async start() {
      await follower.poll()
      timer = setInterval(() => void follower.poll(), timing.pollMs)
    },
    async stop() {
      if (timer !== null) clearInterval(timer)
      await follower.close()
    },
  }
}

function countReads(bucket: BucketReader, metrics: EdgeMetrics): BucketReader {
  return {
    async get(name, options) {
      try {
        const object = await bucket.get(name, options)
        metrics.bucketReads(object === null ? 'absent' : object.kind)
        return object
      } catch (error) {
        metrics.bucketReads(options?.signal?.aborted === true ? 'cut' : 'error')
        throw error
      }
    },
  }
}
