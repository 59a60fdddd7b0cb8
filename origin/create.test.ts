import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { BucketFullError } from '../shared/bucket/bucket.ts'
import { DatabaseError } from './database.ts'
import { decodeRecord } from '../shared/record.ts'
import {
  createOriginWorld,
  createTestOrigin,
  newPaste,
  openTestDatabase,
  rowOf,
} from './testing/origin.ts'

const database = await openTestDatabase()

test('a paste exists: row, object and record in the cache', async () => {
  const world = await createOriginWorld(database)
  const origin = createTestOrigin(world)
  await origin.voucher.vouch()
  const paste = newPaste({ bytes: Buffer.from('\u{feff}text\r\n'), language: 'c', title: 'ünï' })
  const { head, deleteToken } = await origin.createPaste(paste)
  assert.equal((await rowOf(database, head.id))?.state, 'visible')
  assert.ok(origin.tokens.verify(head.id, deleteToken))
  const object = world.bucket.objects.get(head.id)
  const stored = decodeRecord(object?.bytes ?? Buffer.alloc(0), head.id)
  assert.deepEqual(stored.kind === 'paste' && stored.body, paste.bytes)
  assert.deepEqual(await world.cache.get(head.id), object?.bytes)
  assert.equal(object?.metadata.title, '%C3%BCn%C3%AF')
  assert.equal(object?.metadata.expiresat, String(head.expiresAt))
})

test('I8: at every step of a create there is no visible row without its object', async () => {
  const world = await createOriginWorld(database)
  const seen: string[] = []
  const look = async (step: string) => {
    const { rows } = await database.query<{ id: string }>(
      `select id from pastes where state = 'visible'`,
    )
    for (const { id } of rows) assert.ok(world.bucket.objects.has(id), step)
    const states = await database.query<{ state: string }>('select state from pastes')
    seen.push(`${step}: ${states.rows.map(({ state }) => state).join()}`)
  }
  const { put } = world.bucket
  world.bucket.put = async (...args) => {
    await look('before the put')
    const result = await put(...args)
    await look('after the put')
    return result
  }
  const { fill } = world.cache
  world.cache.fill = async (...args) => {
    await look('before the fill')
    return fill(...args)
  }
  const origin = createTestOrigin(world)
  await origin.voucher.vouch()
  await origin.createPaste(newPaste())
  assert.deepEqual(seen, [
    'before the put: pending',
    'after the put: pending',
    'before the fill: visible',
  ])
})

test('a put that fails abandons its id and goes on with a fresh one', async () => {
  const world = await createOriginWorld(database)
  const origin = createTestOrigin(world)
  const names: string[] = []
  const { put } = world.bucket
  world.bucket.put = async (name, ...rest) => {
    names.push(name)
    if (names.length === 1) {
      // The answer was lost, not the object.
      await put(name, ...rest)
      throw new Error('timed out')
    }
    return put(name, ...rest)
  }
  const { head } = await origin.createPaste(newPaste())
  assert.equal(head.id, names[1])
  assert.notEqual(names[0], names[1])
  assert.equal((await rowOf(database, names[0] ?? ''))?.state, 'pending')
  assert.equal((await rowOf(database, head.id))?.state, 'visible')
})

test('a name that is taken in the bucket is never written over', async () => {
  const world = await createOriginWorld(database)
  const origin = createTestOrigin(world)
  const { put } = world.bucket
  let taken = true
  world.bucket.put = async (...args) => {
    if (!taken) return put(...args)
    taken = false
    return 'exists'
  }
  const { head } = await origin.createPaste(newPaste())
  assert.ok(world.bucket.objects.has(head.id))
})

test('a bucket that is away makes the create fail, and nothing is visible', async () => {
  const world = await createOriginWorld(database)
  const origin = createTestOrigin(world)
  world.bucket.failing.add('put')
  await assert.rejects(origin.createPaste(newPaste()), { name: 'BucketError' })
  const { rows } = await database.query<{ state: string }>('select distinct state from pastes')
  assert.deepEqual(rows, [{ state: 'pending' }])
  assert.equal(world.bucket.calls.put, 2)
})

test('a full bucket is said to be full, and not tried again', async () => {
  const world = await createOriginWorld(database)
  const origin = createTestOrigin(world)
  let puts = 0
  world.bucket.put = () => {
    puts += 1
    return Promise.reject(new BucketFullError('full'))
  }
  await assert.rejects(origin.createPaste(newPaste()), BucketFullError)
  assert.equal(puts, 1)
})

test('a paste that was abandoned in the meantime is made under another id', async () => {
  const world = await createOriginWorld(database)
  const origin = createTestOrigin(world)
  const { put } = world.bucket
  let first = ''
  world.bucket.put = async (name, ...rest) => {
    const result = await put(name, ...rest)
    if (first === '') {
      first = name
      await database.query(`update pastes set state = 'expired', gone_at = now()`)
    }
    return result
  }
  const { head } = await origin.createPaste(newPaste())
  assert.notEqual(head.id, first)
  assert.equal((await rowOf(database, first))?.state, 'expired')
})

test('a create does not fail because the cache does', async () => {
  const world = await createOriginWorld(database)
  const origin = createTestOrigin(world)
  await origin.voucher.vouch()
  world.server.down = true
  const { head } = await origin.createPaste(newPaste())
  assert.equal((await rowOf(database, head.id))?.state, 'visible')
})

test('a burn paste is never put into the cache, a large body stays in the bucket', async () => {
  const world = await createOriginWorld(database)
  const origin = createTestOrigin(world)
  await origin.voucher.vouch()
  const burn = await origin.createPaste(newPaste({ burn: true }))
  assert.equal(await world.cache.get(burn.head.id), null)
  const bytes = randomBytes(1_200_000)
  const large = await origin.createPaste(newPaste({ bytes }))
  const kept = decodeRecord(
    (await world.cache.get(large.head.id)) ?? Buffer.alloc(0),
    large.head.id,
  )
  assert.ok(kept.kind === 'paste' && kept.body === null)
})

test('MAX_TOTAL_BYTES refuses what does not fit, until something goes away', async (t) => {
  const world = await createOriginWorld(database)
  const origin = createTestOrigin(world, { maxTotalBytes: 100 })
  const bytes = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')
  const { head } = await origin.createPaste(newPaste({ bytes }))
  await assert.rejects(origin.createPaste(newPaste({ bytes })), { status: 507 })
  await origin.createPaste(newPaste({ bytes: bytes.subarray(0, 38) }))
  await assert.rejects(origin.createPaste(newPaste({ bytes: Buffer.from('x') })), { status: 507 })
  await origin.removePaste(head.id, 'deleted')
  t.mock.method(performance, 'now', () => Number.MAX_SAFE_INTEGER)
  await origin.createPaste(newPaste({ bytes: Buffer.from('x') }))
})

test('a database that is away is an error of its own, and nothing is put', async () => {
  const world = await createOriginWorld(database)
  const failing = { ...world, database: brokenDatabase() }
  const origin = createTestOrigin(failing)
  await assert.rejects(origin.createPaste(newPaste()), DatabaseError)
  assert.equal(world.bucket.calls.put, 0)
})

function brokenDatabase() {
  const fail = () => Promise.reject(new DatabaseError('away', { cause: null }))
  return { query: fail, transaction: fail }
}
