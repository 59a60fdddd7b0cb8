import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { createOriginMetrics } from './metrics.ts'

function setup() {
  const registry = new Registry()
  const metrics = createOriginMetrics(registry)
  const has = async (line: string) =>
    assert.ok((await registry.metrics()).split('\n').includes(line), line)
  return { registry, metrics, has }
}

test('every metric of an origin is there from the start, its series at 0', async () => {
  const { registry, has } = setup()
  const names = registry.getMetricsAsArray().map(({ name }) => name)
  assert.deepEqual(names.toSorted(), [
    'origin_due_oldest_seconds',
    'origin_due_rows',
    'origin_gone_total',
    'origin_janitor_last_success_timestamp_seconds',
    'origin_pastes_created_total',
    'origin_rate_limited_total',
    'origin_reburied_total',
    'origin_stored_bytes',
    'origin_unburied_rows',
    'origin_watermark_age_seconds',
  ])
  await has('origin_gone_total{reason="removed"} 0')
  await has('origin_due_rows{kind="retire"} 0')
  await has('origin_due_oldest_seconds{kind="expiry"} 0')
  await has('origin_pastes_created_total{ttl_class="hour",size_class="more"} 0')
  await has('origin_watermark_age_seconds 0')
})

test('a paste is counted in the smallest class that holds it', async () => {
  const { metrics, has } = setup()
  metrics.created(3_600_000, 1024)
  metrics.created(3_600_001, 1025)
  metrics.created(400 * 86_400_000, 10 * 1024 * 1024)
  await has('origin_pastes_created_total{ttl_class="hour",size_class="1KiB"} 1')
  await has('origin_pastes_created_total{ttl_class="day",size_class="16KiB"} 1')
  await has('origin_pastes_created_total{ttl_class="more",size_class="more"} 1')
})

test('what is due is told by kind, and the watermark’s age when it is asked for', async () => {
  const { metrics, has } = setup()
  metrics.due('object', 3, 1.5)
  metrics.gone('expired', 250)
  let age = 1
  metrics.watchWatermark(() => age)
  await has('origin_due_rows{kind="object"} 3')
  await has('origin_due_oldest_seconds{kind="object"} 1.5')
  await has('origin_gone_total{reason="expired"} 250')
  await has('origin_watermark_age_seconds 1')
  age = 2
  await has('origin_watermark_age_seconds 2')
})
