import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flushServer, restartServer, snapshotState } from '../shared/cache/in-process.ts'
import { logPage, timing } from '../shared/timing.ts'
import { beginEpoch, createTestEdge, createWorld, publish, vouch } from './testing/edge.ts'

async function leased() {
  const world = createWorld()
  const edge = createTestEdge(world)
  await beginEpoch(world, 1)
  await edge.follower.poll()
  assert.equal(edge.follower.holds(), true)
  return { world, edge }
}

test('there is no lease before anybody vouches', async () => {
  const world = createWorld()
  const edge = createTestEdge(world)
  await edge.follower.poll()
  assert.equal(edge.follower.holds(), false)
  const { server } = await world.origin.state()
  await world.origin.proposeEpoch(null, server, 1)
  await edge.follower.poll()
  assert.equal(edge.follower.holds(), false, 'an epoch that began is not vouched for yet')
})

test('a lease lasts from the sending of the poll, less the age of the watermark', async () => {
  const { world, edge } = await leased()
  world.clock.advance(400)
  await edge.follower.poll()
  world.clock.advance(timing.leaseMs - 400 - 1)
  assert.equal(edge.follower.holds(), true)
  world.clock.advance(1)
  assert.equal(edge.follower.holds(), false)
})

test('a poll that was slow does not make the lease longer', async () => {
  const { world, edge } = await leased()
  const slow = Promise.withResolvers<void>()
  const original = edge.cache.poll
  edge.cache.poll = async (cursor) => {
    const poll = await original(cursor)
    await slow.promise
    return poll
  }
  await vouch(world)
  const polled = edge.follower.poll()
  world.clock.advance(timing.leaseMs - 1)
  slow.resolve()
  await polled
  assert.equal(edge.follower.holds(), true)
  world.clock.advance(1)
  assert.equal(edge.follower.holds(), false)
})

test('a lease ends by either clock', async () => {
  const { world, edge } = await leased()
  world.clock.step(timing.leaseMs)
  assert.equal(edge.follower.holds(), false, 'the machine slept, and its monotonic clock with it')
})

test('a cache clock that stepped back does not make the lease longer', async () => {
  const { world, edge } = await leased()
  world.server.clockOffsetMs = -10_000
  await edge.follower.poll()
  world.clock.advance(timing.leaseMs)
  assert.equal(edge.follower.holds(), false)
})

test('a lease ends with the connection, at once', async () => {
  const { world, edge } = await leased()
  world.server.connections += 1
  assert.equal(edge.follower.holds(), false)
  assert.equal(edge.follower.cacheTimeMs(), null)
})

test('a watermark of another server grants nothing', async () => {
  const { world, edge } = await leased()
  restartServer(world.server, snapshotState(world.server))
  await edge.follower.poll()
  assert.equal(edge.follower.holds(), false)
})

test('leases that follow one another are unbroken, one after a gap is not', async () => {
  const { world, edge } = await leased()
  const begun = world.clock.monotonic()
  for (let polls = 0; polls < 5; polls += 1) {
    world.clock.advance(timing.pollMs)
    await vouch(world)
    await edge.follower.poll()
  }
  assert.equal(edge.follower.heldSince(begun), true)
  const later = world.clock.monotonic()
  world.clock.advance(timing.leaseMs)
  await vouch(world)
  await edge.follower.poll()
  assert.equal(edge.follower.holds(), true)
  assert.equal(edge.follower.heldSince(later), false)
})

test('I12: another epoch is distrusted', async () => {
  const { world, edge } = await leased()
  const era = edge.follower.era()
  flushServer(world.server)
  await beginEpoch(world, 2)
  await edge.follower.poll()
  assert.ok(edge.follower.era() > era)
  assert.equal(edge.distrusts.at(-1), 'epoch')
})

test('I12: a new connection is distrusted', async () => {
  const { world, edge } = await leased()
  const era = edge.follower.era()
  world.server.connections += 1
  await edge.follower.poll()
  assert.ok(edge.follower.era() > era)
  assert.equal(edge.distrusts.at(-1), 'connection')
})

test('I12: a minute without a good poll, by the cache’s clock, is a gap', async () => {
  const { world, edge } = await leased()
  const era = edge.follower.era()
  world.clock.advance(timing.logGapMs)
  await edge.follower.poll()
  assert.equal(edge.follower.era(), era)
  world.clock.advance(timing.logGapMs + 1)
  await edge.follower.poll()
  assert.ok(edge.follower.era() > era)
  assert.equal(edge.distrusts.at(-1), 'gap')
})

test('I12: a log too long to follow is a gap', async () => {
  const { world, edge } = await leased()
  const era = edge.follower.era()
  const most = logPage.entries * logPage.maxPages
  for (let n = 0; n < most; n += 1) await world.origin.bury({ id: `a${n}`, reason: 'deleted' })
  await edge.follower.poll()
  assert.equal(edge.follower.era(), era, 'ten full pages are followed')
  for (let n = 0; n <= most; n += 1) await world.origin.bury({ id: `b${n}`, reason: 'deleted' })
  await edge.follower.poll()
  assert.ok(edge.follower.era() > era)
})

test('after another epoch the cursor is that of the new log, not of the old one', async () => {
  const world = createWorld()
  const edge = createTestEdge(world, { deaf: true })
  await beginEpoch(world, 1)
  for (let n = 0; n < 5; n += 1) await world.origin.bury({ id: `old${n}`, reason: 'deleted' })
  await edge.follower.poll()
  flushServer(world.server)
  // A log that counts from the beginning again: an old cursor would be ahead of all of it.
  world.server.sequence = 0
  await beginEpoch(world, 2)
  await edge.follower.poll()
  const { head } = await publish(world)
  await world.origin.bury({ id: head.id, reason: 'deleted' })
  await vouch(world)
  await edge.follower.poll()
  assert.equal(edge.memory.gone(head.id), 'deleted')
})

test('what is fetched before a late jump to the log’s end is of an older era', async () => {
  const world = createWorld()
  const edge = createTestEdge(world, { deaf: true })
  await beginEpoch(world, 1)
  await edge.follower.poll()
  world.server.connections += 1
  const original = edge.cache.poll
  let failures = 1
  edge.cache.poll = (cursor) => {
    // The first poll after the reconnect fails when the cursor is to be set.
    if (cursor === null && failures > 0) {
      failures -= 1
      return Promise.reject(new Error('cut'))
    }
    return original(cursor)
  }
  await edge.follower.poll()
  const era = edge.follower.era()
  await vouch(world)
  await edge.follower.poll()
  assert.equal(edge.follower.holds(), true)
  assert.ok(edge.follower.era() > era)
})

test('what went away reaches memory by the log when no message arrives', async () => {
  const world = createWorld()
  const edge = createTestEdge(world, { deaf: true })
  await beginEpoch(world, 1)
  await edge.follower.poll()
  await world.origin.bury({ id: 'one', reason: 'deleted' })
  assert.equal(edge.memory.gone('one'), undefined)
  await edge.follower.poll()
  assert.equal(edge.memory.gone('one'), 'deleted')
})

test('a poll that fails grants nothing, and the lease lapses', async () => {
  const { world, edge } = await leased()
  world.server.down = true
  await edge.follower.poll()
  assert.equal(edge.pollErrors.length, 1)
  assert.equal(edge.follower.holds(), true)
  world.clock.advance(timing.leaseMs)
  assert.equal(edge.follower.holds(), false)
})

test('polls do not overlap', async () => {
  const { edge } = await leased()
  let polls = 0
  const original = edge.cache.poll
  edge.cache.poll = (cursor) => {
    polls += 1
    return original(cursor)
  }
  await Promise.all([edge.follower.poll(), edge.follower.poll(), edge.follower.poll()])
  assert.equal(polls, 1)
})
