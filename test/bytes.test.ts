import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { decodeRecord } from '../shared/record.ts'
import { ask, bytesOf, headersOf, makePaste } from './support/client.ts'
import { startTestSystem } from './support/system.ts'

/** What was written comes back, byte for byte, whichever tier answers and however it is asked. */

const MIB = 1024 * 1024
const system = await startTestSystem()
after(system.close)
const { edge, otherEdge } = system.apps

/** What the next second changes. */
const TICKING = ['date', 'x-accel-expires']
const LINE = 'the quick brown fox jumps over the lazy dog\n'
const BODIES: [name: string, bytes: Buffer][] = [
  ['text', Buffer.from('hello, wörld 🙂\n')],
  ['CRLF with a BOM', Buffer.from(`\u{feff}${'one\r\ntwo\r\n\r\n'.repeat(50)}`)],
  ['invalid UTF-8', Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x0a])],
  ['NUL bytes', Buffer.alloc(3000)],
  ['one byte', Buffer.from([0x0d])],
  ['1 MiB that compresses', Buffer.alloc(MIB, LINE)],
  ['1 MiB that does not', randomBytes(MIB)],
  ['10 MiB that compress', Buffer.alloc(10 * MIB, LINE)],
  ['10 MiB that do not', randomBytes(10 * MIB)],
  ['text whose stored form is large', Buffer.from(randomBytes(1.5 * MIB).toString('base64'))],
]

const TIERS = {
  memory: 'ledge-edge; hit; detail=memory',
  redis: 'ledge-edge; fwd=miss; detail=redis',
  bucket: 'ledge-edge; fwd=miss; detail=bucket',
}

function decoded(response: Response, body: Buffer): Buffer {
  return response.headers.get('content-encoding') === 'gzip' ? gunzipSync(body) : body
}

/** A whole read. @returns which tier answered */
async function readWhole(app: typeof edge, path: string, coding: string, bytes: Buffer) {
  const response = await ask(app, path, { headers: { 'accept-encoding': coding } })
  assert.equal(response.status, 200, path)
  const body = await bytesOf(response)
  assert.equal(response.headers.get('content-length'), String(body.length))
  if (coding === 'identity') assert.equal(response.headers.get('content-encoding'), null)
  assert.ok(decoded(response, body).equals(bytes), `${path} ${coding}`)
  return response.headers.get('cache-status')
}

async function readRange(path: string, range: string, part: Buffer, bytes: Buffer, from: number) {
  const headers = { range, 'accept-encoding': 'gzip' }
  const response = await ask(edge, path, { headers })
  assert.equal(response.status, 206, `${path} ${range}`)
  const end = from + part.length - 1
  assert.equal(response.headers.get('content-range'), `bytes ${from}-${end}/${bytes.length}`)
  assert.equal(response.headers.get('content-length'), String(part.length))
  assert.equal(response.headers.get('content-encoding'), null)
  assert.ok((await bytesOf(response)).equals(part), `${path} ${range}`)
}

for (const [name, bytes] of BODIES) {
  test(`${name}: the same bytes from every tier, in either encoding`, async () => {
    const { id } = await makePaste(system, bytes)
    const stored = await system.bucket.get(id)
    assert.ok(stored?.kind === 'found')
    const record = decodeRecord(Buffer.concat(await stored.stream.toArray()), id)
    assert.ok(record.kind === 'paste')
    assert.equal(record.head.size, bytes.length)

    assert.equal(await readWhole(edge, `/raw/${id}`, 'identity', bytes), TIERS.redis)
    assert.equal(await readWhole(edge, `/raw/${id}`, 'gzip', bytes), TIERS.memory)
    system.cacheServer.state.values.delete(id)
    assert.equal(await readWhole(otherEdge, `/${id}`, 'gzip', bytes), TIERS.bucket)
    assert.equal(await readWhole(otherEdge, `/${id}`, 'identity', bytes), TIERS.memory)
    assert.ok(system.cacheServer.state.values.has(id), 'the walk filled the cache')
  })

  test(`${name}: ranges are of the bytes themselves`, async () => {
    const { id } = await makePaste(system, bytes)
    const size = bytes.length
    const middle = Math.floor(size / 2)
    for (const path of [`/${id}`, `/raw/${id}`]) {
      await readRange(path, 'bytes=0-0', bytes.subarray(0, 1), bytes, 0)
      await readRange(
        path,
        `bytes=${middle}-${middle + 99}`,
        bytes.subarray(middle, middle + 100),
        bytes,
        middle,
      )
      const tail = Math.min(7, size)
      await readRange(path, 'bytes=-7', bytes.subarray(size - tail), bytes, size - tail)
      await readRange(path, 'bytes=0-', bytes, bytes, 0)
    }
  })
}

test('HEAD says what GET says, and brings no body', async () => {
  for (const [name, bytes] of BODIES.filter(([, { length }]) => length < 5 * MIB)) {
    const { id } = await makePaste(system, bytes)
    for (const path of [`/${id}`, `/raw/${id}`, `/raw/${id}?download`, `/${id}?x`]) {
      for (const coding of ['gzip', 'identity']) {
        const headers = { 'accept-encoding': coding }
        const whole = await ask(otherEdge, path, { headers })
        await whole.body?.cancel()
        const again = await ask(otherEdge, path, { headers })
        await again.body?.cancel()
        const head = await ask(otherEdge, path, { method: 'HEAD', headers })
        assert.equal(head.status, 200)
        assert.deepEqual(
          headersOf(head, ...TICKING),
          headersOf(again, ...TICKING),
          `${name} ${path}`,
        )
        assert.equal((await bytesOf(head)).length, 0)
      }
    }
  }
})

test('HEAD ignores Range, of a small paste and of a large one', async () => {
  for (const bytes of [Buffer.alloc(3000, LINE), randomBytes(2 * MIB)]) {
    const { id } = await makePaste(system, bytes)
    const gzip = { 'accept-encoding': 'gzip' }
    await ask(edge, `/${id}`, { method: 'HEAD' })
    const plain = await ask(edge, `/${id}`, { method: 'HEAD', headers: gzip })
    const headers = { ...gzip, range: 'bytes=0-4' }
    const head = await ask(edge, `/${id}`, { method: 'HEAD', headers })
    assert.equal(head.status, 200)
    assert.deepEqual(headersOf(head, ...TICKING), headersOf(plain, ...TICKING))
  }
})

test('a 304 has neither length nor type, and comes before Range', async () => {
  for (const bytes of [Buffer.alloc(3000, LINE), Buffer.alloc(MIB, 'x'), randomBytes(2 * MIB)]) {
    const { id } = await makePaste(system, bytes)
    const whole = await ask(edge, `/${id}`)
    await whole.body?.cancel()
    const etag = whole.headers.get('etag') ?? ''
    assert.match(etag, /^"[^"]+"$/)
    for (const method of ['GET', 'HEAD']) {
      const headers = { 'if-none-match': `"other", W/${etag}`, range: 'bytes=0-4' }
      const response = await ask(edge, `/${id}`, { method, headers })
      assert.equal(response.status, 304)
      assert.equal(response.headers.get('etag'), etag)
      assert.ok(response.headers.has('x-expires'))
      for (const name of ['content-length', 'content-type', 'content-encoding', 'content-range']) {
        assert.equal(response.headers.get(name), null, name)
      }
    }
  }
})

test('each content, face and encoding has an ETag of its own', async () => {
  const tags = new Set<string | null>()
  for (const text of ['a'.repeat(2000), 'b'.repeat(2000)]) {
    const { id } = await makePaste(system, text)
    for (const path of [`/${id}`, `/raw/${id}`]) {
      for (const coding of ['gzip', 'identity']) {
        const response = await ask(edge, path, { headers: { 'accept-encoding': coding } })
        tags.add(response.headers.get('etag'))
      }
    }
  }
  assert.equal(tags.size, 8)
})

test('a range beyond the end is 416; several, or one that is nonsense, bring the whole', async () => {
  for (const bytes of [Buffer.from('0123456789'), randomBytes(2 * MIB)]) {
    const { id } = await makePaste(system, bytes)
    const size = bytes.length
    for (const range of [`bytes=${size}-`, `bytes=${size + 5}-${size + 9}`, 'bytes=-0']) {
      const response = await ask(edge, `/${id}`, { headers: { range } })
      assert.equal(response.status, 416, range)
      assert.equal(response.headers.get('content-range'), `bytes */${size}`)
    }
    for (const range of ['bytes=0-1,4-5', 'bytes=5-2', 'lines=0-1', 'bytes=a-b']) {
      const response = await ask(edge, `/${id}`, { headers: { range } })
      assert.equal(response.status, 200, range)
      assert.ok((await bytesOf(response)).equals(bytes), range)
    }
  }
})

test('If-Range: this ETag gives the part, another one the whole', async () => {
  for (const bytes of [Buffer.from('0123456789'), randomBytes(2 * MIB)]) {
    const { id } = await makePaste(system, bytes)
    const head = await ask(edge, `/${id}`, { method: 'HEAD', headers: { range: 'bytes=2-4' } })
    const etag = head.headers.get('etag') ?? ''
    const part = await ask(edge, `/${id}`, { headers: { range: 'bytes=2-4', 'if-range': etag } })
    assert.equal(part.status, 206)
    assert.ok((await bytesOf(part)).equals(bytes.subarray(2, 5)))
    for (const other of ['"other"', `W/${etag}`, new Date().toUTCString()]) {
      const headers = { range: 'bytes=2-4', 'if-range': other }
      const whole = await ask(edge, `/${id}`, { headers })
      assert.equal(whole.status, 200, other)
      assert.ok((await bytesOf(whole)).equals(bytes))
    }
  }
})

test('I2: gone comes before If-None-Match and before Range', async () => {
  const { id } = await makePaste(system, 'hello\n')
  const etag = (await ask(edge, `/${id}`)).headers.get('etag') ?? ''
  await system.removePaste(id, 'deleted')
  for (const app of [edge, otherEdge]) {
    const conditions = [{ 'if-none-match': etag }, { 'if-none-match': '*' }, { range: 'bytes=99-' }]
    for (const headers of [...conditions, { range: 'bytes=0-1', 'if-range': etag }]) {
      for (const method of ['GET', 'HEAD']) {
        assert.equal((await ask(app, `/${id}`, { method, headers })).status, 410)
      }
    }
  }
})

test('a large body that is damaged or cut in the bucket is never passed off as whole', async () => {
  for (const bytes of [Buffer.from(randomBytes(MIB).toString('base64')), randomBytes(2 * MIB)]) {
    const { id, expiresAt } = await makePaste(system, bytes)
    const stored = await system.bucket.get(id)
    assert.ok(stored?.kind === 'found')
    const object = Buffer.concat(await stored.stream.toArray())
    const flipped = Buffer.from(object)
    flipped[flipped.length - 9] = (flipped.at(-9) ?? 0) ^ 1
    for (const damaged of [object.subarray(0, -1), flipped]) {
      await system.bucket.delete(id)
      await system.bucket.put(id, damaged, { expiresAtMs: expiresAt, metadata: {} })
      for (const coding of ['gzip', 'identity']) {
        const response = await ask(edge, `/raw/${id}`, { headers: { 'accept-encoding': coding } })
        assert.equal(response.status, 200)
        await assert.rejects(bytesOf(response), coding)
      }
    }
  }
})
