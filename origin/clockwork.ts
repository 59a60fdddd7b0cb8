import { Cron } from 'croner'
import type { Logger } from 'pino'
import { timing } from '../shared/timing.ts'
import { deleteOldKeys } from './claims.ts'
import type { Database } from './database.ts'
import { DUE_KINDS, measureBacklog } from './due.ts'
import type { Janitor } from './janitor.ts'
import type { OriginMetrics } from './metrics.ts'
import { countUnburied } from './queries.ts'
import type { Quota } from './quota.ts'
import type { Voucher } from './vouch.ts'

/** What an origin does by the clock, whether anybody asks or not. */

export interface ClockworkOptions {
  database: Database
  janitor: Janitor
  voucher: Voucher
  quota: Quota
  metrics: Pick<OriginMetrics, 'due' | 'unburiedRows' | 'janitorSuccess' | 'storedBytes'>
  log: Pick<Logger, 'warn'>
}

export interface Clockwork {
  start(): void
  /** Ends it after what it is doing. Idempotent. */
  stop(): Promise<void>
  /** What the janitor, who asks every second, last found. */
  databaseIsUp(): boolean
}

export function createClockwork(options: ClockworkOptions): Clockwork {
  const { database, janitor, voucher, quota, metrics, log } = options
  const stopping = new AbortController()
  const jobs: Cron[] = []
  const underWay = new Set<Promise<void>>()
  let timer: NodeJS.Timeout | null = null
  let databaseIsUp = false

  function every(pattern: string, what: string, task: () => Promise<void>): void {
    const job = new Cron(pattern, { protect: true, unref: true }, async () => {
      const run = task().catch((error: unknown) => log.warn({ err: error }, `${what} failed`))
      underWay.add(run)
      await run
      underWay.delete(run)
    })
    jobs.push(job)
  }

  async function clean(): Promise<void> {
    databaseIsUp = await janitor.run(stopping.signal).then(
      () => true,
      (error: unknown) => {
        log.warn({ err: error }, 'the janitor could not work')
        return false
      },
    )
    if (databaseIsUp) metrics.janitorSuccess.setToCurrentTime()
  }

  async function measure(): Promise<void> {
    const backlog = new Map((await measureBacklog(database)).map((row) => [row.kind, row]))
    for (const kind of DUE_KINDS) {
      metrics.due(kind, backlog.get(kind)?.rows ?? 0, backlog.get(kind)?.oldestSeconds ?? 0)
    }
    metrics.unburiedRows.set(await countUnburied(database))
    await quota.measure()
    metrics.storedBytes.set(quota.storedBytes())
  }

  return {
    start() {
      databaseIsUp = true
      every('* * * * * *', 'the janitor', clean)
      every('*/15 * * * * *', 'trimming the log', janitor.trimLog)
      every('*/15 * * * * *', 'measuring', measure)
      every('30 * * * * *', 'forgetting keys', () => deleteOldKeys(database))
      timer = setInterval(() => void voucher.vouch(), timing.vouchMs)
    },
    async stop() {
      stopping.abort()
      if (timer !== null) clearInterval(timer)
      for (const job of jobs) job.stop()
      await Promise.all(underWay)
      await voucher.settled()
    },
    databaseIsUp: () => databaseIsUp,
  }
}
