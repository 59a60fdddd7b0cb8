import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { createKeyList, fingerprint, hmac } from './keys.ts'

const SECRETS = ['first-key-0123456789abcdef0123456789', 'second-key-0123456789abcdef012345678']

test('the first key signs, all verify', () => {
  const keys = createKeyList(SECRETS)
  assert.equal(keys.signing, keys.verifying[0])
  assert.equal(keys.verifying.length, 2)
  assert.equal(keys.acceptsAny, false)
})

test('* is no key, but says that any is accepted', () => {
  const keys = createKeyList(['*', ...SECRETS])
  assert.equal(keys.acceptsAny, true)
  assert.equal(keys.verifying.length, 2)
  assert.equal(fingerprint(keys.signing), fingerprint(createKeyList(SECRETS).signing))
})

test('a list without a key that signs is refused', () => {
  assert.throws(() => createKeyList([]))
  assert.throws(() => createKeyList(['*']))
})

test('an HMAC is that of the bytes of the secret', () => {
  const { signing } = createKeyList(SECRETS)
  const expected = createHmac('sha256', SECRETS[0] ?? '')
    .update('message')
    .digest()
  assert.deepEqual(hmac(signing, 'message'), expected)
})

test('a fingerprint tells keys apart and gives none of them away', () => {
  const prints = SECRETS.map((secret) => fingerprint(createKeyList([secret]).signing))
  assert.notEqual(prints[0], prints[1])
  for (const print of prints) assert.match(print, /^[0-9a-f]{16}$/)
})
