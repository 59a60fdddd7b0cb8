import { Cron } from 'croner'
import type { Hono } from 'hono'
import type { Logger } from 'pino'
import type { Bucket } from '../shared/bucket/bucket.ts'
import type { CacheWriter } from '../shared/cache/cache.ts'
import type { Clock } from '../shared/clock.ts'
import type { Observe } from '../shared/http/handle.ts'
import { createIds } from '../shared/id.ts'
import type { KeyList } from '../shared/keys.ts'
import { timing } from '../shared/timing.ts'
import { createOriginApp } from './app.ts'
import { createCreator } from './create.ts'
import type { Database } from './database.ts'
import { measureBacklog } from './due.ts'
import { checkFingerprint } from './fingerprints.ts'
import { createJanitor } from './janitor.ts'
import type { OriginMetrics } from './metrics.ts'
import { migrate } from './migrate.ts'
import { createOpener } from './open.ts'
import { countUnburied } from './queries.ts'
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
      onBurned: () => metrics.gone('burned'),
      onDeferred: deferred,
    }),
  })
  metrics.watchWatermark(() => voucher.ageSeconds() ?? 0)
  const clockwork = createClockwork({ ...options, janitor, voucher, quota })

  return {
    app,
    removePaste,
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

interface ClockworkOptions extends Pick<OriginOptions, 'database' | 'metrics' | 'log'> {
  janitor: ReturnType<typeof createJanitor>
  voucher: ReturnType<typeof createVoucher>
  quota: ReturnType<typeof createQuota>
}

/** What an origin does by the clock, whether anybody asks or not. */
function createClockwork({ database, metrics, log, janitor, voucher, quota }: ClockworkOptions) {
  const stopping = new AbortController()
  const jobs: Cron[] = []
  const underWay = new Set<Promise<void>>()
  let timer: NodeJS.Timeout | null = null

  function every(pattern: string, what: string, task: () => Promise<void>): void {
    const job = new Cron(pattern, { protect: true, unref: true }, async () => {
      const run = task().catch((error: unknown) => log.warn({ err: error }, `${what} failed`))
      underWay.add(run)
      await run
      underWay.delete(run)
    })
    jobs.push(job)
  }

  async function measure(): Promise<void> {
    const backlog = await measureBacklog(database)
    for (const { kind, rows, oldestSeconds } of backlog) metrics.due(kind, rows, oldestSeconds)
    metrics.unburiedRows.set(await countUnburied(database))
    await quota.measure()
    metrics.storedBytes.set(quota.storedBytes())
  }

  return {
    start() {
      every('* * * * * *', 'the janitor', async () => {
        await janitor.run(stopping.signal)
        metrics.janitorSuccess.setToCurrentTime()
      })
      every('*/15 * * * * *', 'trimming the log', janitor.trimLog)
      every('*/15 * * * * *', 'measuring', measure)
      timer = setInterval(() => void voucher.vouch(), timing.vouchMs)
    },
    async stop() {
      stopping.abort()
      if (timer !== null) clearInterval(timer)
      for (const job of jobs) job.stop()
      await Promise.all(underWay)
      await voucher.vouch()
    },
  }
}
