import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createKeyList } from '../shared/keys.ts'
import { testIds, testTokenKeys } from '../shared/testing/paste.ts'
import { createTokens } from './tokens.ts'

const tokens = createTokens(testTokenKeys)
const OTHER = 'other-token-key-0123456789abcdef0123'

test('an id has one token, the same each time, and another id another', () => {
  const [one, two] = [testIds.make(), testIds.make()]
  assert.equal(tokens.make(one), tokens.make(one))
  assert.notEqual(tokens.make(one), tokens.make(two))
  assert.match(tokens.make(one), /^[1-9A-HJ-NP-Za-km-z]{42,44}$/)
  assert.ok(tokens.verify(one, tokens.make(one)))
  assert.ok(!tokens.verify(two, tokens.make(one)))
})

test('no other text is a token, however near', () => {
  const id = testIds.make()
  const token = tokens.make(id)
  const near = [
    '',
    token.slice(1),
    token.slice(0, -1),
    `${token}1`,
    `1${token}`,
    token.toLowerCase(),
  ]
  for (const text of [...near, ` ${token}`, `${token}\n`]) assert.ok(!tokens.verify(id, text), text)
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      assert.equal(tokens.verify(id, text), text === token)
    }),
  )
})

test('the first key makes tokens, every listed one is believed, none else', () => {
  const id = testIds.make()
  const old = createTokens(createKeyList([OTHER]))
  const both = createTokens({
    ...testTokenKeys,
    verifying: [...testTokenKeys.verifying, ...createKeyList([OTHER]).verifying],
  })
  assert.equal(both.make(id), tokens.make(id))
  assert.ok(both.verify(id, old.make(id)))
  assert.ok(!tokens.verify(id, old.make(id)))
})

test('* in the list believes no token: it would let anybody delete', () => {
  const any = createTokens(createKeyList(['*', OTHER]))
  assert.ok(!any.verify(testIds.make(), tokens.make(testIds.make())))
  assert.ok(!any.verify(testIds.make(), 'anything'))
})
