import { randomUUID } from 'node:crypto'
import {
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/**
 * One process at a time on a DATA_DIR: the embedded Postgres has no lock of its own.
 *
 * A lock is a file `lock.N`, and the one with the highest N counts. Who wants it makes `lock.N+1`,
 * which can succeed once only, and has it when nothing higher is there. Nobody ever removes the
 * highest, not even when letting go (it is emptied), so numbers only grow and two contenders for
 * the lock of a dead process cannot both win. Replacing the file, or removing a stale one, could
 * take the lock from somebody who has just taken it over.
 */

/** The lock cannot be had; the message is one line that says what to do. */
export class LockError extends Error {
  override name = 'LockError'
}

export interface Lock {
  /** Idempotent. */
  release: () => void
}

/** Who holds it. The boot and the start tell a process from a later one with the same pid. */
interface Holder {
  pid: number
  /** Clock ticks from the boot to the process's start, and the boot's id; null without /proc. */
  start: string | null
}

/** A contender that loses a race looks again; a live winner ends that at once. */
const MAX_ATTEMPTS = 20

/** @throws LockError when another live process has the lock, or the folder cannot be used */
export function acquireLock(dir: string): Lock {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const lock = tryLock(dir)
      if (lock !== null) return lock
    }
  } catch (error) {
    throw error instanceof LockError ? error : unusable(dir, error)
  }
  throw new LockError(`others keep taking the lock of ${dir}: start one Ledge at a time on it`)
}

/** @returns null when somebody else was faster */
function tryLock(dir: string): Lock | null {
  const last = highest(dir)
  const file = lockFile(dir, last)
  const holder = last === 0 ? null : readHolder(file)
  if (holder !== null && isAlive(holder)) {
    throw new LockError(
      `another Ledge (process ${holder.pid}) uses ${dir}: stop it, or set DATA_DIR to another ` +
        `folder; if that process is no Ledge, delete ${file}`,
    )
  }
  const mine = lockFile(dir, last + 1)
  if (!createWhole(dir, mine)) return null
  if (highest(dir) !== last + 1) {
    rmSync(mine, { force: true })
    return null
  }
  for (const number of numbers(dir)) {
    if (number <= last) rmSync(lockFile(dir, number), { force: true })
  }
  let held = true
  return {
    release() {
      if (held) empty(mine)
      held = false
    },
  }
}

/** Makes the file with its content in one step: it is never seen half written. */
function createWhole(dir: string, file: string): boolean {
  const draft = join(dir, `lock-${randomUUID()}.tmp`)
  try {
    writeFileSync(draft, JSON.stringify(self()), { flag: 'wx', mode: 0o600 })
    linkSync(draft, file)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Whoever has taken the lock over has removed the file: then there is nothing to let go of. */
function empty(file: string): void {
  try {
    truncateSync(file)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

function lockFile(dir: string, number: number): string {
  return join(dir, `lock.${number}`)
}

function numbers(dir: string): number[] {
  return readdirSync(dir)
    .map((name) => /^lock\.([1-9]\d{0,14})$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
}

/** @returns 0 when there has never been a lock */
function highest(dir: string): number {
  return numbers(dir).reduce((most, number) => Math.max(most, number), 0)
}

/** @returns null for a lock that was let go, or damaged: a live holder's file is whole */
function readHolder(file: string): Holder | null {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return null
    throw error
  }
  if (typeof value !== 'object' || value === null) return null
  if (!('pid' in value && 'start' in value)) return null
  const { pid, start } = value
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return null
  return { pid, start: typeof start === 'string' ? start : null }
}

function self(): Holder {
  return { pid: process.pid, start: startOf(process.pid) }
}

function isAlive({ pid, start }: Holder): boolean {
  if (!exists(pid)) return false
  // Without /proc, or in a file from where there is none, the pid is all there is to go by.
  return start === null || startOf(process.pid) === null || startOf(pid) === start
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** proc_pid_stat(5): field 3 is the state, field 22 the start in clock ticks since the boot. */
function startOf(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name before them may hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // What has ended but is not yet waited for holds nothing.
    if (fields[0] === 'Z' || fields[0] === 'X') return 'ended'
    return fields[19] === undefined ? null : `${boot}/${fields[19]}`
  } catch {
    return null
  }
}

function unusable(dir: string, error: unknown): LockError {
  const code = codeOf(error)
  const why = new Map([
    ['EEXIST', 'it is not a folder'],
    ['ENOTDIR', 'it is not a folder'],
    ['EACCES', 'it may not be written to'],
    ['EPERM', 'it may not be written to, or its file system has no hard links'],
    ['EROFS', 'its file system is read-only'],
    ['ENOSPC', 'its disk is full'],
    ['ENOTSUP', 'its file system has no hard links'],
  ])
  return new LockError(
    `cannot use ${dir}: ${why.get(code) ?? code}; set DATA_DIR to a folder that can be written to`,
    { cause: error },
  )
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
