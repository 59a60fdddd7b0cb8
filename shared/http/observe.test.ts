import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Observation } from './handle.ts'
import { createObserver } from './observe.ts'

type Line = Record<string, unknown>

function setup(random = 0.5) {
  const lines: [level: string, line: Line][] = []
  const counted: [labels: string, seconds: number][] = []
  const write = (level: string) => (line: Line) => void lines.push([level, line])
  const observe = createObserver({
    metrics: {
      observe:
        (...labels) =>
        (seconds: number) =>
          void counted.push([labels.join(' '), seconds]),
    },
    log: { info: write('info'), warn: write('warn'), error: write('error') } as never,
    random: () => random,
  })
  return { observe, lines, counted }
}

function observation(its: Partial<Observation>): Observation {
  const base = { method: 'GET', route: 'paste', status: 200, durationMs: 3.12 }
  return { ...base, requestId: () => 'the-id', ...its }
}

test('every request is counted, in seconds, by method, route and class', () => {
  const { observe, counted } = setup()
  observe(observation({}))
  observe(observation({ method: 'PUT', route: 'create', status: 503, durationMs: 2000 }))
  assert.deepEqual(counted, [
    ['GET paste 2xx', 0.00312],
    ['PUT create 5xx', 2],
  ])
})

test('a line is written of what failed and of what was slow', () => {
  const { observe, lines } = setup()
  observe(observation({ status: 404 }))
  observe(observation({ durationMs: 251 }))
  observe(observation({ status: 304 }))
  observe(observation({ durationMs: 250 }))
  const line = { request_id: 'the-id', method: 'GET', route: 'paste' }
  assert.deepEqual(lines, [
    ['info', { ...line, status: 404, duration_ms: 3.1, sample_rate: 1 }],
    ['info', { ...line, status: 200, duration_ms: 251, sample_rate: 1 }],
  ])
})

test('a failure of ours is an error, with its cause', () => {
  const { observe, lines } = setup()
  const cause = new Error('why')
  observe(observation({ status: 500, cause }))
  const [[level, line] = ['', {}]] = lines
  assert.equal(level, 'error')
  assert.equal(line?.err, cause)
})

test('one in a hundred of the rest is written, and says that it stands for a hundred', () => {
  const { observe, lines } = setup(0.0099)
  observe(observation({}))
  assert.equal(lines[0]?.[1].sample_rate, 100)
  const none = setup(0.01)
  none.observe(observation({}))
  assert.deepEqual(none.lines, [])
})

test('no id is made for a request that nothing is written about', () => {
  const { observe } = setup()
  observe(observation({ requestId: () => assert.fail('made') }))
})
