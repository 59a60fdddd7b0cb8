import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics, statusClass, type StatusClass } from './metrics.ts'

const make = () => createMetrics({ role: 'edge', version: '1.2.3' })

async function linesOf(metrics: ReturnType<typeof make>, start: string): Promise<string[]> {
  const text = await metrics.registry.metrics()
  return text.split('\n').filter((line) => line.startsWith(start))
}

test('the build is told', async () => {
  assert.deepEqual(await linesOf(make(), 'build_info'), [
    'build_info{version="1.2.3",role="edge"} 1',
  ])
})

test('Node’s defaults are there, less the three that promtool rejects', async () => {
  const text = await make().registry.metrics()
  assert.match(text, /^process_cpu_seconds_total /m)
  assert.match(text, /^nodejs_active_handles\{/m)
  assert.doesNotMatch(text, /^nodejs_active_\w+_total/m)
})

test('no gauge is named like a counter, and no counter is named otherwise', async () => {
  const text = await make().registry.metrics()
  for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    assert.equal(name?.endsWith('_total'), type === 'counter', name)
  }
})

test('error series are there, at 0, before anything goes wrong', async () => {
  const metrics = make()
  assert.deepEqual(await linesOf(metrics, 'log_sink_errors_total'), [
    'log_sink_errors_total{sink="stdout"} 0',
    'log_sink_errors_total{sink="file"} 0',
  ])
  metrics.sinkErrors('file')
  metrics.shed('reads', 2)
  assert.ok((await linesOf(metrics, 'log_sink')).includes('log_sink_errors_total{sink="file"} 1'))
  assert.ok((await linesOf(metrics, 'load_shed')).includes('load_shed_total{reason="reads"} 2'))
})

test('the objectives are bucket boundaries', async () => {
  const metrics = make()
  metrics.observe('GET', '/:id', '2xx')(0.05)
  metrics.observe('GET', '/:id', '2xx')(0.25)
  const counts = await linesOf(metrics, 'http_request_duration_seconds_bucket')
  assert.match(counts.find((line) => line.includes('le="0.05"')) ?? '', / 1$/)
  assert.match(counts.find((line) => line.includes('le="0.25"')) ?? '', / 2$/)
})

test('an observer is made once for each set of labels', () => {
  const { observe, dependency } = make()
  assert.equal(observe('GET', '/:id', '2xx'), observe('GET', '/:id', '2xx'))
  assert.notEqual(observe('GET', '/:id', '2xx'), observe('GET', '/:id', '3xx'))
  assert.equal(dependency('bucket', 'ok'), dependency('bucket', 'ok'))
  assert.notEqual(dependency('bucket', 'ok'), dependency('bucket', 'timeout'))
})

test('methods and routes beyond the known ones are folded, so series stay few', async () => {
  const metrics = make()
  for (let n = 0; n < 5000; n += 1) metrics.observe(`M${n}`, `/route/${n}`, '4xx')(0.001)
  const series = await linesOf(metrics, 'http_request_duration_seconds_count')
  assert.ok(series.length <= 41, `${series.length} routes`)
  assert.ok(series.every((line) => line.includes('method="other"')))
  assert.match(series.find((line) => line.includes('route="other"')) ?? '', / 4960$/)
  metrics.observe('GET', '/route/1', '2xx')(0.001)
  assert.ok(
    (await linesOf(metrics, 'http')).some((line) =>
      line.includes('route="/route/1",status_class="2xx"'),
    ),
  )
  const all = (await metrics.registry.metrics()).split('\n').filter((line) => /^[a-z]/.test(line))
  assert.ok(all.length < 2000, `${all.length} series`)
})

test('a status belongs to the class of its first digit', () => {
  const expected: [number, StatusClass][] = [
    [101, '1xx'],
    [200, '2xx'],
    [299, '2xx'],
    [304, '3xx'],
    [410, '4xx'],
    [503, '5xx'],
  ]
  for (const [status, name] of expected) assert.equal(statusClass(status), name)
})
