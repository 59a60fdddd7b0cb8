import { Counter, Gauge, type Registry } from 'prom-client'
import { counterOf } from '../shared/metrics.ts'
import type { GoneReason } from '../shared/record.ts'
import { DUE_KINDS, type DueKind } from './due.ts'

/** The metrics of an origin. Every series exists, at 0, from the start. */

const GONE_REASONS: readonly GoneReason[] = ['expired', 'deleted', 'burned', 'removed']

/** Class names with the largest value that belongs to each; what is above them all is `more`. */
const TTL_CLASSES: readonly [name: string, maxMs: number][] = [
  ['hour', 3_600_000],
  ['day', 86_400_000],
  ['week', 604_800_000],
  ['month', 2_678_400_000],
  ['more', Infinity],
]
const SIZE_CLASSES: readonly [name: string, maxBytes: number][] = [
  ['1KiB', 1024],
  ['16KiB', 16 * 1024],
  ['128KiB', 128 * 1024],
  ['1MiB', 1024 * 1024],
  ['more', Infinity],
]

export type OriginMetrics = ReturnType<typeof createOriginMetrics>

export function createOriginMetrics(registry: Registry) {
  const registers = [registry]
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  return {
    created: createdCounter(registry),
    gone: counterOf(registry, GONE_REASONS, 'reason', {
      name: 'origin_gone_total',
      help: 'Pastes that went away.',
    }),
    rateLimited: counterOf(registry, ['create'], 'policy', {
      name: 'origin_rate_limited_total',
      help: 'Requests refused because their client had sent too many.',
    }),
    due: dueGauges(registry),
    unburiedRows: gauge(
      'origin_unburied_rows',
      'Deletions that the shared cache has not been told of in its present life.',
    ),
    janitorSuccess: gauge(
      'origin_janitor_last_success_timestamp_seconds',
      'When the janitor last did all that was due.',
    ),
    watchWatermark: watermarkGauge(registry),
    reburied: new Counter({
      name: 'origin_reburied_total',
      help: 'Deletions that the shared cache had to be told of again.',
      registers,
    }),
    storedBytes: gauge('origin_stored_bytes', 'Bytes of all visible pastes, as they are stored.'),
  }
}

/** @returns counts a paste by how long it lives (ms) and how large it is (bytes) */
function createdCounter(registry: Registry): (ttlMs: number, size: number) => void {
  const counter = new Counter({
    name: 'origin_pastes_created_total',
    help: 'Pastes made, by the longest life and the largest size of their class.',
    labelNames: ['ttl_class', 'size_class'],
    registers: [registry],
  })
  const table = TTL_CLASSES.map(([ttlClass, maxMs]) => ({
    max: maxMs,
    sizes: SIZE_CLASSES.map(([sizeClass, maxBytes]) => {
      const child = counter.labels(ttlClass, sizeClass)
      child.inc(0)
      return { max: maxBytes, child }
    }),
  }))
  return (ttlMs, size) =>
    table
      .find(({ max }) => ttlMs <= max)
      ?.sizes.find(({ max }) => size <= max)
      ?.child.inc()
}

/** @returns says what is due of one kind: how many rows, and since when the oldest (s) */
function dueGauges(registry: Registry) {
  const make = (name: string, help: string) => {
    const gauge = new Gauge({ name, help, labelNames: ['kind'], registers: [registry] })
    const children = new Map(DUE_KINDS.map((kind) => [kind, gauge.labels(kind)]))
    for (const child of children.values()) child.set(0)
    return children
  }
  const rows = make('origin_due_rows', 'Rows that are due, by what is to be done.')
  const oldest = make('origin_due_oldest_seconds', 'For how long the oldest of them has been due.')
  return (kind: DueKind, count: number, oldestSeconds: number) => {
    rows.get(kind)?.set(count)
    oldest.get(kind)?.set(oldestSeconds)
  }
}

/** @returns says where to read the age (s) from; until then it is 0 */
function watermarkGauge(registry: Registry) {
  let read: (() => number) | null = null
  const gauge: Gauge = new Gauge({
    name: 'origin_watermark_age_seconds',
    help: 'For how long nobody has vouched for the shared cache.',
    registers: [registry],
    collect: () => gauge.set(read === null ? 0 : read()),
  })
  return (from: () => number) => {
    read = from
  }
}
