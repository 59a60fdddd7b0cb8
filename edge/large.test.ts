import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { BucketError } from '../shared/bucket/bucket.ts'
import { Problem } from '../shared/http/problems.ts'
import { encodeHead } from '../shared/record.ts'
import { makeTestRecord } from '../shared/testing/paste.ts'
import { timing } from '../shared/timing.ts'
import { leased, publish, settle, vouch } from './testing/edge.ts'

/** An edge that holds the head of a large paste in memory. */
async function withLarge(lifeMs = 3_600_000) {
  const { world, edge } = await leased()
  const nowMs = world.clock.now()
  const expiresAt = nowMs + lifeMs
  const record = makeTestRecord(randomBytes(1_100_000), { nowMs, expiresAt })
  await publish(world, record, false)
  const { id } = record.head
  const answer = await edge.reader.read(id)
  assert.ok(answer.kind === 'record')
  assert.equal(answer.entry.record.body, null)
  world.bucket.calls.get = 0
  return { world, edge, record, id, entry: answer.entry }
}

const isProblem = (status: number) => (error: unknown) =>
  error instanceof Problem && error.status === status

test('a body is opened behind the first line, from the byte that is asked for', async () => {
  const { world, edge, record, entry } = await withLarge()
  for (const from of [0, 1000]) {
    const bytes = Buffer.concat(await (await edge.openBody(entry, from)).toArray())
    assert.ok(bytes.equals(record.body.subarray(from)))
    assert.equal(world.bucket.gets.at(-1)?.options.from, encodeHead(record.head).length + from)
  }
  assert.equal(world.bucket.calls.get, 2, 'nothing was confirmed that a lease covers')
})

test('an object that is absent is a paste that is gone, from now on', async () => {
  const { world, edge, id, entry } = await withLarge()
  world.bucket.objects.delete(id)
  await assert.rejects(edge.openBody(entry, 0), isProblem(410))
  assert.equal(edge.memory.gone(id), 'deleted')
  assert.equal(await edge.see(id), 'gone deleted')
})

test('a bucket that is away says nothing of the paste', async () => {
  const { world, edge, id, entry } = await withLarge()
  world.bucket.failing.add('get')
  await assert.rejects(edge.openBody(entry, 0), BucketError)
  assert.equal(edge.memory.gone(id), undefined)
})

test('what is told of while the bucket answers is gone: 410, or 451', async () => {
  for (const [reason, status] of [
    ['deleted', 410],
    ['removed', 451],
  ] as const) {
    const { world, edge, id, entry } = await withLarge()
    const release = world.bucket.hold('get')
    const opening = edge.openBody(entry, 0)
    await settle()
    await world.origin.bury({ id, reason })
    release()
    await assert.rejects(opening, isProblem(status))
  }
})

test('what expires while the bucket answers is gone', async () => {
  const { world, edge, id, entry } = await withLarge(500)
  const release = world.bucket.hold('get')
  const opening = edge.openBody(entry, 0)
  await settle()
  world.clock.advance(500)
  release()
  await assert.rejects(opening, isProblem(410))
  assert.equal(edge.memory.gone(id), 'expired')
})

/** An answer that took too long for trust in the bucket alone, with or without a lease meanwhile. */
async function slowlyOpened(withLease: boolean, meanwhile: (id: string) => void = () => undefined) {
  const { world, edge, record, id, entry } = await withLarge()
  const release = world.bucket.hold('get')
  const opening = edge.openBody(entry, 0)
  await settle()
  if (withLease) await vouch(world)
  if (withLease) await edge.follower.poll()
  world.clock.advance(withLease ? timing.bucketTrustMs : 2 * timing.leaseMs)
  meanwhile(id)
  world.bucket.calls.get = 0
  if (meanwhile.length > 0) world.bucket.objects.delete(id)
  release()
  return { world, opening, record }
}

test('a slow answer that a lease covered is sent', async () => {
  const { world, opening } = await slowlyOpened(true)
  await opening
  assert.equal(world.bucket.calls.get, 0)
})

test('a slow answer that no lease covered is confirmed first', async () => {
  const { world, opening, record } = await slowlyOpened(false)
  const bytes = Buffer.concat(await (await opening).toArray())
  assert.ok(bytes.equals(record.body))
  assert.equal(world.bucket.calls.get, 1)
  assert.ok(world.bucket.gets.at(-1)?.options.ifNoneMatch)
})

test('one that cannot be confirmed is not sent', async () => {
  const { opening } = await slowlyOpened(false, (_id) => undefined)
  await assert.rejects(opening, isProblem(410))
})

test('what was opened is closed when it is not sent', async () => {
  const { world, edge, entry, id } = await withLarge()
  const { get } = world.bucket
  let destroyed = false
  world.bucket.get = async (...args) => {
    const object = await get(...args)
    if (object?.kind === 'found') object.stream.once('close', () => (destroyed = true))
    edge.reader.invalidate(id, 'deleted')
    return object
  }
  await assert.rejects(edge.openBody(entry, 0), isProblem(410))
  await settle()
  assert.ok(destroyed)
})
