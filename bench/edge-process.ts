import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { createEdgeMetrics } from '../edge/metrics.ts'
import { createEdge } from '../edge/service.ts'
import type { BucketReader } from '../shared/bucket/bucket.ts'
import { connectInProcess, createInProcessServer } from '../shared/cache/in-process.ts'
import { systemClock } from '../shared/clock.ts'
import { createObserver } from '../shared/http/observe.ts'
import { serve } from '../shared/http/serve.ts'
import { createLog } from '../shared/log.ts'
import { createMetrics } from '../shared/metrics.ts'
import { encodeRecord } from '../shared/record.ts'
import { makeTestRecord, testIds } from '../shared/testing/paste.ts'
import { timing } from '../shared/timing.ts'
import { cpuMicros, serveParent } from './child.ts'
import { sampleText } from './text.ts'

/** An edge as it is in production, but for the network behind it: cache and bucket are in here. */

const metrics = createMetrics({ role: 'edge', version: 'bench' })
const { log } = createLog({
  service: 'edge',
  env: 'bench',
  level: 'info',
  file: null,
  onSinkError: metrics.sinkErrors,
  stdout: { write: () => true },
})

// Small, so that what is measured is the memory of the edge and not that of the cache.
const cacheServer = createInProcessServer({ maxRecordBytes: 256 * 1024 })
const origin = connectInProcess(cacheServer)

const published = new Map<string, Buffer>()

function makeKibibyte(): Buffer {
  const random = randomBytes(1024)
  return process.argv[2] === 'text' ? Buffer.from(random.toString('hex', 0, 512)) : random
}

/**
 * What was published is there, for when the machine stalls for longer than a lease; and whatever
 * else is asked for: a kibibyte of random bytes, which nothing can compress, or of hex digits, which
 * are stored in half of that.
 */
const bucket: BucketReader = {
  async get(id) {
    const bytes = published.get(id) ?? encodeRecord(makeTestRecord(makeKibibyte(), { id }))
    const etag = `"${randomBytes(16).toString('hex')}"`
    return { kind: 'found', etag, length: bytes.length, stream: Readable.from([bytes]) }
  },
}

async function vouch(): Promise<void> {
  const { timeMs, watermark } = await origin.state()
  if (watermark !== null) await origin.advance(watermark.epoch, timeMs)
}

async function publish(): Promise<string> {
  const record = makeTestRecord(sampleText(10 * 1024))
  const { id, expiresAt } = record.head
  published.set(id, encodeRecord(record))
  await origin.fill(id, encodeRecord(record), expiresAt, Number.MAX_SAFE_INTEGER)
  return `/${id}`
}

async function readGauge(name: string): Promise<number> {
  const read = await metrics.registry.getSingleMetric(name)?.get()
  return Number(read?.values[0]?.value)
}

async function measureMemory() {
  if (global.gc === undefined) throw new Error('start with --expose-gc')
  for (let round = 0; round < 3; round += 1) {
    global.gc()
    await turn()
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  const believed = await readGauge('edge_memory_bytes')
  const entries = await readGauge('edge_memory_entries')
  return { bytes: heapUsed + external, rss, believed, entries }
}

await origin.proposeEpoch(null, (await origin.state()).server, 1)
await vouch()
const vouching = setInterval(() => void vouch(), timing.vouchMs)
const edge = createEdge({
  cache: connectInProcess(cacheServer),
  bucket,
  ids: testIds,
  clock: systemClock,
  memoryBytes: 1024 * 1024 * 1024,
  observe: createObserver({ metrics, log }),
  metrics: createEdgeMetrics(metrics.registry),
  log,
  publicUrl: null,
  contact: null,
})
await edge.start()
const served = await serve({ fetch: edge.app.fetch, host: '127.0.0.1', port: 0, log })
let requests = 0
served.server.on('request', () => {
  requests += 1
})

serveParent(
  served.port,
  { usage: () => ({ cpuMicros: cpuMicros(), requests }), memory: measureMemory, publish },
  () => {
    clearInterval(vouching)
    void Promise.all([edge.stop(), served.close()])
  },
)
