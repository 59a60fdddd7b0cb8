import { Counter, Gauge, type Registry } from 'prom-client'
import { registerHistogram } from '../shared/histogram.ts'
import { DURATION_BUCKETS, counterOf } from '../shared/metrics.ts'

/** The metrics of an edge. Every series exists, at 0, from the start. */

export const TIERS = ['memory', 'redis', 'bucket'] as const
export const LOOKUP_RESULTS = ['hit', 'miss', 'gone', 'error'] as const
const DISTRUST_REASONS = ['epoch', 'gap', 'connection'] as const
const INVALIDATION_PATHS = ['pubsub', 'poll'] as const
const BUCKET_OUTCOMES = ['found', 'unchanged', 'absent', 'error', 'cut', 'shed'] as const

export type Tier = (typeof TIERS)[number]
export type LookupResult = (typeof LOOKUP_RESULTS)[number]

/** What is read when Prometheus asks, so that no read pays for it. */
export interface EdgeReadings {
  memoryBytes(): number
  memoryEntries(): number
  leaseValid(): boolean
  /** Reads that wait for a place at the bucket. */
  bucketWaiting(): number
}

/** Invalidations usually arrive within milliseconds; past 2 s the promise is broken. */
const LAG_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.8, 1.1, 2, 5]

export type EdgeMetrics = ReturnType<typeof createEdgeMetrics>

export function createEdgeMetrics(registry: Registry) {
  const registers = [registry]
  return {
    lookups: tierLookups(registry),
    /** Seconds that a read took, by the tier that decided it. */
    readSeconds: histogramOf(registry, TIERS, 'tier', DURATION_BUCKETS, {
      name: 'edge_read_duration_seconds',
      help: 'Reads, by the tier that decided the answer.',
    }),
    evictions: new Counter({
      name: 'edge_memory_evictions_total',
      help: 'Records that memory dropped to make room.',
      registers,
    }),
    tombstonesDropped: new Counter({
      name: 'edge_tombstones_dropped_total',
      help: 'Tombstones that memory dropped before their time, since there were too many.',
      registers,
    }),
    coalesced: new Counter({
      name: 'edge_coalesced_total',
      help: 'Reads that joined a walk already under way.',
      registers,
    }),
    distrust: counterOf(registry, DISTRUST_REASONS, 'reason', {
      name: 'edge_distrust_total',
      help: 'Times that everything in memory had to be asked about again.',
    }),
    lagSeconds: histogramOf(registry, INVALIDATION_PATHS, 'via', LAG_BUCKETS, {
      name: 'edge_invalidation_lag_seconds',
      help: 'From a deletion to this edge’s knowing of it.',
    }),
    bucketReads: counterOf(registry, BUCKET_OUTCOMES, 'outcome', {
      name: 'edge_bucket_reads_total',
      help: 'Reads from the bucket, by how they ended.',
    }),
    watch: gauges(registry),
  }
}

/** `lookups.memory.hit.inc()`; each read counts here, so that it is an addition and no more. */
function tierLookups(registry: Registry) {
  const children: { tier: Tier; result: LookupResult; count: number }[] = []
  const counter = new Counter({
    name: 'edge_tier_lookups_total',
    help: 'What each tier said when it was asked.',
    labelNames: ['tier', 'result'],
    registers: [],
    collect() {
      this.reset()
      for (const { tier, result, count } of children) this.inc({ tier, result }, count)
    },
  })
  registry.registerMetric(counter)
  const child = (tier: Tier, result: LookupResult) => {
    const counted = { tier, result, count: 0 }
    children.push(counted)
    return {
      inc() {
        counted.count += 1
      },
    }
  }
  const row = (tier: Tier) => ({
    hit: child(tier, 'hit'),
    miss: child(tier, 'miss'),
    gone: child(tier, 'gone'),
    error: child(tier, 'error'),
  })
  return { memory: row('memory'), redis: row('redis'), bucket: row('bucket') }
}

function histogramOf<L extends string>(
  registry: Registry,
  values: readonly L[],
  label: string,
  buckets: number[],
  { name, help }: { name: string; help: string },
): (value: L, seconds: number) => void {
  const histogram = registerHistogram(registry, { name, help, buckets })
  const children = new Map(values.map((value) => [value, histogram.child({ [label]: value })]))
  return (value, seconds) => children.get(value)?.observe(seconds)
}

/** @returns says where to read from; until then the gauges are 0 */
function gauges(registry: Registry) {
  let readings: EdgeReadings | null = null
  const gauge = (name: string, help: string, read: (from: EdgeReadings) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(readings === null ? 0 : read(readings))
      },
    })
  gauge('edge_memory_bytes', 'Bytes of records in memory.', (from) => from.memoryBytes())
  gauge('edge_memory_entries', 'Records in memory.', (from) => from.memoryEntries())
  gauge('edge_lease_valid', '1 while the shared cache is vouched for.', (from) =>
    Number(from.leaseValid()),
  )
  gauge('edge_bucket_waiting', 'Reads that wait for a place at the bucket.', (from) =>
    from.bucketWaiting(),
  )
  return (from: EdgeReadings) => {
    readings = from
  }
}
