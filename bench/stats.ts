/** The arithmetic of the bench: what rounds come to, and whether that is good enough. */

export interface Spread {
  median: number
  min: number
  max: number
}

/** What one server spent in one round. */
export interface Round {
  cpuMicros: number
  requests: number
}

/** One round of each, right after one another, so that the machine's mood is the same for both. */
export interface Pair {
  edge: Round
  bare: Round
}

/** @throws RangeError without a figure */
export function spreadOf(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((left, right) => left - right)
  const min = sorted.at(0)
  const max = sorted.at(-1)
  if (min === undefined || max === undefined) throw new RangeError('no figures')
  const upper = sorted[Math.floor(sorted.length / 2)] ?? max
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? min
  return { median: (lower + upper) / 2, min, max }
}

/** @returns microseconds of CPU a request @throws RangeError without a request */
export function perRequest({ cpuMicros, requests }: Round): number {
  if (requests <= 0) throw new RangeError('no requests')
  return cpuMicros / requests
}

/** How many times the bare server's CPU the edge took, pair by pair. */
export function ratiosOf(pairs: readonly Pair[]): Spread {
  return spreadOf(pairs.map(({ edge, bare }) => perRequest(edge) / perRequest(bare)))
}

/** A B B A A B B A …: whoever goes first has it neither better nor worse in the end. */
export function orderOf<T>(pair: number, first: T, second: T): [T, T] {
  return pair % 2 === 0 ? [first, second] : [second, first]
}

export interface Goal {
  goal: number
  aim?: number
}

export type Verdict = 'aim met' | 'met' | 'missed' | 'far beyond'

/** Beyond this many times the goal it is no noise any more. */
const FAR = 1.5

export function judge(figure: number, { goal, aim }: Goal): Verdict {
  if (aim !== undefined && figure <= aim) return 'aim met'
  if (figure <= goal) return 'met'
  return figure <= goal * FAR ? 'missed' : 'far beyond'
}
