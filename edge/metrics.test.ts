import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { createEdgeMetrics } from './metrics.ts'

function setup() {
  const registry = new Registry()
  const metrics = createEdgeMetrics(registry)
  const has = async (line: string) =>
    assert.ok((await registry.metrics()).split('\n').includes(line), line)
  return { registry, metrics, has }
}

test('every metric of an edge is there from the start, its series at 0', async () => {
  const { registry, has } = setup()
  const names = registry.getMetricsAsArray().map(({ name }) => name)
  assert.deepEqual(names.toSorted(), [
    'edge_bucket_reads_total',
    'edge_bucket_waiting',
    'edge_coalesced_total',
    'edge_distrust_total',
    'edge_invalidation_lag_seconds',
    'edge_lease_valid',
    'edge_memory_bytes',
    'edge_memory_entries',
    'edge_memory_evictions_total',
    'edge_read_duration_seconds',
    'edge_tier_lookups_total',
    'edge_tombstones_dropped_total',
  ])
  await has('edge_tier_lookups_total{tier="bucket",result="error"} 0')
  await has('edge_bucket_reads_total{outcome="error"} 0')
  await has('edge_distrust_total{reason="gap"} 0')
  await has('edge_lease_valid 0')
  await has('edge_read_duration_seconds_count{tier="redis"} 0')
  await has('edge_invalidation_lag_seconds_count{via="poll"} 0')
})

test('what happens is counted under its own labels', async () => {
  const { metrics, has } = setup()
  metrics.lookups.memory.hit.inc()
  metrics.readSeconds('memory', 0.04)
  metrics.lagSeconds('pubsub', 0.004)
  metrics.distrust('epoch')
  metrics.bucketReads('absent')
  await has('edge_tier_lookups_total{tier="memory",result="hit"} 1')
  await has('edge_tier_lookups_total{tier="memory",result="miss"} 0')
  await has('edge_read_duration_seconds_bucket{le="0.05",tier="memory"} 1')
  await has('edge_invalidation_lag_seconds_count{via="pubsub"} 1')
  await has('edge_distrust_total{reason="epoch"} 1')
  await has('edge_bucket_reads_total{outcome="absent"} 1')
})

test('gauges are read when they are asked for', async () => {
  const { metrics, has } = setup()
  let bytes = 7
  metrics.watch({
    memoryBytes: () => bytes,
    memoryEntries: () => 2,
    leaseValid: () => true,
    bucketWaiting: () => 3,
  })
  await has('edge_memory_bytes 7')
  bytes = 8
  await has('edge_memory_bytes 8')
  await has('edge_memory_entries 2')
  await has('edge_lease_valid 1')
  await has('edge_bucket_waiting 3')
})
