import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SQL } from 'sql-template-strings'
import { timing } from '../shared/timing.ts'
import { deleteOldKeys, type IdempotencyKey } from './claims.ts'
import type { Queryable } from './database.ts'
import {
  createOriginWorld,
  createTestOrigin,
  newPaste,
  openTestDatabase,
  type OriginWorld,
  rowOf,
} from './testing/origin.ts'

const database = await openTestDatabase()
const KEY: IdempotencyKey = { keyHash: 'key', bodyHash: 'body' }
const IN_USE = { status: 409, message: 'this Idempotency-Key is in use' }
const REUSED = { status: 422, message: 'this Idempotency-Key was used with another body' }

async function setup() {
  const world = await createOriginWorld(database)
  return { world, ...createTestOrigin(world) }
}

async function visibleIds(): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(
    `select id from pastes where state = 'visible'`,
  )
  return rows.map(({ id }) => id)
}

/** Time passes for all keys. */
async function ageKeys(byMs: number): Promise<void> {
  const by = `${byMs} milliseconds`
  await database.query(SQL`
    update idempotency_keys set created_at = created_at - ${by}::interval,
      leased_until = leased_until - ${by}::interval`)
}

test('a key and a body make one paste, and the same token each time', async () => {
  const { createPaste, world, quota } = await setup()
  const first = await createPaste(newPaste(), KEY)
  const again = await createPaste(newPaste(), KEY)
  assert.equal(again.head.id, first.head.id)
  assert.equal(again.head.expiresAt, first.head.expiresAt)
  assert.equal(again.deleteToken, first.deleteToken)
  assert.deepEqual(await visibleIds(), [first.head.id])
  assert.equal(world.bucket.calls.put, 1)
  await createPaste(newPaste(), { ...KEY, keyHash: 'another' })
  await createPaste(newPaste())
  assert.equal((await visibleIds()).length, 3)
  const reserved = quota.storedBytes()
  await quota.measure()
  assert.equal(reserved, quota.storedBytes())
})

test('a paste that went away is still what its key made', async () => {
  const { createPaste, removePaste } = await setup()
  const { head } = await createPaste(newPaste(), KEY)
  await removePaste(head.id, 'deleted')
  assert.equal((await createPaste(newPaste(), KEY)).head.id, head.id)
})

test('a key is refused with another body, done or not', async () => {
  const { createPaste, world } = await setup()
  const letGo = world.bucket.hold('put')
  const first = createPaste(newPaste(), KEY)
  const other = { ...KEY, bodyHash: 'other' }
  while (world.bucket.calls.put === 0) await new Promise(setImmediate)
  await assert.rejects(createPaste(newPaste(), other), REUSED)
  await assert.rejects(createPaste(newPaste(), KEY), IN_USE)
  letGo()
  await first
  await assert.rejects(createPaste(newPaste(), other), REUSED)
  assert.equal((await visibleIds()).length, 1)
})

test('20 creates at once with one key make one paste; the others are told that it is in use', async () => {
  const { createPaste, world } = await setup()
  const creates = Array.from({ length: 20 }, () => createPaste(newPaste(), KEY))
  const results = await Promise.allSettled(creates)
  const ids = await visibleIds()
  assert.equal(ids.length, 1)
  assert.equal(world.bucket.objects.size, 1)
  let made = 0
  for (const result of results) {
    if (result.status === 'fulfilled') {
      made += 1
      assert.equal(result.value.head.id, ids[0])
    } else {
      assert.equal(result.reason.status, 409)
    }
  }
  assert.ok(made >= 1)
})

test('a create that failed gives its key back at once', async () => {
  const { createPaste, world } = await setup()
  world.bucket.failing.add('put')
  await assert.rejects(createPaste(newPaste(), KEY), { name: 'BucketError' })
  world.bucket.failing.clear()
  const { head } = await createPaste(newPaste(), KEY)
  assert.deepEqual(await visibleIds(), [head.id])
})

test('a put that failed goes on under a fresh id, which the key then names', async () => {
  const { createPaste, world } = await setup()
  const { put } = world.bucket
  let failed = false
  world.bucket.put = async (...args) => {
    if (failed) return put(...args)
    failed = true
    throw new Error('timed out')
  }
  const { head } = await createPaste(newPaste(), KEY)
  assert.equal((await createPaste(newPaste(), KEY)).head.id, head.id)
  assert.deepEqual(await visibleIds(), [head.id])
})

test('a create that was overtaken makes nothing, and answers with what the key made', async () => {
  const { createPaste, world } = await setup()
  const letGo = world.bucket.hold('put')
  const slow = createPaste(newPaste(), KEY)
  while (world.bucket.calls.put === 0) await new Promise(setImmediate)
  await assert.rejects(createPaste(newPaste(), KEY), IN_USE)
  await ageKeys(timing.idempotencyLeaseMs - 1000)
  await assert.rejects(createPaste(newPaste(), KEY), IN_USE)
  await ageKeys(2000)
  const retry = createPaste(newPaste(), KEY)
  while (world.bucket.calls.put === 1) await new Promise(setImmediate)
  letGo()
  const settled = await Promise.allSettled([slow, retry])
  const ids = await visibleIds()
  assert.equal(ids.length, 1)
  const [, second] = settled
  assert.ok(second.status === 'fulfilled' && second.value.head.id === ids[0])
  assert.equal((await createPaste(newPaste(), KEY)).head.id, ids[0])
})

test('a create that wakes after its retry is done makes nothing', async () => {
  const { createPaste, world } = await setup()
  const letGo = world.bucket.hold('put')
  const slow = createPaste(newPaste(), KEY)
  while (world.bucket.calls.put === 0) await new Promise(setImmediate)
  const { put } = world.bucket
  // The held put is under way; others pass.
  const objects = world.bucket.objects
  world.bucket.put = async (name, bytes) => {
    objects.set(name, { bytes: Buffer.from(bytes), metadata: {}, createdAtMs: 0 })
    return 'stored'
  }
  await ageKeys(timing.idempotencyLeaseMs + 1000)
  const { head } = await createPaste(newPaste(), KEY)
  world.bucket.put = put
  letGo()
  assert.equal((await slow).head.id, head.id)
  assert.deepEqual(await visibleIds(), [head.id])
})

test('a create whose put failed does not take over a key that is done', async () => {
  const { createPaste, world } = await setup()
  const { put } = world.bucket
  const made: string[] = []
  world.bucket.put = async () => {
    world.bucket.put = put
    await ageKeys(timing.idempotencyLeaseMs + 1000)
    made.push((await createPaste(newPaste(), KEY)).head.id)
    await ageKeys(timing.idempotencyLeaseMs + 1000)
    throw new Error('timed out')
  }
  const { head } = await createPaste(newPaste(), KEY)
  assert.deepEqual([head.id], made)
  assert.deepEqual(await visibleIds(), made)
})

test('a paste that was abandoned meanwhile leaves its key undone', async () => {
  const { createPaste, world } = await setup()
  const { put } = world.bucket
  world.bucket.put = async (...args) => {
    const result = await put(...args)
    await database.query(`update pastes set state = 'expired', gone_at = now()`)
    return result
  }
  await assert.rejects(createPaste(newPaste(), KEY), { status: 503 })
  world.bucket.put = put
  const { head } = await createPaste(newPaste(), KEY)
  assert.deepEqual(await visibleIds(), [head.id])
})

test('a full quota refuses a new key, and not what a key made already', async () => {
  const world = await createOriginWorld(database)
  const { createPaste } = createTestOrigin(world, { maxTotalBytes: 10 })
  const { head } = await createPaste(newPaste(), KEY)
  const other = { ...KEY, keyHash: 'another' }
  await assert.rejects(createPaste(newPaste(), other), { status: 507 })
  assert.equal((await createPaste(newPaste(), KEY)).head.id, head.id)
})

test('a key is known for a day, and forgotten after it', async () => {
  const { createPaste } = await setup()
  const { head } = await createPaste(newPaste(), KEY)
  await ageKeys(timing.idempotencyLifeMs - 60_000)
  await deleteOldKeys(database)
  assert.equal((await createPaste(newPaste(), KEY)).head.id, head.id)
  await ageKeys(120_000)
  const fresh = await createPaste(newPaste(), { ...KEY, bodyHash: 'other' })
  assert.notEqual(fresh.head.id, head.id)
  await ageKeys(timing.idempotencyLifeMs + 1000)
  await deleteOldKeys(database)
  assert.equal((await database.query('select 1 from idempotency_keys')).count, 0)
})

interface Death {
  /** Counted from when it is armed. */
  atStep: number
  /** Whether the step itself has happened. */
  when: 'before' | 'after'
}

/** The same world for a process that dies at a step; from then on nothing that it asks happens. */
function mortalWorld(world: OriginWorld, { atStep, when }: Death) {
  let steps = Number.NEGATIVE_INFINITY
  let dead = false
  async function step<T>(run: () => Promise<T>): Promise<T> {
    if (dead) throw new Error('dead')
    steps += 1
    if (steps !== atStep) return run()
    dead = true
    if (when === 'after') await run()
    throw new Error('died')
  }
  const mortal = ({ query }: Queryable): Queryable => ({
    query: (statement) => step(() => query(statement)),
  })
  const { database: db, bucket, cache } = world
  const itsWorld: OriginWorld = {
    ...world,
    database: {
      ...mortal(db),
      async transaction(run) {
        const result = await db.transaction((queryable) => run(mortal(queryable)))
        // Committed, and nobody hears of it.
        await step(async () => undefined)
        return result
      },
    },
    bucket: { ...bucket, put: (...args) => step(() => bucket.put(...args)) },
    cache: { ...cache, fill: (...args) => step(() => cache.fill(...args)) },
  }
  return { itsWorld, arm: () => void (steps = 0), died: () => dead }
}

test('I8: a crash at any step of a create, and a retry after the lease, make one paste', async () => {
  const steps = { before: 0, after: 0 }
  for (const when of ['before', 'after'] as const) {
    for (let atStep = 1, died = true; died; atStep += 1) {
      const world = await createOriginWorld(database)
      const mortal = mortalWorld(world, { atStep, when })
      const origin = createTestOrigin(mortal.itsWorld)
      await origin.voucher.vouch()
      mortal.arm()
      const create = origin.createPaste(newPaste(), KEY)
      died = await create.then(
        () => mortal.died(),
        () => true,
      )
      await ageKeys(timing.idempotencyLeaseMs + 1000)
      const retried = createTestOrigin(world)
      const { head, deleteToken } = await retried.createPaste(newPaste(), KEY)
      const where = `${when} step ${atStep}`
      assert.deepEqual(await visibleIds(), [head.id], where)
      assert.ok(world.bucket.objects.has(head.id), where)
      assert.ok(retried.tokens.verify(head.id, deleteToken), where)
      assert.equal((await rowOf(database, head.id))?.state, 'visible', where)
      if (died) steps[when] = atStep
    }
  }
  // Look, claim, insert, put, two updates, commit, fill.
  assert.deepEqual(steps, { before: 8, after: 8 })
})
