import { createEdgeMetrics } from '../edge/metrics.ts'
import { createEdge } from '../edge/service.ts'
import { createOriginMetrics } from '../origin/metrics.ts'
import { createOrigin } from '../origin/service.ts'
import { connectInProcess, createInProcessServer } from '../shared/cache/in-process.ts'
import { systemClock } from '../shared/clock.ts'
import { createAdminApp } from '../shared/http/admin.ts'
import { createObserver } from '../shared/http/observe.ts'
import { serve } from '../shared/http/serve.ts'
import { createIds } from '../shared/id.ts'
import { createKeyList } from '../shared/keys.ts'
import { createLog, type Log } from '../shared/log.ts'
import { createMetrics, type Metrics } from '../shared/metrics.ts'
import { type Closers, createClosers } from './closers.ts'
import type { Config } from './config.ts'
import { createFront } from './front.ts'
import { loadOrMakeKey } from './keys.ts'
import { acquireLock } from './lock.ts'
import { openBucket, openDatabase } from './stores.ts'

/** The whole system in one process: an origin, an edge, and a front before both. */

export interface System {
  /** Where it listens. */
  url: string
  /** Where metrics and readiness are. */
  adminUrl: string
  log: Log['log']
  /** Ends well: requests under way finish, data is closed, the lock goes. Idempotent. */
  stop(): Promise<void>
}

/**
 * @throws LockError, KeyError, KeyMismatchError, SchemaError, ListenError: each a sentence for the
 * operator; nothing that was opened stays open
 */
export async function startSystem(config: Config, version: string): Promise<System> {
  const closers = createClosers()
  try {
    return await open(config, version, closers)
  } catch (error) {
    await closers.close()
    throw error
  }
}

async function open(config: Config, version: string, closers: Closers): Promise<System> {
  const metrics = createMetrics({ role: 'local', version })
  const { log, close } = createLog({
    service: 'ledge',
    ...config.log,
    onSinkError: metrics.sinkErrors,
  })
  closers.add(close)
  const lock = acquireLock(config.dataDir)
  closers.add(lock.release)
  const services = await openServices(config, { log, metrics, closers })
  let draining = false
  const front = await serve({
    fetch: createFront({ ...services, isUp: () => !draining }),
    host: config.host,
    port: config.port,
    log,
  })
  closers.add(front.close)
  const admin = await serve({
    fetch: createAdminApp({
      registry: metrics.registry,
      isReady() {
        const why = [...(draining ? ['draining'] : []), ...services.reasons()]
        return { ready: why.length === 0, why }
      },
    }).fetch,
    host: config.host,
    port: config.adminPort,
    log,
  })
  closers.add(admin.close)
  let stopping: Promise<void> | null = null

  async function stop(): Promise<void> {
    draining = true
    // The admin side answers until the last request is done, for who watches the draining.
    await front.drain()
    await closers.close()
  }

  return {
    url: config.publicUrl ?? front.url,
    adminUrl: admin.url,
    log,
    stop: () => (stopping ??= stop()),
  }
}

interface Tools {
  log: Log['log']
  metrics: Metrics
  closers: Closers
}

async function openServices(config: Config, tools: Tools) {
  const { log, metrics, closers } = tools
  const idKeys = createKeyList(config.idKeys ?? [loadOrMakeKey(config.dataDir, 'id')])
  const tokenKeys = createKeyList(config.tokenKeys ?? [loadOrMakeKey(config.dataDir, 'token')])
  const database = await openDatabase({ config, ...tools })
  const bucket = await openBucket({ config, ...tools })
  const cacheServer = createInProcessServer()
  const common = {
    bucket,
    clock: systemClock,
    observe: createObserver({ metrics, log }),
    log,
    publicUrl: config.publicUrl,
    contact: config.contact,
  }
  const origin = createOrigin({
    ...common,
    database,
    cache: connectInProcess(cacheServer),
    idKeys,
    tokenKeys,
    limits: config,
    writeTokens: config.writeTokens,
    maxTotalBytes: config.maxTotalBytes,
    createLimit: config.createLimit,
    trustedProxies: config.trustedProxies ?? [],
    metrics: createOriginMetrics(metrics.registry),
  })
  const edge = createEdge({
    ...common,
    cache: connectInProcess(cacheServer),
    ids: createIds(idKeys),
    memoryBytes: config.memoryBytes,
    metrics: createEdgeMetrics(metrics.registry),
  })
  closers.add(origin.stop)
  await origin.start()
  closers.add(edge.stop)
  await edge.start()
  return { origin: origin.app.fetch, edge: edge.app.fetch, reasons: origin.reasons }
}
