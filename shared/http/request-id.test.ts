import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestId } from './request-id.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test("a caller's id is taken when it is one that logs can carry", () => {
  for (const id of ['12345678', 'a.b_c-d.E', '9'.repeat(64), 'b6f0c6a5e3d04b0f9d6c1d6b0c9f4f11']) {
    assert.equal(requestId(id), id)
  }
})

test('without an id, or with one that is not fit for a log, a UUID is made', () => {
  const refused = [
    undefined,
    '',
    '1234567',
    '9'.repeat(65),
    '12345678\n',
    'a'.repeat(8) + '\r\nx: y',
    '<script>x</script>',
    'with space',
    'ünïcödé-id',
  ]
  for (const id of refused) assert.match(requestId(id), UUID)
  assert.notEqual(requestId(undefined), requestId(undefined))
})
