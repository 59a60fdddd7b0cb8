import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Histogram, Registry } from 'prom-client'
import { registerHistogram } from './histogram.ts'

const CONFIG = { name: 'wait_seconds', help: 'How long.', buckets: [0.01, 0.1, 1] }

function textsOf(values: readonly number[]): Promise<[string, string]> {
  const ours = new Registry()
  const child = registerHistogram<'tier'>(ours, CONFIG).child({ tier: 'memory' })
  const theirs = new Registry()
  const histogram = new Histogram({ ...CONFIG, labelNames: ['tier'], registers: [theirs] })
  histogram.zero({ tier: 'memory' })
  for (const value of values) {
    child.observe(value)
    histogram.observe({ tier: 'memory' }, value)
  }
  return Promise.all([ours.metrics(), theirs.metrics()])
}

test('it tells Prometheus what prom-client’s own histogram would', async () => {
  const bounds = fc.constantFrom(0, 0.01, 0.1, 1)
  const values = fc.array(fc.oneof(bounds, fc.double({ min: 0, max: 5, noNaN: true })))
  await fc.assert(
    fc.asyncProperty(values, async (observed) => {
      const [ours, theirs] = await textsOf(observed)
      assert.equal(ours, theirs)
    }),
  )
})

test('each set of labels has series of its own, at 0 from the start', async () => {
  const registry = new Registry()
  const histogram = registerHistogram<'tier'>(registry, CONFIG)
  histogram.child({ tier: 'memory' }).observe(0.05)
  histogram.child({ tier: 'bucket' })
  const lines = (await registry.metrics()).split('\n')
  assert.ok(lines.includes('wait_seconds_bucket{le="0.01",tier="memory"} 0'))
  assert.ok(lines.includes('wait_seconds_bucket{le="0.1",tier="memory"} 1'))
  assert.ok(lines.includes('wait_seconds_count{tier="bucket"} 0'))
})
