import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeTombstone } from '../shared/record.ts'
import { testIds } from '../shared/testing/paste.ts'
import {
  createOriginWorld,
  createTestOrigin,
  newPaste,
  openTestDatabase,
  openTestOrigin,
  rowOf,
} from './testing/origin.ts'

const database = await openTestDatabase()

async function published() {
  const { world, origin } = await openTestOrigin(database)
  const { head } = await origin.createPaste(newPaste())
  return { world, origin, id: head.id }
}

test('deleting moves the row, tells the cache and deletes the object', async () => {
  const { world, origin, id } = await published()
  assert.deepEqual(await origin.removePaste(id, 'deleted'), { propagated: true })
  const row = await rowOf(database, id)
  assert.equal(row?.state, 'deleted')
  assert.equal(row.buried_in, String((await world.cache.state()).watermark?.epoch))
  assert.notEqual(row.purged_at, null)
  assert.deepEqual(await world.cache.get(id), encodeTombstone('deleted'))
  assert.equal(world.bucket.objects.has(id), false)
})

test('a takedown says removed, everywhere, and stays one when the owner deletes too', async () => {
  const { world, origin, id } = await published()
  await origin.removePaste(id, 'removed')
  assert.deepEqual(await origin.removePaste(id, 'deleted'), { propagated: true })
  assert.equal((await rowOf(database, id))?.state, 'removed')
  assert.deepEqual(await world.cache.get(id), encodeTombstone('removed'))
})

test('the state moves before the object goes', async () => {
  const { world, origin, id } = await published()
  const states: (string | undefined)[] = []
  const remove = world.bucket.delete
  world.bucket.delete = async (name) => {
    states.push((await rowOf(database, id))?.state)
    await remove(name)
  }
  await origin.removePaste(id, 'deleted')
  assert.deepEqual(states, ['deleted'])
})

test('deleting twice is no error', async () => {
  const { origin, id } = await published()
  await origin.removePaste(id, 'deleted')
  assert.deepEqual(await origin.removePaste(id, 'deleted'), { propagated: true })
})

test('a deletion goes through when cache and bucket are away, and says so', async () => {
  const { world, origin, id } = await published()
  world.server.down = true
  world.bucket.failing.add('delete')
  assert.deepEqual(await origin.removePaste(id, 'deleted'), { propagated: false })
  const row = await rowOf(database, id)
  assert.equal(row?.state, 'deleted')
  assert.equal(row.buried_in, '0')
  assert.equal(row.purged_at, null)
  world.server.down = false
  world.bucket.failing.delete('delete')
  assert.deepEqual(await origin.removePaste(id, 'deleted'), { propagated: true })
})

test('a cache that nobody vouches for has not been told', async () => {
  const world = await createOriginWorld(database)
  const origin = createTestOrigin(world)
  const { head } = await origin.createPaste(newPaste())
  assert.deepEqual(await origin.removePaste(head.id, 'deleted'), { propagated: false })
  await origin.voucher.vouch()
  assert.deepEqual(await origin.removePaste(head.id, 'deleted'), { propagated: true })
})

test('the answer does not wait for ever: a step that hangs means not propagated', async () => {
  const { world, origin, id } = await published()
  const release = world.bucket.hold('delete')
  assert.deepEqual(await origin.removePaste(id, 'deleted'), { propagated: false })
  release()
})

test('a paste whose row was lost gets one that is deleted, and its object goes', async () => {
  const { world, origin, id } = await published()
  await database.query('delete from pastes')
  assert.deepEqual(await origin.removePaste(id, 'deleted'), { propagated: true })
  assert.equal((await rowOf(database, id))?.state, 'deleted')
  assert.equal(world.bucket.objects.has(id), false)
})

test('what expired or was burned stays what it is', async () => {
  const { world, origin } = await published()
  const id = testIds.make()
  await origin.removePaste(id, 'deleted')
  await database.query(`update pastes set state = 'expired' where id = '${id}'`)
  const deletes = world.bucket.calls.delete
  assert.deepEqual(await origin.removePaste(id, 'deleted'), { propagated: true })
  assert.equal((await rowOf(database, id))?.state, 'expired')
  assert.equal(world.bucket.calls.delete, deletes)
})
