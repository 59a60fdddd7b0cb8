import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { copyOut } from './copy-out.ts'

test('a copy is as large as what is in it, however large the view’s buffer was', () => {
  const view = gunzipSync(gzipSync('text\n'))
  assert.ok(view.buffer.byteLength > view.length)
  const copy = copyOut(view)
  assert.equal(copy.toString(), 'text\n')
  assert.equal(copy.buffer.byteLength, copy.length)
})
