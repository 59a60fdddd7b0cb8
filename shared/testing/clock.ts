import type { Clock } from '../clock.ts'

/** Time that moves when a test says so. */
export interface ManualClock extends Clock {
  /** Both clocks go on. */
  advance(byMs: number): void
  /** The wall clock alone is set. */
  step(byMs: number): void
}

export function createManualClock(startMs = 1_800_000_000_000): ManualClock {
  let wall = startMs
  let monotonic = 1000
  return {
    now: () => wall,
    monotonic: () => monotonic,
    advance(byMs) {
      wall += byMs
      monotonic += byMs
    },
    step(byMs) {
      wall += byMs
    },
  }
}
