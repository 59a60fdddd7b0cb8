import type { Clock } from '../clock.ts'
import { BucketError } from './bucket.ts'

/**
 * The limits of one bucket call: its deadline and its caller's signal, whichever comes first.
 * The deadline is a budget of time spent waiting for the bucket: a slow reader of a large body
 * pauses it, or nobody on a thin line could download one.
 */
export interface Call {
  /** What stops the present step, in place of the last one; runs at once when the call is over. */
  onOver(stop: (error: BucketError) => void): void
  /** The promise, or the call's end if that comes first. */
  race<T>(promise: Promise<T>): Promise<T>
  pause(): void
  resume(): void
  /** Lets go of timer and signal. Idempotent; nothing is stopped any more. */
  end(): void
}

export interface CallLimits {
  deadlineMs: number
  clock: Pick<Clock, 'monotonic'>
  signal?: AbortSignal | undefined
}

export function startCall({ deadlineMs, clock, signal }: CallLimits): Call {
  let over: BucketError | null = null
  let ended = false
  let stop: ((error: BucketError) => void) | null = null
  let leftMs = deadlineMs
  let runningSince = clock.monotonic()
  let timer: NodeJS.Timeout | null = setTimeout(expire, leftMs)

  function finish(error: BucketError): void {
    if (over !== null || ended) return
    end()
    over = error
    stop?.(error)
  }
  function expire(): void {
    finish(new BucketError(`the bucket took longer than ${deadlineMs} ms`))
  }
  function abort(): void {
    finish(new BucketError('the call was cut off', { cause: signal?.reason }))
  }
  function stopTimer(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }
  function end(): void {
    ended = true
    stopTimer()
    signal?.removeEventListener('abort', abort)
  }

  const call: Call = {
    onOver(next) {
      stop = next
      if (over !== null) next(over)
    },
    race: (promise) =>
      new Promise((resolve, reject) => {
        call.onOver(reject)
        promise.then(resolve, reject)
      }),
    pause() {
      if (timer === null) return
      stopTimer()
      leftMs -= clock.monotonic() - runningSince
    },
    resume() {
      if (timer !== null || ended) return
      runningSince = clock.monotonic()
      timer = setTimeout(expire, Math.max(0, leftMs))
    },
    end,
  }
  if (signal?.aborted === true) abort()
  else signal?.addEventListener('abort', abort, { once: true })
  return call
}
