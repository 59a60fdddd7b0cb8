/** Durations as people write them: `90s`, `10m`, `1h`, `7d`, `2w`, `1y`, or bare seconds. */

const UNIT_MS = new Map([
  ['', 1000],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
  ['y', 31_536_000_000],
])

export const DURATION_HINT = '90s, 10m, 1h, 7d, 2w, 1y or a number of seconds'

/** @returns milliseconds, or null when it is no duration (or one past a safe integer) */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,12})\s*([smhdwy]?)$/i.exec(text.trim())
  if (match === null) return null
  const unit = UNIT_MS.get((match[2] ?? '').toLowerCase())
  const duration = Number(match[1]) * (unit ?? Number.NaN)
  return Number.isSafeInteger(duration) ? duration : null
}

/** The shortest exact way to write a whole number of seconds: 604800000 → `7d`, 90000 → `90s`. */
export function formatDuration(durationMs: number): string {
  for (const unit of ['y', 'd', 'h', 'm']) {
    const unitMs = UNIT_MS.get(unit) ?? 0
    if (durationMs >= unitMs && durationMs % unitMs === 0) return `${durationMs / unitMs}${unit}`
  }
  return `${durationMs / 1000}s`
}
