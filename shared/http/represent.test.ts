import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { RecordError } from '../record.ts'
import { makeTestRecord } from '../testing/paste.ts'
import { contentHeaders, etagOf, represent, representPage } from './represent.ts'

const TEXT = 'again and again\n'.repeat(500)
const record = makeTestRecord(TEXT, { title: 'notes.md' })

test('the stored coding goes out as it is, without a copy', () => {
  const face = represent(record, 'raw', 'gzip')
  assert.ok(!(face instanceof Promise))
  assert.equal(face.body, record.body)
})

test('a small body is unpacked at once, a large one without holding up the others', async () => {
  const small = represent(record, 'raw', 'identity')
  assert.ok(!(small instanceof Promise))
  assert.equal(small.body.toString(), TEXT)
  const text = randomBytes(200_000).toString('hex')
  const large = represent(makeTestRecord(text), 'text', 'identity')
  assert.ok(large instanceof Promise)
  assert.equal((await large).body.toString(), text)
})

test('a stored gzip that cannot be unpacked is damage', async () => {
  const small = { ...record, body: Buffer.from('no gzip') }
  assert.throws(() => represent(small, 'raw', 'identity'), RecordError)
  const large = { ...record, body: Buffer.alloc(100_000, 'x') }
  await assert.rejects(async () => represent(large, 'raw', 'identity'), RecordError)
  await assert.rejects(representPage(small, 'identity'), RecordError)
})

test('a page shows text, and says of the rest what it is', async () => {
  const page = await representPage(record, 'identity')
  assert.ok(page.body.toString().includes('again and again\n'))
  const packed = await representPage(record, 'gzip')
  assert.deepEqual(gunzipSync(packed.body), page.body)
  const binary = await representPage(makeTestRecord(Buffer.from([0, 1, 2])), 'identity')
  assert.match(binary.body.toString(), /not text/)
  const large = await representPage({ ...record, body: null }, 'identity')
  assert.doesNotMatch(large.body.toString(), /again and again/)
})

test('markup in a paste is text on its page', async () => {
  const evil = makeTestRecord('<script>alert(1)</script>', { title: '"><script>' })
  const page = (await representPage(evil, 'identity')).body.toString()
  assert.doesNotMatch(page, /<script>alert|"><script>/)
  assert.match(page, /&lt;script>alert/)
})

test('each form and coding of each content has a strong ETag of its own', () => {
  const other = makeTestRecord(`${TEXT}!`)
  const tags = [record, other].flatMap(({ head }) =>
    (['raw', 'text', 'html', 'download'] as const).flatMap((form) => [
      etagOf(head, form, 'identity'),
      etagOf(head, form, 'gzip'),
    ]),
  )
  assert.equal(new Set(tags).size, 16)
  for (const tag of tags) assert.match(tag, /^"[\w-]+"$/)
  assert.equal(
    etagOf(record.head, 'raw', 'gzip'),
    etagOf({ ...record.head, id: 'x' }, 'raw', 'gzip'),
  )
})

function headersOf(
  bytes: Buffer | string,
  title: string | null,
  form: 'raw' | 'download' | 'html',
) {
  const { head } = makeTestRecord(bytes, { title })
  return contentHeaders(head, { form, coding: 'identity', etag: '"x"' }, 5)
}

test('nothing that a user sent has a type that a browser runs', () => {
  for (const bytes of [
    '<html><script>',
    '%PDF-1.4',
    '<svg/>',
    Buffer.from('\0'),
    Buffer.from([255]),
  ]) {
    const headers = headersOf(bytes, 'x.html', 'raw')
    const text = typeof bytes === 'string'
    const type = text ? 'text/plain; charset=utf-8' : 'application/octet-stream'
    assert.equal(headers['content-type'], type)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.match(headers['content-security-policy'] ?? '', /sandbox/)
  }
})

test('what is no text, and what is to be kept, is an attachment with a plain name', () => {
  const names: [title: string | null, name: RegExp][] = [
    ['notes.md', /^attachment; filename="notes\.md"$/],
    [null, /^attachment; filename="[\w]{12}\.txt"$/],
    ['a"; x="b', /^attachment; filename="[\w]{12}\.txt"$/],
    ['../../etc/passwd', /^attachment; filename="[\w]{12}\.txt"$/],
    ['.bashrc', /^attachment; filename="[\w]{12}\.txt"$/],
    ['a\r\nx: y', /^attachment; filename="[\w]{12}\.txt"$/],
  ]
  for (const [title, name] of names) {
    assert.match(headersOf('text', title, 'download')['content-disposition'] ?? '', name)
  }
  assert.match(headersOf(Buffer.from([0]), null, 'raw')['content-disposition'] ?? '', /\.bin"$/)
  assert.equal(headersOf('text', null, 'raw')['content-disposition'], undefined)
  assert.equal(headersOf(Buffer.from([0]), null, 'html')['content-disposition'], undefined)
})
