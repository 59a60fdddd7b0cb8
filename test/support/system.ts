import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEdgeMetrics } from '../../edge/metrics.ts'
import { createEdge } from '../../edge/service.ts'
import { loadBucketIdentity } from '../../local/bucket-identity.ts'
import { createBucketServer } from '../../local/bucket-server.ts'
import { type Closers, createClosers } from '../../local/closers.ts'
import { openEmbeddedDatabase } from '../../local/database.ts'
import { createFront } from '../../local/front.ts'
import { createDatabase, type Database } from '../../origin/database.ts'
import { createOriginMetrics } from '../../origin/metrics.ts'
import { createOrigin } from '../../origin/service.ts'
import type { Bucket } from '../../shared/bucket/bucket.ts'
import { createGcsBucket } from '../../shared/bucket/gcs.ts'
import {
  connectInProcess,
  createInProcessServer,
  type InProcessServer,
} from '../../shared/cache/in-process.ts'
import { systemClock } from '../../shared/clock.ts'
import { createObserver } from '../../shared/http/observe.ts'
import { type Fetch, serve } from '../../shared/http/serve.ts'
import { createIds } from '../../shared/id.ts'
import { createLog, type Log } from '../../shared/log.ts'
import { createMetrics, type Metrics } from '../../shared/metrics.ts'
import type { Subnet } from '../../shared/subnets.ts'
import { testIdKeys, testTokenKeys } from '../../shared/testing/paste.ts'
import { type Broken, breakableBucket, breakableDatabase, nothingBroken } from './breakable.ts'

/**
 * The whole system in one process: an origin, two edges and a front over a real database, the
 * local bucket and one shared cache. What may break can be broken.
 */

export type AppName = 'origin' | 'edge' | 'otherEdge' | 'front'

export interface TestSystem {
  apps: Record<AppName, Fetch>
  removePaste: ReturnType<typeof createOrigin>['removePaste']
  broken: Broken
  cacheServer: InProcessServer
  /** Past everything that may be broken. */
  bucket: Bucket
  database: Database
  /** Of the origin and of the first edge. */
  metrics: Metrics
  /** Every line so far. */
  logged: string[]
  /** Opens a port for an app. @returns its URL, without a slash at the end */
  listen(name: AppName): Promise<string>
  close(): Promise<void>
}

export interface TestSystemOptions {
  maxPasteBytes?: number
  maxTotalBytes?: number
  writeTokens?: string[]
  /** Creates per minute and client; none: no limit. */
  createLimit?: number
  trustedProxies?: Subnet[]
}

export const TEST_CONTACT = 'abuse@example.invalid'
const NAME = 'ledge'
const MEMORY_BYTES = 64 * 1024 * 1024

export async function startTestSystem(options: TestSystemOptions = {}): Promise<TestSystem> {
  const closers = createClosers()
  try {
    return await start(options, closers)
  } catch (error) {
    await closers.close()
    throw error
  }
}

async function start(options: TestSystemOptions, closers: Closers): Promise<TestSystem> {
  const logged: string[] = []
  const { log } = createLog({
    service: 'ledge',
    env: 'test',
    level: 'info',
    file: null,
    onSinkError: () => undefined,
    stdout: { write: (line) => logged.push(line) },
  })
  const broken = nothingBroken()
  const database = await openDatabase(closers)
  const bucket = await openBucket(closers, log)
  const cacheServer = createInProcessServer()
  const metrics = createMetrics({ role: 'local', version: '0.0.0' })
  const tools = { bucket: breakableBucket(bucket, broken), cacheServer, log }
  const origin = createOrigin({
    ...commonOptions(tools, metrics),
    ...originOptions(options, breakableDatabase(database, broken)),
    metrics: createOriginMetrics(metrics.registry),
  })
  closers.add(origin.stop)
  await origin.start()
  const edge = await openEdge(tools, metrics, closers)
  const otherMetrics = createMetrics({ role: 'edge', version: '0.0.0' })
  const otherEdge = await openEdge(tools, otherMetrics, closers)
  const front = createFront({ edge, origin: origin.app.fetch, isUp: () => true })
  const apps = { origin: origin.app.fetch, edge, otherEdge, front }
  return {
    apps,
    broken,
    cacheServer,
    bucket,
    database,
    metrics,
    logged,
    removePaste: origin.removePaste,
    close: closers.close,
    async listen(name) {
      const quiet = { warn() {}, error() {} }
      const served = await serve({ fetch: apps[name], host: '127.0.0.1', port: 0, log: quiet })
      closers.add(served.close)
      return served.url
    },
  }
}

interface Tools {
  bucket: Bucket
  cacheServer: InProcessServer
  log: Log['log']
}

function commonOptions({ bucket, cacheServer, log }: Tools, metrics: Metrics) {
  return {
    bucket,
    log,
    cache: connectInProcess(cacheServer),
    clock: systemClock,
    observe: createObserver({ metrics, log }),
    publicUrl: null,
    contact: TEST_CONTACT,
  }
}

function originOptions(options: TestSystemOptions, database: Database) {
  return {
    database,
    idKeys: testIdKeys,
    tokenKeys: testTokenKeys,
    writeTokens: options.writeTokens ?? null,
    limits: {
      maxPasteBytes: options.maxPasteBytes ?? 10 * 1024 * 1024,
      minTtlMs: 1000,
      defaultTtlMs: 7 * 86_400_000,
      maxTtlMs: 365 * 86_400_000,
    },
    maxTotalBytes: options.maxTotalBytes ?? 0,
    createLimit: options.createLimit ?? 0,
    trustedProxies: options.trustedProxies ?? [],
  }
}

async function openEdge(tools: Tools, metrics: Metrics, closers: Closers): Promise<Fetch> {
  const edge = createEdge({
    ...commonOptions(tools, metrics),
    ids: createIds(testIdKeys),
    memoryBytes: MEMORY_BYTES,
    metrics: createEdgeMetrics(metrics.registry),
  })
  closers.add(edge.stop)
  await edge.start()
  return edge.app.fetch
}

async function openDatabase(closers: Closers): Promise<Database> {
  const file = process.env.LEDGE_TEST_TEMPLATE
  assert.ok(file, 'run tests with --test-global-setup=test/setup.ts, as npm test does')
  const template = new Blob([await readFile(file)])
  const opened = await openEmbeddedDatabase({ template, onError: () => undefined })
  closers.add(opened.close)
  return createDatabase({ pool: opened.pool })
}

async function openBucket(closers: Closers, log: Log['log']): Promise<Bucket> {
  const dir = await mkdtemp(join(tmpdir(), 'ledge-system-'))
  closers.add(() => rm(dir, { recursive: true, force: true }))
  const identity = await loadBucketIdentity(dir)
  const server = createBucketServer({ ...identity, dir, bucket: NAME, clock: systemClock, log })
  const { endpoint } = await server.listen()
  closers.add(server.close)
  const credentials = { client_email: identity.clientEmail, private_key: identity.privateKey }
  const bucket = createGcsBucket({ bucket: NAME, endpoint, credentials })
  closers.add(bucket.close)
  return bucket
}
