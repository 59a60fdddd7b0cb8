import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import { registerHistogram } from './histogram.ts'

/**
 * The metrics that every service has. Labels are closed sets: never an id, an address, a raw path
 * or the text of an error. Each child is looked up once and kept.
 */

/** `promtool check metrics` rejects these: gauges that are named like counters. */
const REJECTED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]

/** Seconds. The boundaries at 50 ms and 250 ms are where the objectives lie. */
export const DURATION_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3, 10]

/** Routes beyond these many are counted as `other`: a mistake must not become an outage. */
const MAX_ROUTES = 40

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])

export const DEPENDENCIES = ['bucket', 'cache', 'database'] as const
export const OUTCOMES = ['ok', 'error', 'timeout'] as const
const LOG_SINKS = ['stdout', 'file'] as const
const SHED_REASONS = ['reads', 'writes', 'event_loop'] as const

export type Dependency = (typeof DEPENDENCIES)[number]
export type Outcome = (typeof OUTCOMES)[number]
export type StatusClass = '1xx' | '2xx' | '3xx' | '4xx' | '5xx'

/** Takes one duration in seconds. */
export type Observer = (seconds: number) => void

export type Metrics = ReturnType<typeof createMetrics>

/** Made once, in main. */
export function createMetrics({ role, version }: { role: string; version: string }) {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const name of REJECTED) registry.removeSingleMetric(name)
  const registers = [registry]

  new Gauge({
    name: 'build_info',
    help: 'Which version runs in which role; always 1.',
    labelNames: ['version', 'role'],
    registers,
  }).set({ version, role }, 1)

  return {
    registry,
    observe: requestObservers(registry),
    dependency: dependencyObservers(registry),
    sinkErrors: counterOf(registry, LOG_SINKS, 'sink', {
      name: 'log_sink_errors_total',
      help: 'Log lines or batches that a sink could not take.',
    }),
    shed: counterOf(registry, SHED_REASONS, 'reason', {
      name: 'load_shed_total',
      help: 'Requests turned away because there was too much to do.',
    }),
  }
}

/**
 * A counter with one label of a closed set: every series is there, at 0, from the start.
 * @returns counts one
 */
export function counterOf<L extends string>(
  registry: Registry,
  values: readonly L[],
  label: string,
  { name, help }: { name: string; help: string },
): (value: L, count?: number) => void {
  const counter = new Counter({ name, help, labelNames: [label], registers: [registry] })
  const children = new Map(values.map((value) => [value, counter.labels(value)]))
  for (const child of children.values()) child.inc(0)
  return (value, count = 1) => children.get(value)?.inc(count)
}

/** @param status of an answer, 100 to 599 */
export function statusClass(status: number): StatusClass {
  if (status >= 500) return '5xx'
  if (status >= 400) return '4xx'
  if (status >= 300) return '3xx'
  return status >= 200 ? '2xx' : '1xx'
}

/** @returns looks an observer up: `observe('GET', '/:id', '2xx')(0.003)` */
function requestObservers(registry: Registry) {
  const histogram = registerHistogram<'method' | 'route' | 'status_class'>(registry, {
    name: 'http_request_duration_seconds',
    help: 'From the request’s headers to the answer’s last byte handed over.',
    buckets: DURATION_BUCKETS,
  })
  // One level a label: a key put together of them would have to be hashed for every request.
  const routes = new Map<string, Map<string, Map<StatusClass, Observer>>>()

  /** @param route the pattern that matched, never the path */
  return function observe(method: string, route: string, status: StatusClass): Observer {
    const known = METHODS.has(method) ? method : 'other'
    const named = routes.has(route) || routes.size < MAX_ROUTES ? route : 'other'
    const found = routes.get(named)?.get(known)?.get(status)
    if (found !== undefined) return found
    const { observe: observer } = histogram.child({
      method: known,
      route: named,
      status_class: status,
    })
    const ofRoute = getOrMake(routes, named)
    getOrMake(ofRoute, known).set(status, observer)
    return observer
  }
}

function getOrMake<K, V>(maps: Map<string, Map<K, V>>, key: string): Map<K, V> {
  const made = maps.get(key) ?? new Map<K, V>()
  maps.set(key, made)
  return made
}

/** @returns looks an observer up: `dependency('bucket', 'ok')(0.02)` */
function dependencyObservers(registry: Registry) {
  const histogram = registerHistogram<'dependency' | 'outcome'>(registry, {
    name: 'dependency_duration_seconds',
    help: 'Calls to what this service depends on.',
    buckets: DURATION_BUCKETS,
  })
  const observers = new Map<string, Observer>()

  return function dependency(name: Dependency, outcome: Outcome): Observer {
    const key = `${name} ${outcome}`
    const observer = observers.get(key) ?? histogram.child({ dependency: name, outcome }).observe
    observers.set(key, observer)
    return observer
  }
}
