import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { pino } from 'pino'
import { systemClock, type Clock } from './clock.ts'

/**
 * The log: JSON lines on standard output, always, and in a rotated file if one is named. Each sink
 * fails for itself: what it cannot take costs a count, never a request nor the process.
 *
 * What must not be logged cannot be: fields are scalars only, so no request, header or body slips
 * in whole, and every line passes a mask for what looks like a credential.
 */

export type Sink = 'stdout' | 'file'

export interface LogOptions {
  service: string
  env: string
  level: pino.Level
  /** Where the rotated file goes, or null. A number goes into its name: `ledge.1.log`. */
  file: string | null
  /** Called for each line, or batch of lines, that a sink could not take. */
  onSinkError: (sink: Sink) => void
  /** In place of standard output. */
  stdout?: { write(line: string): unknown }
  clock?: Pick<Clock, 'monotonic'>
}

export interface Log {
  log: pino.Logger
  /** Flushes within CLOSE_MS and ends the file. Idempotent. */
  close: () => Promise<void>
}

/** Part of the 5 s that SIGTERM may take, of which draining takes 4. */
const CLOSE_MS = 500
/** A file that failed is tried again after this: disks get emptied. */
const RETRY_MS = 30_000
/** Bytes that wait for standard output's reader; more are dropped. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024
const ROTATION = {
  frequency: 'daily',
  size: '50m',
  limit: { count: 10, removeOtherLogFiles: true },
}

export function createLog({
  service,
  env,
  level,
  file,
  onSinkError,
  stdout,
  clock = systemClock,
}: LogOptions): Log {
  const standard = stdout === undefined ? standardOutput(onSinkError) : plainOutput(stdout)
  const rotated = file === null ? null : rotatedFile(file, onSinkError, clock)
  const sinks = {
    write(line: string) {
      try {
        standard.write(line)
      } catch {
        onSinkError('stdout')
      }
      rotated?.write(line)
    },
    // Pino calls it after a fatal line, which may be the last one.
    flushSync: () => standard.flushSync(),
  }
  const log = pino(
    {
      level,
      base: { service, env },
      formatters: { log: onlyScalars },
      serializers: { err: plainError },
      // The formatter does not see what child loggers are bound to.
      redact: { paths: [...BOUND_SECRETS], censor: REDACTED },
      hooks: { streamWrite: mask },
    },
    sinks,
  )
  let closing: Promise<void> | null = null
  return {
    log,
    close() {
      closing ??= Promise.all([within(CLOSE_MS, standard.flush()), rotated?.close()]).then(() => {})
      return closing
    },
  }
}

interface Output {
  write(line: string): unknown
  flushSync(): void
  flush(): Promise<unknown>
}

function plainOutput(stream: { write(line: string): unknown }): Output {
  return { write: (line) => stream.write(line), flushSync() {}, flush: () => Promise.resolve() }
}

/** Asynchronous, since a reader that stalls must not stall the event loop. */
function standardOutput(onSinkError: LogOptions['onSinkError']): Output {
  const stream = pino.destination({ dest: 1, sync: false, maxLength: MAX_WAITING_BYTES })
  const failed = () => onSinkError('stdout')
  stream.on('error', failed)
  stream.on('drop', failed)
  return {
    write: (line) => stream.write(line),
    flushSync() {
      try {
        stream.flushSync()
      } catch {
        failed()
      }
    },
    flush: () => new Promise((resolve) => stream.flush(resolve)),
  }
}

type Transport = ReturnType<typeof pino.transport>

/** A worker that writes; after an error it is gone, and another one is tried later. */
function rotatedFile(
  file: string,
  onSinkError: LogOptions['onSinkError'],
  { monotonic }: Pick<Clock, 'monotonic'>,
) {
  let transport: Transport | null = null
  let retryAt = -Infinity
  let full = false
  let closed = false

  function open(): Transport {
    const opened = pino.transport({
      target: 'pino-roll',
      options: { file, mkdir: true, ...ROTATION },
      // By itself it would hold up the process's end while the disk hangs, or throw from there.
      worker: { autoEnd: false },
    })
    full = false
    opened.on('drain', () => {
      full = false
    })
    opened.on('error', () => {
      onSinkError('file')
      if (transport !== opened) return
      transport = null
      retryAt = monotonic() + RETRY_MS
    })
    return opened
  }

  return {
    write(line: string) {
      if (closed) return
      if (transport === null && monotonic() >= retryAt) transport = open()
      if (transport === null || full) onSinkError('file')
      else full = !transport.write(line)
    },
    async close() {
      closed = true
      const ending = transport
      if (ending === null) return
      const gone = new Promise((resolve) => ending.once('close', resolve))
      const flushed = new Promise<boolean>((resolve) => ending.flush((error) => resolve(!error)))
      // Ending a worker that cannot write would hold the event loop for seconds.
      if (!(await within(CLOSE_MS, flushed))) return abandon(ending)
      ending.end()
      await within(CLOSE_MS, gone)
      return undefined
    },
  }
}

function abandon(transport: Transport): void {
  // Takes away the exit listener of one that never got ready, which would wait and then throw.
  transport.emit('close')
  const worker: unknown = Reflect.get(transport, 'worker')
  if (worker instanceof Worker) void worker.terminate()
}

/** @returns undefined when it took longer */
async function within<T>(limitMs: number, work: Promise<T>): Promise<T | undefined> {
  const done = new AbortController()
  const limit = sleep(limitMs, undefined, { signal: done.signal }).catch(() => undefined)
  try {
    return await Promise.race([work, limit])
  } finally {
    done.abort()
  }
}

const REDACTED = '[redacted]'
const BOUND_SECRETS = ['token', 'secret', 'password', 'authorization', 'cookie', 'body', 'headers']
const SECRET_NAME =
  /token|secret|password|authorization|cookie|^(?:body|text|content|keys?|ip|.*address)$/i
const MAX_TEXT_LENGTH = 500
const MAX_LIST_LENGTH = 20

function onlyScalars(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      SECRET_NAME.test(name) ? REDACTED : plain(name, value),
    ]),
  )
}

function plain(name: string, value: unknown): unknown {
  // The serializer does that one.
  if (value instanceof Error) return name === 'err' ? value : plainError(value)
  if (Array.isArray(value)) return value.slice(0, MAX_LIST_LENGTH).map(plainScalar)
  return plainScalar(value)
}

function plainScalar(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, MAX_TEXT_LENGTH)
  if (typeof value === 'object' && value !== null) return '[object]'
  return typeof value === 'function' ? '[function]' : value
}

/** Other properties of an error may hold a request with its headers, or a row's values. */
function plainError(value: unknown): unknown {
  if (!(value instanceof Error)) return plainScalar(value)
  return {
    type: value.name,
    message: value.message.slice(0, MAX_TEXT_LENGTH),
    code: 'code' in value ? plainScalar(value.code) : undefined,
    stack: value.stack?.slice(0, 4 * MAX_TEXT_LENGTH),
    cause: value.cause instanceof Error ? value.cause.message.slice(0, MAX_TEXT_LENGTH) : undefined,
  }
}

const CREDENTIALS: readonly [what: RegExp, shown: string][] = [
  [/(:\/\/)[^\s/@"\\]+@/g, '$1***@'],
  [/([?&](?:token|key|x-goog-signature)=)[^&\s"\\]+/gi, '$1***'],
  [/\b(bearer|basic) +[\w.~+/=-]+/gi, '$1 ***'],
  // Delete tokens and the keys in DATA_DIR: 32 bytes in base58 or base64url.
  [/(?<![\w-])[\w-]{42,44}(?![\w-])/g, '***'],
]

/** @param line a finished line of JSON, which it remains */
function mask(line: string): string {
  return CREDENTIALS.reduce((text, [what, shown]) => text.replace(what, shown), line)
}
