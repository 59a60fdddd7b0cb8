import { randomBytes } from 'node:crypto'
import { rm, stat, statfs, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Queryable } from '../origin/database.ts'
import { isCode } from './whole-file.ts'

/**
 * The write-ahead log of the embedded Postgres. A server has a process that cuts it; PGlite has
 * none, so it would grow for ever. Without room for the log's next segment, or for the few KiB
 * that cutting it takes, Postgres gives up, and then every query hangs until a restart. So one
 * segment always lies ready, and a ballast file makes the room to cut on a disk that is full.
 */
export interface WalKeeper {
  /** Looks once. @throws DatabaseError */
  tend(): Promise<void>
  /** Looks now, and again and again. */
  start(): Promise<void>
  /** Gives the ballast away, since closing the database takes room too. Idempotent. */
  stop(): Promise<void>
}

export interface WalKeeperOptions {
  database: Queryable
  /** A file on the same disk as the database. */
  ballast: string
  /** Less than it takes to write a segment. */
  intervalMs?: number
  onError: (error: unknown) => void
}

const SEGMENT_BYTES = 16 * 1024 * 1024
const MAX_GROWN_BYTES = SEGMENT_BYTES / 2
const BALLAST_BYTES = 4 * 1024 * 1024

export function createWalKeeper(options: WalKeeperOptions): WalKeeper {
  const { database, ballast, intervalMs = 5000, onError } = options
  let timer: NodeJS.Timeout | null = null
  let running: Promise<void> | null = null

  async function tend(): Promise<void> {
    await load(ballast)
    const { grown, spare } = await look(database)
    if (spare > 0 && grown < MAX_GROWN_BYTES) return
    // What is cut off becomes the segments to come.
    await cut()
    if ((await look(database)).spare > 0 || (await freeBytes(ballast)) < 2 * SEGMENT_BYTES) return
    await database.query('select pg_switch_wal()')
    await cut()
  }

  async function cut(): Promise<void> {
    const isTight = (await freeBytes(ballast)) < BALLAST_BYTES
    if (isTight && !(await drop(ballast))) throw new Error('no room to cut the log')
    await database.query('checkpoint')
    if (isTight) await load(ballast)
  }

  function run(): Promise<void> {
    running ??= tend()
      .catch(onError)
      .finally(() => {
        running = null
      })
    return running
  }

  return {
    tend,
    async start() {
      await run()
      timer = setInterval(() => void run(), intervalMs)
    },
    async stop() {
      if (timer !== null) clearInterval(timer)
      await running
      await drop(ballast)
    },
  }
}

/** @returns bytes written since what a restart would begin from; segments that lie ready */
async function look(database: Queryable): Promise<{ grown: number; spare: number }> {
  const { rows } = await database.query<{ grown: number; spare: number }>(`
    select pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)::float8 as grown,
      (select count(*)::integer from pg_ls_waldir()
        where name ~ '^[0-9A-F]{24}$' and name > pg_walfile_name(pg_current_wal_lsn())) as spare
    from pg_control_checkpoint()`)
  return rows[0] ?? { grown: 0, spare: 0 }
}

/** What there is no room for is left out; the next time there may be. */
async function load(ballast: string): Promise<void> {
  if ((await sizeOf(ballast)) === BALLAST_BYTES) return
  try {
    // Noise, since some disks keep nothing of zeros.
    await writeFile(ballast, randomBytes(BALLAST_BYTES), { mode: 0o600 })
  } catch (error) {
    if (!isCode(error, 'ENOSPC', 'EDQUOT')) throw error
  }
}

/** @returns whether that made room */
async function drop(ballast: string): Promise<boolean> {
  const size = await sizeOf(ballast)
  await rm(ballast, { force: true })
  return size > BALLAST_BYTES / 2
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if (isCode(error, 'ENOENT')) return 0
    throw error
  }
}

async function freeBytes(file: string): Promise<number> {
  const { bavail, bsize } = await statfs(dirname(file))
  return bavail * bsize
}
