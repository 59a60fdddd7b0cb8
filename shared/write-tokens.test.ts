import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseWriteTokens } from './write-tokens.ts'

test('tokens are what a Bearer header can carry, 16 characters or more', () => {
  const one = 'abc-._~+/=0123456789'
  assert.deepEqual(parseWriteTokens(`${one}, ${one}x`), [one, `${one}x`])
  for (const text of ['short', `${one},`, `${one},short`, `${one} x`, 'ä'.repeat(16), ',']) {
    assert.throws(() => parseWriteTokens(text), /^EnvError: has no token as entry \d of \d$/)
  }
})
