import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { createAdminApp } from '../shared/http/admin.ts'
import { ask, deletePaste, makePaste } from './support/client.ts'
import { startTestSystem } from './support/system.ts'

/** What an operator sees of a running system, and what nobody may see there. */

const system = await startTestSystem()
after(system.close)
const { apps } = system
const admin = createAdminApp({
  registry: system.metrics.registry,
  isReady: () => ({ ready: true, why: [] }),
})

async function scrape(): Promise<string> {
  return (await admin.request('/metrics')).text()
}

function seriesOf(metrics: string): string[] {
  return metrics.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

function valueOf(metrics: string, series: string): number {
  const line = seriesOf(metrics).find((each) => each.startsWith(`${series} `))
  assert.ok(line, `no series ${series}`)
  return Number(line.slice(series.length))
}

const METRICS = [
  'http_request_duration_seconds',
  'dependency_duration_seconds',
  'build_info',
  'log_sink_errors_total',
  'load_shed_total',
  'nodejs_eventloop_lag_seconds',
  'edge_tier_lookups_total',
  'edge_read_duration_seconds',
  'edge_memory_bytes',
  'edge_memory_entries',
  'edge_memory_evictions_total',
  'edge_tombstones_dropped_total',
  'edge_coalesced_total',
  'edge_lease_valid',
  'edge_distrust_total',
  'edge_invalidation_lag_seconds',
  'edge_bucket_waiting',
  'edge_bucket_reads_total',
  'origin_pastes_created_total',
  'origin_gone_total',
  'origin_rate_limited_total',
  'origin_due_rows',
  'origin_due_oldest_seconds',
  'origin_unburied_rows',
  'origin_janitor_last_success_timestamp_seconds',
  'origin_watermark_age_seconds',
  'origin_reburied_total',
  'origin_stored_bytes',
]

test('every metric that alerts and dashboards ask for is there, with its help', async () => {
  const metrics = await scrape()
  for (const name of METRICS) {
    assert.match(metrics, new RegExp(`^# HELP ${name} \\S`, 'm'))
    assert.match(metrics, new RegExp(`^# TYPE ${name} (?:counter|gauge|histogram)$`, 'm'))
  }
})

test('what happens is counted', async () => {
  const paste = await makePaste(system, 'counted\n', '?ttl=1h')
  for (let reads = 0; reads < 3; reads += 1) await ask(apps.edge, `/${paste.id}`)
  await deletePaste(system, paste)
  const metrics = await scrape()
  const created = 'origin_pastes_created_total{ttl_class="hour",size_class="1KiB"}'
  assert.equal(valueOf(metrics, created), 1)
  assert.equal(valueOf(metrics, 'origin_gone_total{reason="deleted"}'), 1)
  assert.equal(valueOf(metrics, 'edge_tier_lookups_total{tier="memory",result="hit"}'), 2)
  assert.equal(valueOf(metrics, 'edge_tier_lookups_total{tier="redis",result="hit"}'), 1)
  assert.equal(valueOf(metrics, 'edge_invalidation_lag_seconds_count{via="pubsub"}'), 1)
  assert.equal(valueOf(metrics, 'edge_lease_valid'), 1)
  const reads = 'http_request_duration_seconds_count{method="GET",route="paste",status_class="2xx"}'
  assert.equal(valueOf(metrics, reads), 3)
})

test('two thousand made-up URLs and methods add next to no series', async () => {
  for (let count = 0; count < 2000; count += 1) {
    const random = randomBytes(9).toString('base64url')
    const paths = [`/${random}`, `/raw/${random}.${count}`, `/${random}/${count}`, `/?x=${random}`]
    const method = count % 7 === 0 ? `X${random.replace(/\W/g, '').toUpperCase()}` : 'GET'
    const headers = { 'user-agent': random, 'x-request-id': random }
    const path = paths[count % paths.length] ?? '/'
    await ask(count % 2 === 0 ? apps.edge : apps.front, path, { method, headers })
  }
  const series = seriesOf(await scrape())
  assert.ok(series.length < 2000, `${series.length} series`)
  assert.ok(!series.some((line) => /base64|[?&]x=/.test(line)))
})

function linesSince(start: number): Record<string, unknown>[] {
  return system.logged.slice(start).map((line) => JSON.parse(line) as Record<string, unknown>)
}

test('the request id of an error answer is the one in the log, given or made', async () => {
  system.broken.bucket.add('get')
  const burn = await makePaste(system, 'x', '?burn')
  const start = system.logged.length
  const made = await ask(apps.edge, `/${burn.id}`)
  const given = await ask(apps.front, '/nothing', { headers: { 'x-request-id': 'abcdefgh-1' } })
  const bad = await ask(apps.front, '/nothing', { headers: { 'x-request-id': 'a b\\"c' } })
  system.broken.bucket.clear()
  assert.equal(given.headers.get('x-request-id'), 'abcdefgh-1')
  assert.match(bad.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
  const lines = linesSince(start).filter((line) => 'request_id' in line)
  assert.deepEqual(
    lines.map(({ request_id, status }) => [request_id, status]),
    [made, given, bad].map((answer) => [answer.headers.get('x-request-id'), answer.status]),
  )
  assert.equal(made.status, 503)
  const failed = lines[0]?.err as { message: string } | undefined
  assert.match(failed?.message ?? '', /planned/, 'the log says what the answer does not')
})

test('no body, token, title, address or key is ever logged', async () => {
  const canary = `canary${randomBytes(9).toString('hex')}`
  const paste = await makePaste(system, `${canary}\n`, `?title=${canary}`)
  const tokenHeaders = [
    { 'x-token': paste.token },
    { authorization: `Bearer ${paste.token}` },
    { authorization: `Bearer ${canary}`, cookie: canary },
  ]
  const start = system.logged.length
  for (const operation of ['get', 'put', 'delete'] as const) system.broken.bucket.add(operation)
  await ask(apps.origin, `/?title=${canary}`, { method: 'PUT', body: canary })
  await ask(apps.edge, `/raw/${canary}?token=${paste.token}`)
  for (const headers of tokenHeaders) {
    await ask(apps.origin, `/${paste.id}/open`, { method: 'POST', headers, body: canary })
    await ask(apps.origin, `/${paste.id}?token=${paste.token}`, { method: 'DELETE', headers })
  }
  system.broken.bucket.clear()
  system.broken.database = true
  await ask(apps.origin, `/?title=${canary}`, { method: 'PUT', body: canary })
  system.broken.database = false
  assert.ok(system.logged.length > start + 5)
  const all = system.logged.join('')
  for (const secret of [canary, paste.token, 'key-of-the-tests', 'PRIVATE KEY']) {
    assert.ok(!all.includes(secret), `${secret} is in the log`)
  }
})
