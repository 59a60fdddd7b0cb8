import { performance } from 'node:perf_hooks'

/** Time as the parts see it; tests hand in their own. */
export interface Clock {
  /** Epoch milliseconds: what expiry is measured by. It may step. */
  now(): number
  /** Milliseconds that never step back: what leases and deadlines are measured by. */
  monotonic(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}
