import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseUpload } from './bucket-upload.ts'

const TYPE = 'multipart/related; boundary=b0'

function upload(json: string, bytes: Uint8Array, boundary = 'b0'): Buffer {
  return Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Type: application/json\r\n\r\n${json}\r\n`),
    Buffer.from(`--${boundary}\r\nContent-Type: application/octet-stream\r\n\r\n`),
    bytes,
    Buffer.from(`\r\n--${boundary}--`),
  ])
}

test('any bytes come through, also those that look like an upload', () => {
  const pieces = fc.constantFrom('\r\n', '--b0', '--', '\r\n--b0', '\r\n\r\n', '\u0000', 'é')
  const nasty = fc.array(pieces).map((parts) => Buffer.from(parts.join('')))
  fc.assert(
    fc.property(fc.oneof(nasty, fc.uint8Array()), fc.json(), (bytes, json) => {
      const body = upload(JSON.stringify({ json }), bytes)
      const parsed = parseUpload(TYPE, body)
      assert.deepEqual(parsed?.facts, { json })
      assert.ok(parsed.bytes.equals(bytes))
    }),
  )
})

test('the boundary may be quoted and what follows the end is passed over', () => {
  const body = Buffer.concat([upload('{}', Buffer.from('x')), Buffer.from('\r\n')])
  const parsed = parseUpload('Multipart/Related; charset=utf-8; boundary="b0"', body)
  assert.equal(String(parsed?.bytes), 'x')
})

test('what is no upload is refused', () => {
  const body = upload('{}', Buffer.from('x'))
  assert.equal(parseUpload('multipart/form-data; boundary=b0', body), null)
  assert.equal(parseUpload('multipart/related', body), null)
  assert.equal(parseUpload('multipart/related; boundary=b1', body), null)
  assert.equal(parseUpload(TYPE, body.subarray(0, -2)), null)
  assert.equal(parseUpload(TYPE, upload('[]', Buffer.from('x'))), null)
  assert.equal(parseUpload(TYPE, upload('{', Buffer.from('x'))), null)
  assert.equal(parseUpload(TYPE, Buffer.from('--b0\r\n\r\n{}\r\n--b0--')), null)
})

test('nothing makes it throw', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.uint8Array(),
      (type, bytes) =>
        void [
          parseUpload(type, Buffer.from(bytes)),
          parseUpload(TYPE, Buffer.concat([Buffer.from('--b0'), bytes, Buffer.from('\r\n--b0--')])),
        ],
    ),
  )
})
