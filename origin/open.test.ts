import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testIds } from '../shared/testing/paste.ts'
import { age, newPaste, openTestDatabase, openTestOrigin, rowOf } from './testing/origin.ts'

const database = await openTestDatabase()

async function burnable() {
  const { world, origin } = await openTestOrigin(database)
  const { head } = await origin.createPaste(newPaste({ burn: true }))
  return { world, origin, id: head.id }
}

test('I5: of a hundred that open at once one gets the body', async () => {
  const { world, origin, id } = await burnable()
  const results = await Promise.allSettled(Array.from({ length: 100 }, () => origin.openPaste(id)))
  const won = results.filter(({ status }) => status === 'fulfilled')
  assert.equal(won.length, 1)
  for (const result of results) {
    if (result.status === 'rejected') assert.equal(result.reason.status, 410)
  }
  assert.equal((await rowOf(database, id))?.state, 'burned')
  while (world.bucket.objects.has(id)) await new Promise(setImmediate)
})

test('I5: a bucket that fails burns nothing, whenever it fails', async () => {
  const { world, origin, id } = await burnable()
  world.bucket.failing.add('get')
  await assert.rejects(origin.openPaste(id), { name: 'BucketError' })
  assert.equal((await rowOf(database, id))?.state, 'visible')
  world.bucket.failing.delete('get')
  const { get } = world.bucket
  world.bucket.get = async (name, options) => {
    const object = await get(name, options)
    if (object?.kind === 'found') object.stream.destroy(new Error('cut in the middle'))
    return object
  }
  await assert.rejects(origin.openPaste(id), /cut in the middle/)
  assert.equal((await rowOf(database, id))?.state, 'visible')
  world.bucket.get = get
  assert.equal((await origin.openPaste(id)).body.toString(), 'hello\n')
})

test('I5: a damaged object burns nothing', async () => {
  const { world, origin, id } = await burnable()
  const object = world.bucket.objects.get(id)
  object?.bytes.fill(0, object.bytes.length - 1)
  await assert.rejects(origin.openPaste(id), { name: 'RecordError' })
  assert.equal((await rowOf(database, id))?.state, 'visible')
})

test('an object that would not go is left to the janitor', async () => {
  const { world, origin, id } = await burnable()
  world.bucket.failing.add('delete')
  await origin.openPaste(id)
  while (origin.deferred.length === 0) await new Promise(setImmediate)
  const row = await rowOf(database, id)
  assert.equal(row?.state, 'burned')
  assert.equal(row.purged_at, null)
})

test('a burn paste that expired cannot be opened, though the janitor was not there yet', async () => {
  const { origin, id } = await burnable()
  await age(database, id, 3_600_000)
  assert.equal((await rowOf(database, id))?.state, 'visible')
  await assert.rejects(origin.openPaste(id), { status: 410 })
})

test('an ordinary paste is read, and stays', async () => {
  const { world, origin } = await burnable()
  const { head } = await origin.createPaste(newPaste())
  assert.equal((await origin.openPaste(head.id)).body.toString(), 'hello\n')
  assert.equal((await origin.openPaste(head.id)).body.toString(), 'hello\n')
  assert.equal(world.bucket.objects.has(head.id), true)
})

test('an ordinary paste that goes away while it is fetched is not sent', async () => {
  const { world, origin } = await burnable()
  const { head } = await origin.createPaste(newPaste())
  const { get } = world.bucket
  world.bucket.get = async (name, options) => {
    const object = await get(name, options)
    await origin.removePaste(head.id, 'removed')
    return object
  }
  await assert.rejects(origin.openPaste(head.id), { status: 451 })
})

test('what was never made is unknown, and so is what is not made yet', async () => {
  const { world, origin } = await burnable()
  await assert.rejects(origin.openPaste(testIds.make()), { status: 404 })
  world.bucket.failing.add('put')
  await assert.rejects(origin.createPaste(newPaste({ burn: true })))
  const { rows } = await database.query<{ id: string }>(
    `select id from pastes where state = 'pending'`,
  )
  await assert.rejects(origin.openPaste(rows[0]?.id ?? ''), { status: 404 })
})
