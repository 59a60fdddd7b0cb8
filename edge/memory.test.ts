import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFaces } from '../shared/http/faces.ts'
import { createManualClock } from '../shared/testing/clock.ts'
import { makeTestRecord } from '../shared/testing/paste.ts'
import { timing } from '../shared/timing.ts'
import { createMemory, type MemoryEntry, NEVER } from './memory.ts'

function entryOf(bytes = 10): MemoryEntry {
  const record = makeTestRecord(Buffer.alloc(bytes, 'x'))
  return { record, etag: null, sentAt: NEVER, era: 0, faces: createFaces() }
}

test('memory refuses a record for an id whose tombstone it holds', () => {
  const memory = createMemory({ maxBytes: 100_000 })
  memory.bury('id', 'deleted')
  assert.equal(memory.keep('id', entryOf()), false)
  assert.equal(memory.get('id'), undefined)
  assert.equal(memory.gone('id'), 'deleted')
})

test('a tombstone takes the record away, and its first reason stays', () => {
  const memory = createMemory({ maxBytes: 100_000 })
  memory.keep('id', entryOf())
  memory.bury('id', 'removed')
  memory.bury('id', 'expired')
  assert.equal(memory.get('id'), undefined)
  assert.equal(memory.gone('id'), 'removed')
})

test('a tombstone stays for an hour from its last use', () => {
  const clock = createManualClock()
  const memory = createMemory({ maxBytes: 100_000, perf: { now: clock.monotonic } })
  memory.bury('id', 'deleted')
  clock.advance(timing.tombstoneLifeMs - 1)
  assert.equal(memory.gone('id'), 'deleted')
  clock.advance(timing.tombstoneLifeMs - 1)
  assert.equal(memory.gone('id'), 'deleted')
  clock.advance(timing.tombstoneLifeMs + 1)
  assert.equal(memory.gone('id'), undefined)
})

test('too many tombstones drop the oldest, and that is counted', () => {
  let dropped = 0
  const onTombstoneDropped = () => (dropped += 1)
  const memory = createMemory({ maxBytes: 100_000, maxTombstones: 2, onTombstoneDropped })
  for (const id of ['a', 'b', 'c']) memory.bury(id, 'deleted')
  assert.equal(memory.gone('a'), undefined)
  assert.equal(memory.gone('c'), 'deleted')
  assert.equal(dropped, 1)
})

test('records go by least recent use when their bytes are too many', () => {
  let evicted = 0
  const memory = createMemory({ maxBytes: 35_000, onEvict: () => (evicted += 1) })
  const entry = () => ({ ...entryOf(), faces: { kept: [], bytes: 9000 } })
  for (const id of ['a', 'b', 'c']) memory.keep(id, entry())
  memory.get('a')
  memory.keep('d', entry())
  assert.equal(memory.get('b'), undefined)
  assert.notEqual(memory.get('a'), undefined)
  assert.equal(evicted, 1)
  assert.ok(memory.bytes() <= 35_000)
})

test('faces that grew count', () => {
  const memory = createMemory({ maxBytes: 100_000 })
  const entry = entryOf()
  memory.keep('id', entry)
  const before = memory.bytes()
  const face = { form: 'text', coding: 'identity', body: Buffer.alloc(500), etag: '"e"' } as const
  entry.faces.kept = [face]
  entry.faces.bytes += 500
  memory.account('id', entry)
  assert.ok(memory.bytes() > before + 500, 'and so does what they cost beside their bytes')
  memory.account('other', entry)
  assert.equal(memory.entries(), 1, 'what was dropped meanwhile does not come back')
})
