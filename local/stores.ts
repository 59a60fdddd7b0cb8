import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDatabase, type Database } from '../origin/database.ts'
import { createGcsBucket, type GcsBucket } from '../shared/bucket/gcs.ts'
import { systemClock } from '../shared/clock.ts'
import type { Log } from '../shared/log.ts'
import type { Metrics } from '../shared/metrics.ts'
import { timing } from '../shared/timing.ts'
import { loadBucketIdentity } from './bucket-identity.ts'
import { createBucketServer } from './bucket-server.ts'
import type { Closers } from './closers.ts'
import type { Config } from './config.ts'
import { openEmbeddedDatabase, openServerDatabase } from './database.ts'
import { scheduleVacuum } from './vacuum.ts'
import { createWalKeeper } from './wal.ts'

/** The database and the bucket: real ones where the settings name them, else the embedded ones. */

export interface StoresOptions {
  config: Config
  log: Log['log']
  metrics: Pick<Metrics, 'dependency'>
  closers: Closers
}

export async function openDatabase(options: StoresOptions): Promise<Database> {
  const { config, log, metrics, closers } = options
  const onError = (error: Error) => log.warn({ err: error }, 'a database connection broke')
  const opened =
    config.databaseUrl === null
      ? await openEmbeddedDatabase({ dir: join(config.dataDir, 'postgres'), onError })
      : openServerDatabase({ url: config.databaseUrl, statementMs: timing.databaseMs, onError })
  closers.add(opened.close)
  const database = createDatabase({
    pool: opened.pool,
    onQuery: (outcome, durationMs) => metrics.dependency('database', outcome)(durationMs / 1000),
  })
  if (config.databaseUrl === null) {
    const failed = (what: string) => (error: unknown) => log.warn({ err: error }, what)
    closers.add(scheduleVacuum(database, failed('the database could not be vacuumed')))
    const keeper = createWalKeeper({
      database,
      ballast: join(config.dataDir, 'ballast'),
      onError: failed("the database's log could not be cut"),
    })
    closers.add(keeper.stop)
    await keeper.start()
  }
  return database
}

export async function openBucket(options: StoresOptions): Promise<GcsBucket> {
  const bucket = createGcsBucket(await locateBucket(options))
  options.closers.add(bucket.close)
  return bucket
}

async function locateBucket({ config, log, closers }: StoresOptions) {
  if (config.bucket !== null) {
    const { name, endpoint, keyFile } = config.bucket
    return {
      bucket: name,
      endpoint: endpoint ?? undefined,
      credentials: keyFile === null ? undefined : readKeyFile(keyFile),
    }
  }
  const identity = await loadBucketIdentity(config.dataDir)
  const server = createBucketServer({
    ...identity,
    dir: join(config.dataDir, 'bucket'),
    bucket: LOCAL_BUCKET,
    clock: systemClock,
    log,
  })
  const { endpoint } = await server.listen()
  closers.add(server.close)
  const { clientEmail, privateKey } = identity
  return {
    bucket: LOCAL_BUCKET,
    endpoint,
    credentials: { client_email: clientEmail, private_key: privateKey },
  }
}

const LOCAL_BUCKET = 'ledge'

/** That it is a key file was checked with the settings. */
function readKeyFile(path: string) {
  return JSON.parse(readFileSync(path, 'utf8')) as { client_email: string; private_key: string }
}
