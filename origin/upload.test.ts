import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { Hono } from 'hono'
import { systemClock } from '../shared/clock.ts'
import { Problem } from '../shared/http/problems.ts'
import type { NewPaste } from './create.ts'
import type { UploadLimits } from './options.ts'
import { createUploadReader } from './upload.ts'
import { createWriteGuard } from './write-guard.ts'

const LIMITS: UploadLimits = {
  maxPasteBytes: 10_000,
  minTtlMs: 1000,
  defaultTtlMs: 604_800_000,
  maxTtlMs: 31_536_000_000,
}

const uploads = createUploadReader({
  limits: LIMITS,
  guard: createWriteGuard(null),
  clock: systemClock,
})

interface Upload {
  query?: string
  name?: string | null
  headers?: Record<string, string>
  body?: Uint8Array | string | ReadableStream | null
}

/** @returns the paste, or what was thrown */
async function upload({ query = '', name = null, headers = {}, body = 'text' }: Upload) {
  const app = new Hono()
  let result: NewPaste | Problem | null = null
  app.put('/', async (c) => {
    try {
      result = await uploads.raw(c, { name, url: 'http://p.example' })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      result = error
    }
    return c.body(null)
  })
  app.onError((error) => {
    throw error
  })
  const request = new Request(`http://p.example/?${query}`, {
    method: 'PUT',
    headers,
    body: body as Uint8Array<ArrayBuffer>,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  })
  await app.fetch(request)
  return result as NewPaste | Problem | null
}

async function accepted(what: Upload): Promise<NewPaste> {
  const result = await upload(what)
  if (result instanceof Problem) assert.fail(`${JSON.stringify(what)}: ${result.message}`)
  assert.ok(result !== null)
  return result
}

async function refused(what: Upload): Promise<number> {
  const result = await upload(what)
  assert.ok(result instanceof Problem, JSON.stringify(what).slice(0, 200))
  return result.status
}

test('bytes are kept as they are, whatever their type is said to be', async () => {
  const bodies = [
    Buffer.from('\u{feff}one\r\ntwo\r\n'),
    Buffer.from([0xff, 0xfe, 0, 0xc3, 0x28]),
    Buffer.from('a=1&text=2'),
    Buffer.from('{"text":"x"}'),
    randomBytes(LIMITS.maxPasteBytes),
  ]
  const types = [
    '',
    'application/x-www-form-urlencoded',
    'application/json',
    'text/plain; charset=utf-16',
  ]
  for (const body of bodies) {
    for (const type of types) {
      const paste = await accepted({ body, headers: type === '' ? {} : { 'content-type': type } })
      assert.ok(body.equals(paste.bytes), type)
    }
  }
})

test('bytes that come in pieces come together, even where a character is cut', async () => {
  const bytes = Buffer.from('wörld 🙂')
  const pieces = ReadableStream.from(Array.from(bytes, (byte) => Uint8Array.of(byte)))
  assert.ok(bytes.equals((await accepted({ body: pieces })).bytes))
})

test('without options a paste has the usual life, and no title', async () => {
  const { bytes: _, ...options } = await accepted({})
  assert.deepEqual(options, {
    ttlMs: LIMITS.defaultTtlMs,
    language: null,
    title: null,
    burn: false,
  })
})

test('a ttl goes by several names, the first of which wins', async () => {
  const cases: [query: string, headers: Record<string, string>, ttlMs: number][] = [
    ['ttl=90s', {}, 90_000],
    ['expires=10m', {}, 600_000],
    ['expire=1h', {}, 3_600_000],
    ['e=7d', {}, 604_800_000],
    ['', { 'x-ttl': '3600' }, 3_600_000],
    ['e=7d&expire=1h&ttl=90s', { 'x-ttl': '1' }, 90_000],
    ['ttl=1s', {}, LIMITS.minTtlMs],
    ['ttl=365d', {}, LIMITS.maxTtlMs],
  ]
  for (const [query, headers, ttlMs] of cases) {
    assert.equal((await accepted({ query, headers })).ttlMs, ttlMs, query)
  }
})

test('a ttl that is none, or out of bounds, is 400 and not the usual one', async () => {
  const long = '9'.repeat(400)
  for (const ttl of [
    '',
    '-1',
    '0',
    '1h30',
    '366d',
    '2y',
    long,
    '%F0%9F%99%82',
    '1.5h',
    'NaN',
    '%00',
  ]) {
    assert.equal(await refused({ query: `ttl=${ttl}` }), 400, ttl)
  }
  assert.equal(await refused({ headers: { 'x-ttl': 'never' } }), 400)
})

test('no ttl gets by outside of the bounds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 12 }), async (ttl) => {
      const result = await upload({ query: `ttl=${encodeURIComponent(ttl.toWellFormed())}` })
      if (result instanceof Problem) assert.equal(result.status, 400)
      else assert.ok(result !== null && result.ttlMs >= 1000 && result.ttlMs <= LIMITS.maxTtlMs)
    }),
  )
})

test('a language is named, or is the extension of the name', async () => {
  const cases: [query: string, name: string | null, language: string | null][] = [
    ['lang=c%2B%2B', null, 'c++'],
    ['lang=f%23', 'notes.md', 'f#'],
    ['', 'notes.MD', 'md'],
    ['', 'archive.tar.gz', 'gz'],
    ['lang=', 'notes.md', 'md'],
    ['', '.bashrc', null],
    ['', 'Makefile', null],
    ['', `x.${'y'.repeat(33)}`, null],
    ['', 'x.ö', null],
  ]
  for (const [query, name, language] of cases) {
    assert.equal((await accepted({ query, name })).language, language, `${query} ${name}`)
  }
  for (const lang of ['Python', 'a%20b', 'x'.repeat(33), '%00', 'ö']) {
    assert.equal(await refused({ query: `lang=${lang}` }), 400, lang)
  }
})

test('a title is asked for, or is the name; up to 200 characters', async () => {
  assert.equal((await accepted({ name: 'notes.md' })).title, 'notes.md')
  assert.equal((await accepted({ name: 'notes.md', query: 'title=Mine' })).title, 'Mine')
  assert.equal((await accepted({ query: `title=${'x'.repeat(200)}` })).title?.length, 200)
  assert.equal((await accepted({ query: 'title=%C3%BC%F0%9F%99%82' })).title, 'ü🙂')
  assert.equal((await accepted({ query: 'title=' })).title, null)
  assert.equal(await refused({ query: `title=${'x'.repeat(201)}` }), 400)
  assert.equal(await refused({ name: 'x'.repeat(201) }), 400)
  assert.equal(await refused({ query: 'title=a%00b' }), 400, 'Postgres stores no NUL')
})

test('burn is a word for yes or no, and nothing else', async () => {
  for (const word of ['', '1', 'true', 'YES', 'on']) {
    assert.equal((await accepted({ query: `burn=${word}` })).burn, true, word)
  }
  assert.equal((await accepted({ query: 'burn' })).burn, true)
  for (const word of ['0', 'false', 'No', 'off']) {
    assert.equal((await accepted({ query: `burn=${word}` })).burn, false, word)
  }
  for (const word of ['2', 'maybe', 'tru', '%20']) {
    assert.equal(await refused({ query: `burn=${word}` }), 400, word)
  }
})

test('gzip is unpacked, whatever it is called', async () => {
  const body = gzipSync('packed')
  for (const encoding of ['gzip', 'x-gzip', ' GZIP ']) {
    const paste = await accepted({ body, headers: { 'content-encoding': encoding } })
    assert.equal(Buffer.from(paste.bytes).toString(), 'packed')
  }
  const plain = await accepted({ body, headers: { 'content-encoding': 'identity' } })
  assert.ok(body.equals(plain.bytes))
})

test('gzip that is damaged, cut or none is 400', async () => {
  const packed = gzipSync(randomBytes(500))
  const flipped = Buffer.from(packed)
  flipped[100] = (packed[100] ?? 0) ^ 1
  const bodies = [packed.subarray(0, -1), packed.subarray(0, 5), flipped, Buffer.from('text')]
  for (const body of [...bodies, deflateSync('text')]) {
    assert.equal(await refused({ body, headers: { 'content-encoding': 'gzip' } }), 400)
  }
})

test('the limit is on what comes out of gzip, to the byte', async () => {
  const headers = { 'content-encoding': 'gzip' }
  const exactly = gzipSync(Buffer.alloc(LIMITS.maxPasteBytes))
  assert.equal((await accepted({ body: exactly, headers })).bytes.length, LIMITS.maxPasteBytes)
  const more = gzipSync(Buffer.alloc(LIMITS.maxPasteBytes + 1))
  assert.equal(await refused({ body: more, headers }), 413)
  const bomb = gzipSync(Buffer.alloc(5_000_000))
  assert.ok(bomb.length < LIMITS.maxPasteBytes)
  assert.equal(await refused({ body: bomb, headers }), 413)
})

test('any other encoding is 415', async () => {
  for (const encoding of ['br', 'deflate', 'zstd', 'gzip, gzip', 'x']) {
    assert.equal(await refused({ headers: { 'content-encoding': encoding } }), 415, encoding)
  }
})

test('too large is 413, whether its size is said or not', async () => {
  const large = new Uint8Array(LIMITS.maxPasteBytes + 1)
  assert.equal(await refused({ body: large }), 413)
  assert.equal(await refused({ body: new Blob([large]).stream() }), 413)
  assert.equal(await refused({ body: 'x', headers: { 'content-length': '10001' } }), 413)
})

test('reading stops at the limit', async () => {
  let pulled = 0
  const endless = new ReadableStream({
    pull(controller) {
      pulled += 1
      assert.ok(pulled < 100, 'it reads on')
      controller.enqueue(new Uint8Array(1000))
    },
  })
  assert.equal(await refused({ body: endless }), 413)
})

test('an empty paste is 422, packed or not', async () => {
  assert.equal(await refused({ body: null }), 422)
  assert.equal(await refused({ body: '' }), 422)
  const headers = { 'content-encoding': 'gzip' }
  assert.equal(await refused({ body: gzipSync(''), headers }), 422)
  assert.equal(await refused({ body: null, headers }), 422)
})

test('a body that breaks off is 400', async () => {
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(Buffer.from('half'))
      controller.error(new Error('socket hang up'))
    },
  })
  assert.equal(await refused({ body }), 400)
})

test('a wrong option is refused before the body is read', async () => {
  const body = new ReadableStream(
    { pull: () => assert.fail('the body was read') },
    { highWaterMark: 0 },
  )
  assert.equal(await refused({ query: 'ttl=x', body }), 400)
  assert.equal(await refused({ headers: { 'content-encoding': 'br' }, body: 'x' }), 415)
})
