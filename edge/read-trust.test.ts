import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flushServer, restartServer } from '../shared/cache/in-process.ts'
import { encodeTombstone } from '../shared/record.ts'
import { timing } from '../shared/timing.ts'
import {
  beginEpoch,
  createTestEdge,
  createWorld,
  leased,
  live,
  publish,
  settle,
  vouch,
} from './testing/edge.ts'

test('I13: what the cache holds is not served without a lease', async () => {
  const world = createWorld()
  const edge = createTestEdge(world)
  const { head } = await publish(world)
  await world.bucket.delete(head.id)
  assert.equal(await edge.see(head.id), 'absent', 'the object is gone; the cache was not told')
})

test('I13: a bucket answer that grew old is confirmed before it is served', async () => {
  const world = createWorld()
  const edge = createTestEdge(world)
  const { head } = await publish(world, undefined, false)
  const release = world.bucket.hold('get')
  const seen = edge.see(head.id)
  await settle()
  world.clock.advance(timing.bucketTrustMs)
  // Deleted since the first answer was made: only a second question can tell.
  await world.bucket.delete(head.id)
  release()
  assert.equal(await seen, 'gone deleted')
  assert.match(world.bucket.gets[1]?.options.ifNoneMatch ?? '', /^"/)
})

test('I13: under an unbroken lease an older bucket answer may be served', async () => {
  const { world, edge } = await leased()
  const { head } = await publish(world, undefined, false)
  const release = world.bucket.hold('get')
  const seen = edge.see(head.id)
  await settle()
  await live(world, edge, 2000)
  release()
  assert.equal(await seen, 'record bucket')
  assert.equal(world.bucket.calls.get, 1)
})

test('I13: a lease that broke in the middle of a walk does not cover it', async () => {
  const { world, edge } = await leased()
  const { head } = await publish(world, undefined, false)
  const release = world.bucket.hold('get')
  const seen = edge.see(head.id)
  await settle()
  world.clock.advance(timing.leaseMs)
  await vouch(world)
  await edge.follower.poll()
  assert.equal(edge.follower.holds(), true)
  await world.bucket.delete(head.id)
  release()
  assert.equal(await seen, 'gone deleted')
})

test('I11: a walk that is killed answers gone at once and keeps nothing', async () => {
  const { world, edge } = await leased()
  const { head } = await publish(world, undefined, false)
  const release = world.bucket.hold('get')
  const seen = edge.see(head.id)
  await settle()
  await world.origin.bury({ id: head.id, reason: 'removed' })
  assert.equal(await seen, 'gone removed')
  release()
  await settle()
  assert.equal(edge.memory.entries(), 0)
  assert.equal(await edge.see(head.id), 'gone removed')
})

test('I11: it keeps nothing with the map of tombstones full either', async () => {
  const { world, edge } = await leased({ maxTombstones: 1 })
  const { head } = await publish(world, undefined, false)
  // The cache loses the tombstone too, so that the fill says ok.
  const release = world.bucket.hold('get')
  const seen = edge.see(head.id)
  await settle()
  edge.reader.invalidate(head.id, 'deleted')
  edge.reader.invalidate('another', 'deleted')
  assert.equal(edge.memory.gone(head.id), undefined, 'the tombstone was dropped')
  release()
  assert.equal(await seen, 'gone deleted')
  await settle()
  assert.equal(edge.memory.entries(), 0)
})

test('I11: a walk that is cut off answers 503 and what it brings later is not kept', async () => {
  const { world, edge } = await leased()
  const { head } = await publish(world, undefined, false)
  const release = world.bucket.hold('get')
  const seen = edge.see(head.id)
  await settle()
  edge.cutWalks()
  assert.equal(await seen, 'error 503')
  assert.equal(world.bucket.gets[0]?.options.signal?.aborted, true)
  release()
  await settle()
  assert.equal(edge.memory.entries(), 0)
})

test('I10: a fill that finds a tombstone makes the answer gone', async () => {
  const { world, edge } = await leased({ deaf: true })
  const { head } = await publish(world, undefined, false)
  const release = world.bucket.hold('get')
  const seen = edge.see(head.id)
  await settle()
  await world.origin.bury({ id: head.id, reason: 'removed' })
  release()
  assert.equal(await seen, 'gone removed')
  assert.equal(edge.memory.gone(head.id), 'removed')
  assert.deepEqual(await world.origin.get(head.id), encodeTombstone('removed'))
})

test('I10: a record that could not be filled is served, but not kept', async () => {
  const { world, edge } = await leased()
  const { head } = await publish(world, undefined, false)
  const original = edge.cache.fill
  const deadlines: number[] = []
  edge.cache.fill = async (...args) => {
    deadlines.push(args[3])
    return 'late'
  }
  assert.equal(await edge.see(head.id), 'record bucket')
  edge.cache.fill = () => Promise.reject(new Error('no answer'))
  assert.equal(await edge.see(head.id), 'record bucket')
  assert.equal(edge.memory.entries(), 0)
  edge.cache.fill = original
  assert.equal(await edge.see(head.id), 'record bucket')
  assert.equal(edge.memory.entries(), 1)
  assert.deepEqual(deadlines, [world.clock.now() + timing.walkMs])
})

test('I10: the deadline of a fill counts from the beginning of the walk', async () => {
  const { world, edge } = await leased()
  const { head } = await publish(world, undefined, false)
  const begun = world.clock.now()
  let deadline = 0
  edge.cache.fill = async (...args) => {
    deadline = args[3]
    return 'ok'
  }
  const release = world.bucket.hold('get')
  const seen = edge.see(head.id)
  await settle()
  await live(world, edge, 1000)
  release()
  await seen
  assert.equal(deadline, begun + timing.walkMs)
})

test('I12: after a distrust everything in memory is asked about once', async () => {
  const { world, edge } = await leased()
  const { head } = await publish(world)
  await edge.see(head.id)
  // The cache is flushed; the deletion was logged before, and nobody was there to hear it.
  flushServer(world.server)
  await world.bucket.delete(head.id)
  await beginEpoch(world, 2)
  await edge.follower.poll()
  assert.equal(edge.follower.holds(), true)
  assert.equal(await edge.see(head.id), 'gone deleted')
})

test('I12: a walk that saw a distrust neither keeps nor serves what the cache told it', async () => {
  const { world, edge } = await leased()
  const { head } = await publish(world)
  const told = await edge.cache.get(head.id)
  const waiting = Promise.withResolvers<void>()
  edge.cache.get = async () => {
    await waiting.promise
    return told
  }
  const seen = edge.see(head.id)
  await settle()
  restartServer(world.server)
  await beginEpoch(world, 2)
  await edge.follower.poll()
  assert.equal(edge.follower.holds(), true)
  await world.bucket.delete(head.id)
  waiting.resolve()
  assert.equal(await seen, 'absent')
  assert.equal(edge.memory.entries(), 0)
})
