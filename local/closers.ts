/** Who opens closes, in reverse order, whatever fails on the way. */
export interface Closers {
  add(close: () => unknown): void
  /** Runs them once, the last added first; the first error is thrown when all are done. */
  close(): Promise<void>
}

export function createClosers(): Closers {
  const closers: (() => unknown)[] = []
  return {
    add: (close) => closers.push(close),
    async close() {
      const errors: unknown[] = []
      for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
        try {
          await close()
        } catch (error) {
          errors.push(error)
        }
      }
      if (errors.length > 0) throw errors[0]
    },
  }
}
