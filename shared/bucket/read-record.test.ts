import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import {
  encodeHead,
  encodeRecord,
  encodeTombstone,
  INLINE_BODY_BYTES,
  RecordError,
} from '../record.ts'
import { makeTestRecord } from '../testing/paste.ts'
import { readRecord, readWholeRecord } from './read-record.ts'

/** An object as a bucket gives it, in chunks of this size. */
function objectOf(bytes: Buffer, chunkBytes = 1000) {
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  )
  const stream = Readable.from(chunks)
  return { kind: 'found', etag: '"x"', length: bytes.length, stream } as const
}

const small = makeTestRecord('hello\n')
const large = makeTestRecord(randomBytes(INLINE_BODY_BYTES + 1))

test('a small record comes whole, however it is cut into chunks', async () => {
  for (const chunkBytes of [1, 7, 100_000]) {
    const object = objectOf(encodeRecord(small), chunkBytes)
    assert.deepEqual(await readRecord(object, small.head.id), small)
  }
})

test('a body of exactly the limit comes along, one byte more stays where it is', async () => {
  const most = makeTestRecord(randomBytes(INLINE_BODY_BYTES))
  assert.deepEqual(await readRecord(objectOf(encodeRecord(most), 65_536), most.head.id), most)
  const record = await readRecord(objectOf(encodeRecord(large), 65_536), large.head.id)
  assert.deepEqual(record, { ...large, body: null })
})

test('of a very large one the first line alone is read, and the stream let go', async () => {
  const huge = makeTestRecord(randomBytes(3 * INLINE_BODY_BYTES))
  for (const chunkBytes of [100, 65_536]) {
    const object = objectOf(encodeRecord(huge), chunkBytes)
    const record = await readRecord(object, huge.head.id)
    assert.deepEqual(record, { ...huge, body: null })
    assert.ok(object.stream.destroyed)
  }
})

test('who wants all of it gets all of it', async () => {
  const record = await readWholeRecord(objectOf(encodeRecord(large), 65_536), large.head.id)
  assert.deepEqual(record, large)
})

test('a large object that is its first line alone is damage', async () => {
  await assert.rejects(
    readWholeRecord(objectOf(encodeHead(large.head)), large.head.id),
    RecordError,
  )
})

test('what is damaged, or of another paste, or no paste, is refused', async () => {
  const bytes = encodeRecord(small)
  const objects = [
    bytes.subarray(0, -1),
    Buffer.concat([bytes, Buffer.from('x')]),
    encodeTombstone('deleted'),
    Buffer.alloc(0),
    Buffer.alloc(2 * INLINE_BODY_BYTES, 'x'),
    Buffer.concat([Buffer.from('{}\n'), Buffer.alloc(2 * INLINE_BODY_BYTES)]),
  ]
  for (const each of objects) {
    await assert.rejects(readRecord(objectOf(each, 65_536), small.head.id), RecordError)
  }
  await assert.rejects(readRecord(objectOf(bytes), large.head.id), RecordError)
})

test('a stream that breaks is no damage: the bucket’s own error is heard', async () => {
  const bytes = encodeRecord(large)
  for (const read of [readRecord, readWholeRecord]) {
    const stream = Readable.from(
      (async function* () {
        yield bytes.subarray(0, 10)
        throw new Error('planned')
      })(),
    )
    const object = { kind: 'found', etag: '"x"', length: bytes.length, stream } as const
    await assert.rejects(read(object, large.head.id), /planned/)
  }
})
