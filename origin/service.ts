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
import { createCreator, type CreateOptions } from './create.ts'
import type { Database } from './database.ts'
import { checkFingerprint } from './fingerprints.ts'
import { createJanitor } from './janitor.ts'
import type { OriginMetrics } from './metrics.ts'
import { migrate } from './migrate.ts'
import { createOpener } from './open.ts'
import type { UploadLimits } from './options.ts'
import { createQuota } from './quota.ts'
import { createRemover, type RemovePaste } from './remove.ts'
import { createStatusReader } from './status.ts'
import { findStatus } from './status-query.ts'
import { createTokens } from './tokens.ts'
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
  /** Of which writing needs one; null: anybody may write. */
  writeTokens: readonly string[] | null
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
  const { database, clock, metrics, log } = options
  const quota = createQuota({
    database,
    maxBytes: options.maxTotalBytes,
    monotonic: clock.monotonic,
  })
  const voucher = createVoucher({
    ...options,
    onReburied: (count) => metrics.reburied.inc(count),
    onError: (error) => log.warn({ err: error }, 'could not vouch for the shared cache'),
  })
  const janitor = createJanitor({
    ...options,
    onExpired: (count) => metrics.gone('expired', count),
    onError: (kind, error) => log.warn({ kind, err: error }, 'the janitor left work undone'),
  })
  const life = createLife(options, { quota, cacheTimeMs: voucher.cacheTimeMs })
  metrics.watchWatermark(() => voucher.ageSeconds() ?? 0)
  const clockwork = createClockwork({ ...options, janitor, voucher, quota })

  return {
    app: createOriginApp({ ...options, ...life, admit: admitFor(options) }),
    removePaste: life.removePaste,
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

/** What can be done with a paste, from its making to its end. */
function createLife(options: OriginOptions, tools: Pick<CreateOptions, 'quota' | 'cacheTimeMs'>) {
  const { database, metrics, log } = options
  const ids = createIds(options.idKeys)
  const tokens = createTokens(options.tokenKeys)
  const deferred = (error: unknown) => log.warn({ err: error }, 'left to the janitor')
  return {
    ids,
    tokens,
    createPaste: createCreator({
      ...options,
      ...tools,
      ids,
      tokens,
      onCreated: (head, ttlMs) => metrics.created(ttlMs, head.size),
    }),
    removePaste: createRemover({
      ...options,
      onGone: metrics.gone,
      onDeferred: (_step, error) => deferred(error),
    }),
    openPaste: createOpener({
      ...options,
      onBurned: () => metrics.gone('burned'),
      onDeferred: deferred,
    }),
    readStatus: createStatusReader({ database }),
    findStatus: (id: string) => findStatus(database, id),
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
