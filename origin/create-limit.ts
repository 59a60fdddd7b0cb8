import { problems } from '../shared/http/problems.ts'
import { networkOf } from './client-address.ts'

/**
 * CREATE_LIMIT: how many pastes one client may make in a minute. Of each client two numbers are
 * kept, for the present minute and the one before, which counts for as much of it as still lies
 * within the last 60 seconds.
 */

export interface CreateLimitOptions {
  /** 0: no limit. */
  perMinute: number
  monotonic(): number
  /** Clients remembered; of more, those that began longest ago are forgotten. */
  maxClients?: number
  onLimited?: () => void
}

export interface CreateLimit {
  /**
   * Counts one create.
   * @returns headers for its answer: what is left
   * @throws Problem 429
   */
  take(client: string): Readonly<Record<string, string>>
}

interface Usage {
  /** When the present window began. */
  beganMs: number
  count: number
  /** Of the window before. */
  previous: number
}

const WINDOW_MS = 60_000
const WINDOW_S = WINDOW_MS / 1000
const MAX_CLIENTS = 50_000

export function createCreateLimit(options: CreateLimitOptions): CreateLimit {
  const { perMinute, monotonic, maxClients = MAX_CLIENTS, onLimited } = options
  if (perMinute === 0) return { take: () => ({}) }
  /** Roughly by when their window began: a window that begins puts its client at the end. */
  const usages = new Map<string, Usage>()

  function usageOf(client: string, nowMs: number): Usage {
    const known = usages.get(client)
    if (known !== undefined && nowMs - known.beganMs < WINDOW_MS) return known
    usages.delete(client)
    const follows = known !== undefined && nowMs - known.beganMs < 2 * WINDOW_MS
    const usage = follows
      ? { beganMs: known.beganMs + WINDOW_MS, count: 0, previous: known.count }
      : { beganMs: nowMs, count: 0, previous: 0 }
    forget(nowMs)
    usages.set(client, usage)
    return usage
  }

  function forget(nowMs: number): void {
    for (const [client, { beganMs }] of usages) {
      if (usages.size < maxClients && nowMs - beganMs < 2 * WINDOW_MS) return
      usages.delete(client)
    }
  }

  return {
    take(client) {
      // Whole numbers: who waits as long as was said must get through.
      const nowMs = Math.floor(monotonic())
      const usage = usageOf(networkOf(client), nowMs)
      const elapsedMs = nowMs - usage.beganMs
      const left = perMinute - Math.ceil(weigh(usage, elapsedMs))
      const taken = left >= 1
      if (taken) usage.count += 1
      const headers = rateHeaders(perMinute, taken ? left - 1 : 0, WINDOW_MS - elapsedMs)
      if (taken) return headers
      onLimited?.()
      throw problems.tooMany(Math.ceil(waitMs(usage, elapsedMs, perMinute) / 1000), headers)
    },
  }
}

function weigh({ count, previous }: Usage, elapsedMs: number): number {
  return count + (previous * (WINDOW_MS - elapsedMs)) / WINDOW_MS
}

/** Until one more fits: within this window, or once this one has become the one before. */
function waitMs({ count, previous }: Usage, elapsedMs: number, limit: number): number {
  const fitsAt = (counted: number, before: number) =>
    before === 0 ? 0 : Math.max(0, WINDOW_MS - ((limit - 1 - counted) * WINDOW_MS) / before)
  if (count + 1 <= limit) return Math.max(1, fitsAt(count, previous) - elapsedMs)
  return WINDOW_MS - elapsedMs + fitsAt(0, count)
}

/** draft-ietf-httpapi-ratelimit-headers. */
function rateHeaders(quota: number, left: number, resetMs: number): Record<string, string> {
  return {
    ratelimit: `"create";r=${left};t=${Math.ceil(resetMs / 1000)}`,
    'ratelimit-policy': `"create";q=${quota};w=${WINDOW_S}`,
  }
}
