import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { RecordError } from '../record.ts'
import { makeTestRecord } from '../testing/paste.ts'
import { leftInBucket, makeReadRequest, makeServed } from '../testing/served.ts'
import { MAX_JSON_TEXT_BYTES, respondDocument, respondJson } from './json-faces.ts'
import type { ReadRequest } from './respond.ts'

const FIXED = { base: 'https://p.example', fixed: true }
const TEXT = '\u{feff}"hello", wörld 🙂\r\n\u{2028}</script>'

function requestOf(its: Partial<ReadRequest> = {}): ReadRequest {
  return makeReadRequest({ form: 'json', ...its })
}

test('the JSON face says everything there is to know, the text with it', async () => {
  const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 6)
  const record = makeTestRecord(TEXT, { nowMs, title: 'a "b"', language: 'c++' })
  const { id } = record.head
  const response = await respondJson(requestOf(), makeServed(record), FIXED)
  assert.equal(response.headers.get('content-type'), 'application/json')
  assert.equal(response.headers.get('accept-ranges'), null)
  assert.equal(response.headers.get('x-accel-expires'), '@1234')
  const body = await response.text()
  assert.equal(response.headers.get('content-length'), String(Buffer.byteLength(body)))
  assert.deepEqual(JSON.parse(body), {
    id,
    url: `https://p.example/${id}`,
    rawUrl: `https://p.example/raw/${id}`,
    createdAt: '2026-01-02T03:04:05.006Z',
    expiresAt: '2026-01-02T04:04:05.006Z',
    size: Buffer.byteLength(TEXT),
    sha256: createHash('sha256').update(TEXT).digest('hex'),
    language: 'c++',
    title: 'a "b"',
    text: TEXT,
  })
})

test('text is absent when the bytes are binary or over 1 MiB', async () => {
  const cases: [bytes: Buffer | string, shown: boolean][] = [
    ['', true],
    [Buffer.from([0]), false],
    [Buffer.from([0xff]), false],
    [Buffer.alloc(MAX_JSON_TEXT_BYTES, 'x'), true],
    [Buffer.alloc(MAX_JSON_TEXT_BYTES + 1, 'x'), false],
  ]
  for (const [bytes, shown] of cases) {
    const response = await respondJson(requestOf(), makeServed(makeTestRecord(bytes)), FIXED)
    const { text } = (await response.json()) as { text?: string }
    assert.equal(text, shown ? bytes.toString() : undefined)
  }
  const large = leftInBucket(makeTestRecord(randomBytes(1_200_000)))
  const response = await respondJson(requestOf(), large, FIXED)
  assert.equal(((await response.json()) as { size: number }).size, 1_200_000)
})

test('it is made once and kept, in each encoding, and ranges are none of its business', async () => {
  let grown = 0
  const what = makeServed(makeTestRecord('again '.repeat(500)), { onGrown: () => (grown += 1) })
  const plain = await respondJson(requestOf({ range: 'bytes=0-1' }), what, FIXED)
  const packed = await respondJson(requestOf({ acceptEncoding: 'gzip' }), what, FIXED)
  assert.equal(plain.status, 200)
  assert.equal(packed.headers.get('content-encoding'), 'gzip')
  const text = await plain.text()
  assert.equal(gunzipSync(await packed.arrayBuffer()).toString(), text)
  await respondJson(requestOf({ head: true }), what, FIXED)
  assert.equal(grown, 2)
  assert.deepEqual(
    what.faces.kept.map(({ form, coding }) => `${form} ${coding}`),
    ['json identity', 'json gzip'],
  )
})

test('HEAD is GET without the body; a known ETag is 304, without length and type', async () => {
  const what = makeServed(makeTestRecord())
  for (const ask of [
    (its: Partial<ReadRequest>) => respondJson(requestOf(its), what, FIXED),
    (its: Partial<ReadRequest>) => respondDocument(requestOf(its), what),
  ]) {
    const get = await ask({})
    const head = await ask({ head: true })
    assert.deepEqual([...head.headers], [...get.headers])
    assert.equal(await head.text(), '')
    const etag = get.headers.get('etag') ?? ''
    assert.match(etag, /^"[\w-]+"$/)
    const again = await ask({ ifNoneMatch: etag })
    assert.equal(again.status, 304)
    assert.equal(again.headers.get('content-length'), null)
    assert.equal(again.headers.get('content-type'), null)
  }
})

test('links, times, face and encoding are in the ETag', async () => {
  const record = makeTestRecord()
  const other = { ...record, head: { ...record.head, title: 'other' } }
  const gzip = requestOf({ acceptEncoding: 'gzip' })
  const tags = await Promise.all([
    respondJson(requestOf(), makeServed(record), FIXED),
    respondJson(gzip, makeServed(record), FIXED),
    respondJson(requestOf(), makeServed(record), { ...FIXED, base: 'https://q.example' }),
    respondJson(requestOf(), makeServed(other), FIXED),
    respondDocument(requestOf(), makeServed(record)),
    respondDocument(gzip, makeServed(record)),
  ])
  assert.equal(new Set(tags.map(({ headers }) => headers.get('etag'))).size, tags.length)
})

test('what was made of a request’s own Host is kept nowhere', async () => {
  const what = makeServed(makeTestRecord())
  await respondJson(requestOf(), what, FIXED)
  const kept = what.faces.kept.length
  const evil = { base: 'http://evil.example', fixed: false }
  const response = await respondJson(requestOf(), what, evil)
  assert.match(await response.text(), /"url":"http:\/\/evil\.example/)
  assert.equal(response.headers.get('x-accel-expires'), '0')
  assert.equal(what.faces.kept.length, kept)
  const next = await respondJson(requestOf(), what, { base: 'http://good.example', fixed: false })
  assert.doesNotMatch(await next.text(), /evil/)
})

test('a haste document is the whole paste as UTF-8, invalid bytes replaced', async () => {
  const cases: [bytes: Buffer | string, data: string][] = [
    [TEXT, TEXT],
    [Buffer.from([0x61, 0xff, 0x62, 0]), 'a\u{fffd}b\0'],
    ['x'.repeat(2_000_000), 'x'.repeat(2_000_000)],
  ]
  for (const [bytes, data] of cases) {
    const record = makeTestRecord(bytes)
    const response = await respondDocument(requestOf(), makeServed(record))
    assert.equal(response.headers.get('content-type'), 'application/json')
    assert.equal(response.headers.get('content-disposition'), null)
    assert.deepEqual(await response.json(), { data, key: record.head.id })
  }
})

test('a document whose body stayed in the bucket is read as a whole', async () => {
  const text = `${TEXT}${randomBytes(1_500_000).toString('base64')}`
  for (const bytes of [Buffer.from(text), randomBytes(1_200_000)]) {
    const record = makeTestRecord(bytes)
    const what = leftInBucket(record)
    const request = requestOf({ acceptEncoding: 'gzip', range: 'bytes=0-1' })
    const response = await respondDocument(request, what)
    assert.equal(response.status, 200)
    const { data } = (await response.json()) as { data: string }
    assert.ok(data === bytes.toString('utf8'))
    assert.equal(what.faces.kept.length, 0)
  }
})

test('neither HEAD nor a known ETag opens a body that stayed in the bucket', async () => {
  const record = makeTestRecord(randomBytes(1_200_000))
  const opened: number[] = []
  const what = leftInBucket(record, opened)
  const head = await respondDocument(requestOf({ head: true }), what)
  assert.equal(head.status, 200)
  assert.equal(head.headers.get('content-length'), null)
  const etag = head.headers.get('etag') ?? ''
  assert.equal((await respondDocument(requestOf({ ifNoneMatch: etag }), what)).status, 304)
  assert.deepEqual(opened, [])
  const other = await respondDocument(requestOf({ ifNoneMatch: '"other"' }), what)
  assert.equal(other.headers.get('etag'), etag)
  assert.notEqual(await other.text(), '')
})

test('a document that is damaged in the bucket errs before anything is sent', async () => {
  const record = makeTestRecord(randomBytes(1_200_000))
  const short = async () => Readable.from([record.body.subarray(1)])
  const what = makeServed({ ...record, body: null }, { openBody: short })
  await assert.rejects(respondDocument(requestOf(), what), RecordError)
})
