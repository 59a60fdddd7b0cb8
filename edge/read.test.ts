import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeRecord, encodeTombstone } from '../shared/record.ts'
import { makeTestRecord, testIds } from '../shared/testing/paste.ts'
import { timing } from '../shared/timing.ts'
import { createTestEdge, leased, live, publish, settle } from './testing/edge.ts'

test('the tiers are asked in turn: memory, then the shared cache, then the bucket', async () => {
  const { world, edge } = await leased()
  const filled = await publish(world)
  assert.equal(await edge.see(filled.head.id), 'record redis')
  assert.equal(await edge.see(filled.head.id), 'record memory')
  const unfilled = await publish(world, undefined, false)
  assert.equal(await edge.see(unfilled.head.id), 'record bucket')
  assert.equal(await edge.see(unfilled.head.id), 'record memory')
  assert.equal(world.bucket.calls.get, 1)
  assert.notEqual(await world.origin.get(unfilled.head.id), null, 'the walk filled the cache')
})

test('what nobody made is absent, and nothing is kept of that', async () => {
  const { edge } = await leased()
  const id = testIds.make()
  assert.equal(await edge.see(id), 'absent')
  assert.equal(edge.memory.gone(id), undefined)
})

test('I14: an id that is malformed or has a wrong MAC causes no upstream call', async () => {
  const { world, edge } = await leased()
  let asked = 0
  edge.cache.get = async () => {
    asked += 1
    return null
  }
  const id = testIds.make()
  const forged = id.slice(0, -1) + (id.endsWith('1') ? '2' : '1')
  for (const each of [forged, '', 'short', `${id}x`, '../../etc/passwd', 'é'.repeat(12)]) {
    assert.equal(await edge.see(each), 'absent')
  }
  assert.equal(asked + world.bucket.calls.get, 0)
})

test('one walk serves all who ask meanwhile', async () => {
  const { world, edge } = await leased()
  const { head } = await publish(world, undefined, false)
  const release = world.bucket.hold('get')
  const seen = Promise.all([edge.see(head.id), edge.see(head.id), edge.see(head.id)])
  await settle()
  release()
  assert.deepEqual(await seen, ['record bucket', 'record bucket', 'record bucket'])
  assert.equal(world.bucket.calls.get, 1)
  assert.equal(edge.reader.walks(), 0)
})

test('a tombstone is final, in memory and in the cache, with a lease or without', async () => {
  const { world, edge } = await leased()
  const { head } = await publish(world)
  await world.origin.bury({ id: head.id, reason: 'removed' })
  world.clock.advance(timing.leaseMs)
  assert.equal(edge.follower.holds(), false)
  assert.equal(await edge.see(head.id), 'gone removed')
  const deaf = createTestEdge(world, { deaf: true })
  assert.equal(await deaf.see(head.id), 'gone removed')
  assert.deepEqual(deaf.lookups.at(-1), ['redis', 'gone'])
})

test('I2: nothing is served at or after its expiry, from any tier', async () => {
  for (const tier of ['memory', 'redis', 'bucket'] as const) {
    const { world, edge } = await leased()
    const record = makeTestRecord('soon', {
      nowMs: world.clock.now(),
      expiresAt: world.clock.now() + 400,
    })
    const { head } = await publish(world, record, tier !== 'bucket')
    // The cache would forget it by itself: its clock is behind here.
    world.server.clockOffsetMs = -1000
    if (tier === 'memory') assert.equal(await edge.see(head.id), 'record redis')
    world.clock.advance(399)
    if (tier === 'memory') assert.equal(await edge.see(head.id), 'record memory')
    world.clock.advance(1)
    assert.equal(await edge.see(head.id), 'gone expired', tier)
  }
})

test('I2: a paste that expires while the bucket is asked is not served', async () => {
  const { world, edge } = await leased()
  const expiresAt = world.clock.now() + 400
  const record = makeTestRecord('soon', { nowMs: world.clock.now(), expiresAt })
  await publish(world, record, false)
  const release = world.bucket.hold('get')
  const seen = edge.see(record.head.id)
  await settle()
  world.clock.advance(400)
  release()
  assert.equal(await seen, 'gone expired')
})

test('I2: a paste that expires while the cache is filled is not served', async () => {
  const { world, edge } = await leased()
  const expiresAt = world.clock.now() + 400
  const record = makeTestRecord('soon', { nowMs: world.clock.now(), expiresAt })
  await publish(world, record, false)
  edge.cache.fill = async () => {
    world.clock.advance(400)
    return 'ok'
  }
  assert.equal(await edge.see(record.head.id), 'gone expired')
  assert.equal(edge.memory.entries(), 0)
})

test('I2: a record in the cache that has expired is gone, with a lease or without', async () => {
  for (const holds of [true, false]) {
    const { world, edge } = await leased()
    const expiresAt = world.clock.now() + 400
    const record = makeTestRecord('soon', { nowMs: world.clock.now(), expiresAt })
    await publish(world, record)
    // The cache would forget it by itself: its clock is behind here.
    world.server.clockOffsetMs = -10_000
    world.clock.advance(holds ? 400 : timing.leaseMs)
    assert.equal(edge.follower.holds(), holds)
    // The object went already, and would read as never made.
    await world.bucket.delete(record.head.id)
    assert.equal(await edge.see(record.head.id), 'gone expired')
    assert.equal(world.bucket.calls.get, 0)
  }
})

test('I2: what the bucket holds past its expiry is not filled into the cache', async () => {
  const { world, edge } = await leased()
  const expiresAt = world.clock.now() + 400
  const record = makeTestRecord('soon', { nowMs: world.clock.now(), expiresAt })
  await publish(world, record, false)
  world.clock.advance(400)
  let fills = 0
  edge.cache.fill = async () => {
    fills += 1
    return 'ok'
  }
  assert.equal(await edge.see(record.head.id), 'gone expired')
  assert.equal(fills, 0)
})

test('I3: an edge that answered gone never answers with the paste again', async () => {
  const { world, edge } = await leased()
  const { head } = await publish(world)
  await edge.see(head.id)
  edge.reader.invalidate(head.id, 'deleted')
  // Everything else still has it: the object, and a record that the cache should not have.
  assert.equal(await edge.see(head.id), 'gone deleted')
  await live(world, edge, 5000)
  assert.equal(await edge.see(head.id), 'gone deleted')
  // And it needs nobody to say so.
  world.server.down = true
  world.bucket.failing.add('get')
  assert.equal(await edge.see(head.id), 'gone deleted')
})

test('memory asks the bucket again once no lease covers it, and believes it for a second', async () => {
  const { world, edge } = await leased()
  const { head } = await publish(world)
  await edge.see(head.id)
  world.server.down = true
  world.clock.advance(timing.leaseMs)
  assert.equal(await edge.see(head.id), 'record bucket')
  assert.equal(await edge.see(head.id), 'record memory')
  world.clock.advance(timing.bucketTrustMs - 1)
  assert.equal(await edge.see(head.id), 'record memory')
  world.clock.advance(1)
  const { gets } = world.bucket
  assert.equal(await edge.see(head.id), 'record bucket')
  assert.equal(gets.length, 2)
})

test('a record with an ETag is asked about by a conditional request', async () => {
  const { world, edge } = await leased()
  const { head } = await publish(world, undefined, false)
  await edge.see(head.id)
  world.clock.advance(timing.leaseMs)
  await edge.see(head.id)
  assert.match(world.bucket.gets.at(-1)?.options.ifNoneMatch ?? '', /^"/)
})

test('what memory had and the bucket has not is gone, not unknown', async () => {
  const { world, edge } = await leased()
  const { head } = await publish(world)
  await edge.see(head.id)
  world.server.down = true
  world.clock.advance(timing.leaseMs)
  await world.bucket.delete(head.id)
  assert.equal(await edge.see(head.id), 'gone deleted')
})

test('a cache that is broken is not one that is empty: the bucket answers', async () => {
  const { world, edge } = await leased()
  const { head } = await publish(world)
  world.server.down = true
  assert.equal(await edge.see(head.id), 'record bucket')
  assert.deepEqual(edge.lookups.slice(-2), [
    ['redis', 'error'],
    ['bucket', 'hit'],
  ])
  assert.equal(edge.memory.entries(), 0)
})

test('a bucket that is down: what memory and the cache hold under a lease is served', async () => {
  const { world, edge } = await leased()
  const [held, filled, neither] = [
    await publish(world),
    await publish(world),
    await publish(world, undefined, false),
  ]
  await edge.see(held.head.id)
  world.bucket.failing.add('get')
  assert.equal(await edge.see(held.head.id), 'record memory')
  assert.equal(await edge.see(filled.head.id), 'record redis')
  assert.equal(await edge.see(neither.head.id), 'error BucketError')
  world.server.down = true
  world.clock.advance(timing.leaseMs)
  assert.equal(await edge.see(held.head.id), 'error BucketError', 'never stale')
})

test('a damaged value in the cache is reported, passed over and not covered up', async () => {
  const { world, edge } = await leased()
  const { head } = await publish(world)
  const damaged = Buffer.from((await world.origin.get(head.id)) ?? '')
  damaged[damaged.length - 1] = 0
  await world.origin.fill(head.id, damaged, head.expiresAt, Number.MAX_SAFE_INTEGER)
  assert.equal(await edge.see(head.id), 'record bucket')
  assert.deepEqual(edge.damage, ['redis'])
  assert.deepEqual(await world.origin.get(head.id), damaged)
})

test('a damaged object is an error, never served and never kept', async () => {
  const { world, edge } = await leased()
  const record = makeTestRecord('x'.repeat(100), { nowMs: world.clock.now() })
  const { head } = record
  const whole = encodeRecord(record)
  for (const bytes of [
    whole.subarray(0, -1),
    Buffer.from('no record'),
    encodeTombstone('deleted'),
  ]) {
    world.bucket.objects.delete(head.id)
    await world.bucket.put(head.id, bytes, { expiresAtMs: 0, metadata: {} })
    assert.equal(await edge.see(head.id), 'error RecordError')
  }
  assert.deepEqual(edge.damage, ['bucket', 'bucket', 'bucket'])
  assert.equal(edge.memory.entries(), 0)
})

test('a burn paste is never in the cache, and never trusted under a lease', async () => {
  const { world, edge } = await leased()
  const record = makeTestRecord('secret', { nowMs: world.clock.now(), burn: true })
  const { head } = await publish(world, record, false)
  assert.equal(await edge.see(head.id), 'record bucket')
  assert.equal(await world.origin.get(head.id), null)
  assert.equal(edge.memory.get(head.id)?.record.body, null, 'its body is not kept')
  await live(world, edge, timing.bucketTrustMs)
  assert.equal(edge.follower.holds(), true)
  await world.bucket.delete(head.id)
  assert.equal(await edge.see(head.id), 'gone burned')
})

test('no more bucket reads than there are places, and no endless wait for one', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { world, edge } = await leased()
  const release = world.bucket.hold('get')
  const ids = []
  for (let n = 0; n < 5; n += 1) ids.push((await publish(world, undefined, false)).head.id)
  const seen = ids.map((id) => edge.see(id))
  await settle()
  assert.equal(world.bucket.calls.get, 4)
  t.mock.timers.tick(timing.bucketWaitMs)
  assert.equal(await seen[4], 'error 503')
  release()
  assert.deepEqual(await Promise.all(seen.slice(0, 4)), Array(4).fill('record bucket'))
})

test('an expired id that is published only frees memory', async () => {
  const { world, edge } = await leased()
  const { head } = await publish(world)
  await edge.see(head.id)
  await world.origin.publishExpired([head.id])
  assert.equal(edge.memory.entries(), 0)
  assert.equal(edge.memory.gone(head.id), undefined)
})
