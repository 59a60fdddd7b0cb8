import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { makeTestRecord } from '../testing/paste.ts'
import { leftInBucket, makeReadRequest, makeServed } from '../testing/served.ts'
import { createFaces, type Faces } from './faces.ts'
import { Problem } from './problems.ts'
import { type ReadRequest, respond, type Served } from './respond.ts'

const TEXT = 'again and again\n'.repeat(500)
const small = makeTestRecord(TEXT)
const large = makeTestRecord(randomBytes(1_200_000))

function requestOf(its: Partial<ReadRequest> = {}): ReadRequest {
  return makeReadRequest({ form: 'raw', ...its })
}

async function answerTo(its: Partial<ReadRequest>, what: Served = makeServed(small)) {
  const response = await respond(requestOf(its), what)
  const { status } = response
  return { status, header: (name: string) => response.headers.get(name), response }
}

test('the stored gzip goes to those that accept it, identity to the rest', async () => {
  const gzip = await answerTo({ acceptEncoding: 'br, gzip' })
  assert.equal(gzip.header('content-encoding'), 'gzip')
  assert.equal(gunzipSync(await gzip.response.arrayBuffer()).toString(), TEXT)
  for (const acceptEncoding of [undefined, 'gzip;q=0', 'identity, *;q=0']) {
    const plain = await answerTo({ acceptEncoding })
    assert.equal(plain.header('content-encoding'), null)
    assert.equal(await plain.response.text(), TEXT)
    assert.equal(plain.header('content-length'), String(TEXT.length))
  }
})

test('every answer says until when it may be kept, and who gave it', async () => {
  for (const its of [{}, { head: true }, { range: 'bytes=0-1' }, { ifNoneMatch: '*' }]) {
    const { header } = await answerTo(its)
    assert.equal(header('x-accel-expires'), '@1234')
    assert.equal(header('cache-status'), 'ledge-edge; hit')
    assert.equal(header('x-expires'), String(small.head.expiresAt))
    assert.equal(header('cache-control'), 'no-cache')
    assert.equal(header('cdn-cache-control'), 'no-store')
  }
})

test('what took work to make is kept with the record, and made once', async () => {
  const faces: Faces = createFaces()
  let grown = 0
  const what = () => makeServed(small, { faces, onGrown: () => (grown += 1) })
  await answerTo({}, what())
  await answerTo({}, what())
  await answerTo({ acceptEncoding: 'gzip' }, what())
  await answerTo({ form: 'html' }, what())
  assert.deepEqual(
    faces.kept.map(({ form, coding }) => `${form} ${coding}`),
    ['raw identity', 'html identity'],
  )
  assert.equal(grown, faces.kept.length)
  assert.equal(
    faces.bytes,
    faces.kept.reduce((sum, { body }) => sum + body.length, 0),
  )
})

test('what is kept keeps no larger buffer alive than it counts for', async () => {
  const faces = createFaces()
  for (const form of ['raw', 'html'] as const) {
    for (const acceptEncoding of ['identity', 'gzip']) {
      await answerTo({ form, acceptEncoding }, makeServed(small, { faces }))
    }
  }
  assert.equal(faces.kept.length, 3)
  for (const { body } of faces.kept) assert.equal(body.buffer.byteLength, body.length)
})

test('nothing is kept with a record that memory does not hold, nor what is very large', async () => {
  const what = makeServed(small, { keep: false })
  await answerTo({}, what)
  assert.equal(what.faces.kept.length, 0)
  const zeros = makeServed(makeTestRecord(Buffer.alloc(2_000_000)))
  await answerTo({}, zeros)
  assert.equal(zeros.faces.kept.length, 0)
})

test('the headers are those of this second, not of the one before', async () => {
  const faces = createFaces()
  for (const accelSeconds of [5, 6]) {
    for (const its of [{}, { ifNoneMatch: '*' }]) {
      const { header } = await answerTo(its, makeServed(small, { faces, accelSeconds }))
      assert.equal(header('x-accel-expires'), `@${accelSeconds}`)
    }
  }
})

test('changing an answer’s headers changes no other answer', async () => {
  const faces = createFaces()
  const first = await answerTo({}, makeServed(small, { faces }))
  first.response.headers.delete('x-accel-expires')
  first.response.headers.set('etag', 'changed')
  const second = await answerTo({}, makeServed(small, { faces }))
  assert.equal(second.header('x-accel-expires'), '@1234')
  assert.notEqual(second.header('etag'), 'changed')
})

test('a page has no ranges', async () => {
  const page = await answerTo({ form: 'html', range: 'bytes=0-1' })
  assert.equal(page.status, 200)
  assert.equal(page.header('accept-ranges'), null)
})

test('a large body is opened for GET alone, where the answer begins', async () => {
  const opened: number[] = []
  const whole = await answerTo({}, leftInBucket(large, opened))
  assert.deepEqual(Buffer.from(await whole.response.arrayBuffer()), large.body)
  assert.equal(whole.header('content-length'), String(large.head.size))
  const part = await answerTo({ range: 'bytes=100-199' }, leftInBucket(large, opened))
  assert.equal(part.status, 206)
  assert.deepEqual(Buffer.from(await part.response.arrayBuffer()), large.body.subarray(100, 200))
  assert.deepEqual(opened, [0, 100])
  const unopened = makeServed({ ...large, body: null })
  for (const its of [{ head: true }, { ifNoneMatch: '*' }, { form: 'html' as const }]) {
    await answerTo(its, unopened)
  }
  const beyond = { range: `bytes=${large.head.size}-` }
  await assert.rejects(answerTo(beyond, unopened), (error) => {
    return error instanceof Problem && error.status === 416
  })
})

test('a large body that cannot be opened is an error, not half an answer', async () => {
  const openBody = () => Promise.reject(new Error('planned'))
  await assert.rejects(answerTo({}, makeServed({ ...large, body: null }, { openBody })), /planned/)
})
