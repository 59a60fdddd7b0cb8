import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CORS_HEADERS, pageSecurityHeaders, RAW_SECURITY_HEADERS, READ_HEADERS } from './headers.ts'

const page = pageSecurityHeaders({ styles: ['aaaa=', 'bbbb='], scripts: ['cccc='] })

test('bytes run nothing, frame nothing and are in a sandbox', () => {
  assert.equal(
    RAW_SECURITY_HEADERS['content-security-policy'],
    "default-src 'none'; frame-ancestors 'none'; sandbox",
  )
})

test('a page allows the styles and scripts it was made with by their hashes', () => {
  assert.match(page['content-security-policy'], /script-src 'sha256-cccc=';/)
  assert.match(page['content-security-policy'], /style-src 'sha256-aaaa=' 'sha256-bbbb=';/)
})

test('bytes and pages carry the same security headers', () => {
  for (const headers of [RAW_SECURITY_HEADERS, page]) {
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
  }
})

test('each set is frozen, in lower case, and a header that node accepts', () => {
  for (const headers of [RAW_SECURITY_HEADERS, page, READ_HEADERS, CORS_HEADERS]) {
    assert.ok(Object.isFrozen(headers))
    for (const [name, value] of Object.entries(headers)) {
      assert.equal(name, name.toLowerCase())
      assert.match(value, /^[\x20-\x7e]+$/)
    }
  }
})
