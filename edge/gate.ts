import { problems } from '../shared/http/problems.ts'

/** A limit on what runs at once, with a limit on how long one waits for a place. */

export interface GateOptions {
  places: number
  waitMs: number
}

export type Gate = ReturnType<typeof createGate>

export function createGate({ places, waitMs }: GateOptions) {
  let taken = 0
  const queue = new Set<() => void>()

  function leave(): void {
    const [next] = queue
    if (next === undefined) {
      taken -= 1
      return
    }
    queue.delete(next)
    next()
  }

  function enter(): Promise<void> {
    if (taken < places) {
      taken += 1
      return Promise.resolve()
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(() => {
      queue.delete(proceed)
      reject(problems.unavailable('storage is busy'))
    }, waitMs)
    function proceed(): void {
      clearTimeout(timer)
      resolve()
    }
    queue.add(proceed)
    return promise
  }

  return {
    /** @throws Problem 503 when no place came free in time */
    async run<T>(task: () => Promise<T>): Promise<T> {
      await enter()
      try {
        return await task()
      } finally {
        leave()
      }
    },
    taken: (): number => taken,
    waiting: (): number => queue.size,
  }
}
