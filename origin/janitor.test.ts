import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timing } from '../shared/timing.ts'
import { claimDue, measureBacklog } from './due.ts'
import {
  age,
  createOriginWorld,
  createTestOrigin,
  newPaste,
  openTestDatabase,
  openTestOrigin,
  rowOf,
} from './testing/origin.ts'

const database = await openTestDatabase()
const HOUR_MS = 3_600_000

const opened = () => openTestOrigin(database)

test('the whole life of a paste that expires', async () => {
  const { world, origin } = await opened()
  const expired: (readonly string[])[] = []
  world.cache.subscribe({ gone: () => assert.fail(), expired: (ids) => expired.push(ids) })
  const { id } = (await origin.createPaste(newPaste({ ttlMs: HOUR_MS }))).head
  await origin.janitor.run()
  assert.equal((await rowOf(database, id))?.state, 'visible', 'nothing is due')
  await age(database, id, HOUR_MS)
  await origin.janitor.run()
  const row = await rowOf(database, id)
  assert.equal(row?.state, 'expired')
  assert.notEqual(row.purged_at, null)
  assert.equal(world.bucket.objects.has(id), false)
  assert.deepEqual(expired, [[id]])
  await age(database, id, timing.rowLifeMs - 60_000)
  await origin.janitor.run()
  assert.notEqual(await rowOf(database, id), null, 'remembered for thirty days')
  await age(database, id, 60_000)
  await origin.janitor.run()
  assert.equal(await rowOf(database, id), null)
})

test('the whole life of a paste that is deleted', async () => {
  const { world, origin } = await opened()
  const { id } = (await origin.createPaste(newPaste())).head
  const settled: string[] = []
  const { settle } = world.cache
  world.cache.settle = async (each) => {
    settled.push(each)
    await settle(each)
  }
  await origin.removePaste(id, 'deleted')
  await origin.janitor.run()
  assert.deepEqual(settled, [], 'the object must be absent for a while first')
  await age(database, id, timing.tombstoneSettleMs)
  await origin.janitor.run()
  assert.deepEqual(settled, [id])
  await origin.janitor.run()
  assert.deepEqual(settled, [id], 'once')
  await age(database, id, timing.retireMs)
  await origin.janitor.run()
  assert.notEqual((await rowOf(database, id))?.retired_at, null)
  await age(database, id, timing.rowLifeMs)
  await origin.janitor.run()
  assert.equal(await rowOf(database, id), null)
})

test('a tombstone that was put again settles again', async () => {
  const { world, origin } = await opened()
  const { id } = (await origin.createPaste(newPaste())).head
  await origin.removePaste(id, 'deleted')
  await age(database, id, timing.tombstoneSettleMs)
  await origin.janitor.run()
  await origin.removePaste(id, 'deleted')
  assert.equal(world.server.state.values.get(id)?.expiresAtMs, null)
  await origin.janitor.run()
  assert.notEqual(world.server.state.values.get(id)?.expiresAtMs, null)
})

test('an abandoned create is cleaned up, its object too', async () => {
  const { world, origin } = await opened()
  const { put } = world.bucket
  let lost = ''
  world.bucket.put = async (name, ...rest) => {
    const result = await put(name, ...rest)
    if (lost !== '') return result
    lost = name
    throw new Error('the answer was lost')
  }
  await origin.createPaste(newPaste())
  await age(database, lost, timing.abandonMs - 60_000)
  await origin.janitor.run()
  assert.equal((await rowOf(database, lost))?.state, 'pending', 'it may still be under way')
  await age(database, lost, 60_000)
  await origin.janitor.run()
  assert.equal((await rowOf(database, lost))?.state, 'expired')
  assert.equal(world.bucket.objects.has(lost), false)
})

test('an object that will not go is tried again, and again, ever more rarely', async () => {
  const { world, origin } = await opened()
  const { id } = (await origin.createPaste(newPaste())).head
  world.bucket.failing.add('delete')
  await origin.removePaste(id, 'deleted')
  const waits = []
  for (const aged of [timing.claimMs, 30_000, HOUR_MS]) {
    await age(database, id, aged)
    await origin.janitor.run()
    const row = await rowOf(database, id)
    assert.equal(row?.purged_at, null)
    waits.push(Math.round(((row?.due_at.getTime() ?? 0) - Date.now()) / 1000))
  }
  assert.deepEqual(waits, [2, 3, 10])
  assert.deepEqual(origin.janitorErrors, ['object', 'object', 'object'])
  world.bucket.failing.delete('delete')
  await age(database, id, timing.purgeBackoffMs)
  await origin.janitor.run()
  assert.notEqual((await rowOf(database, id))?.purged_at, null)
})

test('one object that will not go holds up no other', async () => {
  const { world, origin } = await opened()
  const stuck = (await origin.createPaste(newPaste())).head.id
  const fine = (await origin.createPaste(newPaste())).head.id
  const remove = world.bucket.delete
  world.bucket.delete = (name) => (name === stuck ? Promise.reject(new Error('no')) : remove(name))
  for (const id of [stuck, fine]) await age(database, id, HOUR_MS)
  await origin.janitor.run()
  assert.equal((await rowOf(database, stuck))?.purged_at, null)
  assert.notEqual((await rowOf(database, fine))?.purged_at, null)
})

test('a cache that is away delays the tombstone’s settling, and nothing else', async () => {
  const { world, origin } = await opened()
  const { id } = (await origin.createPaste(newPaste())).head
  await origin.removePaste(id, 'deleted')
  await age(database, id, timing.tombstoneSettleMs)
  world.server.down = true
  await origin.janitor.run()
  world.server.down = false
  await age(database, id, timing.purgeBackoffMs)
  await origin.janitor.run()
  assert.notEqual(world.server.state.values.get(id)?.expiresAtMs, null)
})

test('the state moves before the object goes', async () => {
  const { world, origin } = await opened()
  const { id } = (await origin.createPaste(newPaste())).head
  const states: (string | undefined)[] = []
  const remove = world.bucket.delete
  world.bucket.delete = async (name) => {
    states.push((await rowOf(database, id))?.state)
    await remove(name)
  }
  await age(database, id, HOUR_MS)
  await origin.janitor.run()
  assert.deepEqual(states, ['expired'])
})

test('what is claimed is not claimed by another, until its claimant may have died', async () => {
  const { origin } = await opened()
  const { id } = (await origin.createPaste(newPaste())).head
  await age(database, id, HOUR_MS)
  assert.deepEqual(
    (await claimDue(database, 10)).map(({ kind }) => kind),
    ['expiry'],
  )
  assert.deepEqual(await claimDue(database, 10), [])
  await age(database, id, timing.claimMs)
  assert.equal((await claimDue(database, 10)).length, 1)
})

test('a backlog is worked off in batches, in one pass, and is measured', async () => {
  const { origin } = await opened()
  const small = createTestOrigin(await createOriginWorld(database), { janitor: { batch: 3 } })
  await origin.voucher.vouch()
  for (let n = 0; n < 10; n += 1) await small.createPaste(newPaste())
  await database.query(`update pastes set expires_at = now(), due_at = now() - interval '5 s'`)
  const [backlog] = await measureBacklog(database)
  assert.equal(backlog?.kind, 'expiry')
  assert.equal(backlog.rows, 10)
  assert.ok(backlog.oldestSeconds >= 5 && backlog.oldestSeconds < 60)
  assert.equal(await small.janitor.run(), 10)
  assert.deepEqual(await measureBacklog(database), [])
})
