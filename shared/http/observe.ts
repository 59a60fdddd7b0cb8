import type { Logger } from 'pino'
import { type Metrics, statusClass } from '../metrics.ts'
import type { Observation, Observe } from './handle.ts'

/** One request in every so many is written about, whatever became of it. */
const SAMPLE = 100
const SLOW_MS = 250

export interface ObserverOptions {
  metrics: Pick<Metrics, 'observe'>
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  random?: () => number
}

/** Counts every request, and writes a line about the failed, the slow and some of the rest. */
export function createObserver({ metrics, log, random = Math.random }: ObserverOptions): Observe {
  return function observe(observation) {
    const { method, route, status, durationMs } = observation
    metrics.observe(method, route, statusClass(status))(durationMs / 1000)
    if (status >= 400 || durationMs > SLOW_MS) write(log, observation, 1)
    else if (random() * SAMPLE < 1) write(log, observation, SAMPLE)
  }
}

function write(log: ObserverOptions['log'], observation: Observation, sampleRate: number): void {
  const { method, route, status, durationMs, requestId, cause } = observation
  const line = {
    request_id: requestId(),
    method,
    route,
    status,
    duration_ms: Math.round(durationMs * 10) / 10,
    sample_rate: sampleRate,
  }
  if (status >= 500) log.error({ ...line, err: cause }, 'request failed')
  else log.info(line, 'request')
}
