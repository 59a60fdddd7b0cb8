import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after } from 'node:test'
import { SQL } from 'sql-template-strings'
import { openEmbeddedDatabase } from '../../local/database.ts'
import {
  connectInProcess,
  createInProcessServer,
  type InProcessServer,
} from '../../shared/cache/in-process.ts'
import type { SharedCache } from '../../shared/cache/cache.ts'
import { systemClock } from '../../shared/clock.ts'
import { createTestBucket, type TestBucket } from '../../shared/testing/bucket.ts'
import { testIds, testTokenKeys } from '../../shared/testing/paste.ts'
import { createCreator, type NewPaste } from '../create.ts'
import { createDatabase, type Database } from '../database.ts'
import { createJanitor, type JanitorOptions } from '../janitor.ts'
import { createOpener } from '../open.ts'
import { createQuota } from '../quota.ts'
import { createRemover } from '../remove.ts'
import { createTokens } from '../tokens.ts'
import { createVoucher } from '../vouch.ts'

/** An origin's parts over a real database (PGlite), an in-process cache and a commanded bucket. */

/** Opens a database of this test file's own, closed when its tests are over. */
export async function openTestDatabase(): Promise<Database> {
  const file = process.env.LEDGE_TEST_TEMPLATE
  assert.ok(file, 'run tests with --test-global-setup=test/setup.ts, as npm test does')
  const template = new Blob([await readFile(file)])
  const opened = await openEmbeddedDatabase({ template, onError: () => undefined })
  after(opened.close)
  return createDatabase({ pool: opened.pool })
}

export interface OriginWorld {
  database: Database
  bucket: TestBucket
  server: InProcessServer
  cache: SharedCache
}

/** A fresh world over the file's database, emptied. */
export async function createOriginWorld(database: Database): Promise<OriginWorld> {
  await database.query('truncate pastes, keys, idempotency_keys')
  const server = createInProcessServer()
  return { database, bucket: createTestBucket(), server, cache: connectInProcess(server) }
}

export interface OriginWorldOptions {
  maxTotalBytes?: number
  janitor?: Partial<JanitorOptions>
}

export function createTestOrigin(world: OriginWorld, options: OriginWorldOptions = {}) {
  const { database, bucket, cache } = world
  const tokens = createTokens(testTokenKeys)
  const deferred: unknown[] = []
  const janitorErrors: string[] = []
  const voucher = createVoucher({ cache, database, clock: systemClock })
  const quota = createQuota({
    database,
    maxBytes: options.maxTotalBytes ?? 0,
    monotonic: systemClock.monotonic,
  })
  return {
    tokens,
    quota,
    voucher,
    deferred,
    janitorErrors,
    createPaste: createCreator({
      ids: testIds,
      tokens,
      database,
      bucket,
      cache,
      quota,
      clock: systemClock,
      cacheTimeMs: voucher.cacheTimeMs,
    }),
    removePaste: createRemover({
      database,
      bucket,
      cache,
      onDeferred: (step, error) => deferred.push(step, error),
    }),
    openPaste: createOpener({
      database,
      bucket,
      clock: systemClock,
      onDeferred: (error) => deferred.push(error),
    }),
    janitor: createJanitor({
      database,
      bucket,
      cache,
      onError: (kind) => janitorErrors.push(kind),
      ...options.janitor,
    }),
  }
}

/** An origin in an emptied world, which has vouched for its cache. */
export async function openTestOrigin(database: Database) {
  const world = await createOriginWorld(database)
  const origin = createTestOrigin(world)
  await origin.voucher.vouch()
  return { world, origin }
}

export function newPaste(paste: Partial<NewPaste> = {}): NewPaste {
  return {
    bytes: Buffer.from('hello\n'),
    ttlMs: 3_600_000,
    language: null,
    title: null,
    burn: false,
    ...paste,
  }
}

export interface WholeRow {
  state: string
  gone_at: Date | null
  purged_at: Date | null
  retired_at: Date | null
  due_at: Date
  buried_in: string
}

export async function rowOf(database: Database, id: string): Promise<WholeRow | null> {
  const { rows } = await database.query<WholeRow>(SQL`
    select state, gone_at, purged_at, retired_at, due_at, buried_in from pastes where id = ${id}`)
  return rows[0] ?? null
}

/** Time passes for a row: all its times move into the past. */
export async function age(database: Database, id: string, byMs: number): Promise<void> {
  const by = `${byMs} milliseconds`
  await database.query(SQL`
    update pastes set created_at = created_at - ${by}::interval,
      expires_at = expires_at - ${by}::interval, gone_at = gone_at - ${by}::interval,
      purged_at = purged_at - ${by}::interval, retired_at = retired_at - ${by}::interval,
      due_at = due_at - ${by}::interval
    where id = ${id}`)
}
