import type { Hono } from 'hono'
import type { Logger } from 'pino'
import type { Bucket } from '../shared/bucket/bucket.ts'
import type { CacheWriter } from '../shared/cache/cache.ts'
import type { Clock } from '../shared/clock.ts'
import type { Observe } from '../shared/http/handle.ts'
import { createIds } from '../shared/id.ts'
import type { KeyList } from '../shared/keys.ts'
import type { Subnet } from '../shared/subnets.ts'
import { createAdmit } from './admit.ts'
import { createOriginApp } from './app.ts'
import { createClockwork } from './clockwork.ts'
import { createCreator } from './create.ts'
import type { Database } from './database.ts'
import { checkFingerprint } from './fingerprints.ts'
import { createJanitor } from './janitor.ts'
import type { OriginMetrics } from './metrics.ts'
import { migrate } from './migrate.ts'
import { createOpener } from './open.ts'
import { createQuota } from './quota.ts'
import { createRemover, type RemovePaste } from './remove.ts'
import { createTokens } from './tokens.ts'
import type { UploadLimits } from './upload.ts'
import { createVoucher } from './vouch.ts'

/** An origin put together: the life of a paste, its app, the janitor and the vouching. */

export interface OriginOptions {
  database: Database
  bucket: Bucket
  cache: CacheWriter
  idKeys: KeyList
  tokenKeys: KeyList
  clock: Clock
  limits: UploadLimits
  maxTotalBytes: number
  /** Creates per minute and client; 0 or none: no limit. */
  createLimit?: number
  /** Whose `X-Forwarded-For` counts. */
  trustedProxies?: readonly Subnet[]
  observe: Observe
  metrics: OriginMetrics
  log: Pick<Logger, 'warn' | 'error'>
  publicUrl: string | null
  contact: string | null
}

export interface Origin {
  app: Hono
  /** Takes a paste down: what a command for it will call. */
  removePaste: RemovePaste
  /** Why requests are not wanted yet, or no more; empty when they are. */
  reasons(): string[]
  /**
   * Migrates, checks the keys, vouches once; then the janitor and vouching go on by themselves.
   * @throws SchemaError, KeyMismatchError, DatabaseError
   */
  start(): Promise<void>
  /** Ends them after what they are doing. Idempotent. */
  stop(): Promise<void>
}

export function createOrigin(options: OriginOptions): Origin {
  const { database, bucket, cache, clock, metrics, log } = options
  const ids = createIds(options.idKeys)
  const tokens = createTokens(options.tokenKeys)
  const quota = createQuota({
    database,
    maxBytes: options.maxTotalBytes,
    monotonic: clock.monotonic,
  })
  const voucher = createVoucher({
    cache,
    database,
    clock,
    onReburied: (count) => metrics.reburied.inc(count),
    onError: (error) => log.warn({ err: error }, 'could not vouch for the shared cache'),
  })
  const deferred = (error: unknown) => log.warn({ err: error }, 'left to the janitor')
  const removePaste = createRemover({
    database,
    bucket,
    cache,
    onGone: metrics.gone,
    onDeferred: (_step, error) => deferred(error),
  })
  const janitor = createJanitor({
    database,
    bucket,
    cache,
    onExpired: (count) => metrics.gone('expired', count),
    onError: (kind, error) => log.warn({ kind, err: error }, 'the janitor left work undone'),
  })
  const app = createOriginApp({
    ...options,
    ids,
    tokens,
    removePaste,
    admit: admitFor(options),
    createPaste: createCreator({
      ...options,
      ids,
      tokens,
      quota,
      cacheTimeMs: voucher.cacheTimeMs,
      onCreated: (head, ttlMs) => metrics.created(ttlMs, head.size),
    }),
    openPaste: createOpener({
      database,
      bucket,
      clock,
      onBurned: () => metrics.gone('burned'),
      onDeferred: deferred,
    }),
  })
  metrics.watchWatermark(() => voucher.ageSeconds() ?? 0)
  const clockwork = createClockwork({ ...options, janitor, voucher, quota })

  return {
    app,
    removePaste,
    reasons: () => (clockwork.databaseIsUp() ? [] : ['the database is away']),
    async start() {
      await migrate(database)
      await checkFingerprint(database, 'ID_KEY', options.idKeys)
      await checkFingerprint(database, 'TOKEN_KEY', options.tokenKeys)
      await voucher.vouch()
      clockwork.start()
    },
    stop: clockwork.stop,
  }
}

function admitFor({ createLimit = 0, trustedProxies = [], clock, metrics }: OriginOptions) {
  return createAdmit({
    trustedProxies,
    perMinute: createLimit,
    monotonic: clock.monotonic,
    onLimited: () => metrics.rateLimited('create'),
  })
}
