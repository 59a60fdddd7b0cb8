import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import {
  decodeRecord,
  encodeHead,
  encodeRecord,
  encodeTombstone,
  type GoneReason,
  INLINE_BODY_BYTES,
  makeRecord,
  MAX_HEAD_BYTES,
  RecordError,
} from './record.ts'
import { makeTestRecord } from './testing/paste.ts'

const facts = fc.record({
  id: fc.stringMatching(/^[1-9A-HJ-NP-Za-km-z]{12}$/),
  createdAt: fc.nat(Number.MAX_SAFE_INTEGER),
  expiresAt: fc.nat(Number.MAX_SAFE_INTEGER),
  language: fc.option(fc.stringMatching(/^[a-z0-9+#.-]{1,32}$/)),
  title: fc.option(fc.string({ unit: 'binary', maxLength: 200 }).filter((t) => t.length <= 200)),
  burn: fc.boolean(),
})
const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 500 }),
  fc.string({ unit: 'binary', maxLength: 300 }).map((text) => Buffer.from(text.repeat(5))),
)

test('a record comes back as it was made, whatever is in it', () => {
  fc.assert(
    fc.property(facts, bodies, (its, bytes) => {
      const record = makeRecord(its, bytes)
      const back = decodeRecord(encodeRecord(record), its.id)
      assert.ok(back.kind === 'paste')
      assert.deepEqual(back.head, record.head)
      assert.deepEqual(back.head, { ...back.head, ...its, size: bytes.length })
      const body = Buffer.from(back.body ?? '')
      const plain = back.head.encoding === 'gzip' ? gunzipSync(body) : body
      assert.ok(plain.equals(bytes))
      assert.equal(back.head.sha256, createHash('sha256').update(bytes).digest('hex'))
    }),
  )
})

test('a body is compressed when that saves a tenth, and not otherwise', () => {
  const text = makeTestRecord('again and again '.repeat(100))
  assert.equal(text.head.encoding, 'gzip')
  assert.ok(text.head.storedSize <= text.head.size * 0.9)
  for (const bytes of [Buffer.from('x'), randomBytes(5000)]) {
    const record = makeTestRecord(bytes)
    assert.equal(record.head.encoding, 'identity')
    assert.deepEqual(record.body, bytes)
  }
})

test('text is UTF-8 without NUL', () => {
  const cases: [bytes: Buffer, text: boolean][] = [
    [Buffer.from('\u{feff}wörld 🙂\r\n'), true],
    [Buffer.from(''), true],
    [Buffer.from('a\0b'), false],
    [Buffer.from([0xc3, 0x28]), false],
    [Buffer.from([0xed, 0xa0, 0x80]), false],
  ]
  for (const [bytes, text] of cases) assert.equal(makeTestRecord(bytes).head.text, text)
})

test('a first line of the longest title and language fits', () => {
  const title = '\u{1}'.repeat(200)
  const { head } = makeTestRecord('x', { title, language: 'a'.repeat(32) })
  assert.ok(encodeHead(head).length <= MAX_HEAD_BYTES)
  assert.throws(() => encodeHead({ ...head, title: '\u{1}'.repeat(700) }), RecordError)
})

test('a tombstone is one line, and nothing but a known reason makes one', () => {
  for (const reason of ['deleted', 'removed', 'expired', 'burned'] as GoneReason[]) {
    const bytes = encodeTombstone(reason)
    assert.equal(bytes.toString(), `{"gone":"${reason}"}\n`)
    assert.deepEqual(decodeRecord(bytes, 'any'), { kind: 'gone', reason })
  }
  for (const line of ['{"gone":"lost"}\n', '{"gone":null}\n', '{"gone":"deleted"}', '{}\n', '\n']) {
    assert.throws(() => decodeRecord(Buffer.from(line), 'any'), RecordError, line)
  }
})

test('a large record may be without its body, a small one may not', () => {
  const large = makeTestRecord(randomBytes(INLINE_BODY_BYTES + 1))
  const back = decodeRecord(encodeHead(large.head), large.head.id)
  assert.ok(back.kind === 'paste')
  assert.equal(back.body, null)
  for (const bytes of [Buffer.from('hello'), randomBytes(INLINE_BODY_BYTES)]) {
    const { head } = makeTestRecord(bytes)
    assert.throws(() => decodeRecord(encodeHead(head), head.id), RecordError)
  }
})

test('a record of another paste is refused', () => {
  const record = makeTestRecord('hello')
  assert.throws(() => decodeRecord(encodeRecord(record), makeTestRecord().head.id), RecordError)
})

const RECORDS = [
  makeTestRecord('hello\n', { title: 'notes.md', language: 'md' }),
  makeTestRecord('again and again '.repeat(20)),
  makeTestRecord(randomBytes(200), { burn: true }),
]

test('a flip of any bit is refused', () => {
  for (const record of RECORDS) {
    const bytes = encodeRecord(record)
    for (let at = 0; at < bytes.length; at += 1) {
      for (const bit of [1, 16, 128]) {
        const damaged = Buffer.from(bytes)
        damaged[at] = (bytes[at] ?? 0) ^ bit
        assert.throws(() => decodeRecord(damaged, record.head.id), RecordError, `byte ${at}`)
      }
    }
  }
})

test('a record cut anywhere is refused', () => {
  for (const record of RECORDS) {
    const bytes = encodeRecord(record)
    for (let length = 0; length < bytes.length; length += 1) {
      assert.throws(() => decodeRecord(bytes.subarray(0, length), record.head.id), RecordError)
    }
  }
})

test('a byte put in or taken out anywhere is refused', () => {
  fc.assert(
    fc.property(fc.constantFrom(...RECORDS), fc.nat(), fc.nat(255), (record, place, byte) => {
      const bytes = encodeRecord(record)
      const at = place % bytes.length
      const before = bytes.subarray(0, at)
      const longer = Buffer.concat([before, Buffer.from([byte]), bytes.subarray(at)])
      const shorter = Buffer.concat([before, bytes.subarray(at + 1)])
      for (const damaged of [longer, shorter]) {
        assert.throws(() => decodeRecord(damaged, record.head.id), RecordError)
      }
    }),
    { numRuns: 500 },
  )
})

test('no bytes at all make it throw anything but a RecordError', () => {
  const lines = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((json) => Buffer.from(`${json}\n`)),
    fc.constantFrom('null\n', '[]\n', '1\n', '{"v":1}\n', '{"v":1,"crc":1}\n').map(Buffer.from),
  )
  fc.assert(
    fc.property(lines, (bytes) => {
      assert.throws(() => decodeRecord(bytes, 'any'), RecordError)
    }),
  )
})

test('a first line that is whole but wrong is refused', () => {
  const { head, body } = makeTestRecord('hello')
  const wrong: [string, unknown][] = [
    ['createdAt', -1],
    ['expiresAt', 1.5],
    ['expiresAt', '1'],
    ['size', head.size + 1],
    ['sha256', head.sha256.toUpperCase().replace(/^./, 'X')],
    ['encoding', 'br'],
    ['text', 1],
    ['burn', null],
    ['title', 5],
    ['language', {}],
  ]
  for (const [name, value] of wrong) {
    const bytes = encodeRecord({ head: { ...head, [name]: value }, body })
    assert.throws(() => decodeRecord(bytes, head.id), RecordError, name)
  }
})
