import type { Clock } from '../shared/clock.ts'
import { problems } from '../shared/http/problems.ts'
import type { GoneReason } from '../shared/record.ts'
import { timing } from '../shared/timing.ts'
import type { Moment } from './memory.ts'

/** Single flight: one walk an id at a time, which can be killed, and is cut off when it is late. */

/** Calls back after a delay. @returns a function that takes it back */
export type Schedule = (callback: () => void, delayMs: number) => () => void

export interface Walk {
  readonly id: string
  readonly begun: Moment
  /** The follower's era when it began. */
  readonly era: number
  /** Ends its bucket reads when the walk is cut. */
  readonly signal: AbortSignal
  /** Why the paste went away while it walked. What it brings home is not kept then. */
  killed(): GoneReason | null
  /** True once it was cut off: that counts as killed. */
  cut(): boolean
}

export interface WalksOptions {
  clock: Clock
  era(): number
  onJoined?: (() => void) | undefined
  /** For tests. */
  schedule?: Schedule | undefined
}

interface Running<T> {
  done: Promise<T>
  kill(reason: GoneReason): void
}

export function createWalks<T>(options: WalksOptions, onKilled: (reason: GoneReason) => T) {
  const { clock, era, onJoined, schedule = scheduleTimeout } = options
  const running = new Map<string, Running<T>>()

  function start(id: string, run: (walk: Walk) => Promise<T>): Promise<T> {
    const controller = new AbortController()
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    let killedFor: GoneReason | null = null
    let isCut = false

    const walk: Walk = {
      id,
      begun: { monotonic: clock.monotonic(), wall: clock.now() },
      era: era(),
      signal: controller.signal,
      killed: () => killedFor,
      cut: () => isCut,
    }
    const cancelCut = schedule(() => {
      isCut = true
      controller.abort()
      reject(problems.unavailable('storage is slow'))
    }, timing.walkMs)

    function kill(reason: GoneReason): void {
      killedFor ??= reason
      resolve(onKilled(killedFor))
    }

    const done = promise.finally(() => {
      cancelCut()
      if (running.get(id)?.done === done) running.delete(id)
    })
    running.set(id, { done, kill })
    run(walk).then(resolve, reject)
    return done
  }

  return {
    /** Joins the walk of `id` that is under way, or starts one. */
    join(id: string, run: (walk: Walk) => Promise<T>): Promise<T> {
      const walk = running.get(id)
      if (walk === undefined) return start(id, run)
      onJoined?.()
      return walk.done
    },
    /** Ends the walk of `id`, if there is one: its waiters are answered at once. */
    kill(id: string, reason: GoneReason): void {
      running.get(id)?.kill(reason)
    },
    size: (): number => running.size,
  }
}

function scheduleTimeout(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs)
  return () => clearTimeout(timer)
}
