import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { BASE58 } from './base58.ts'
import { createIds } from './id.ts'
import { createKeyList } from './keys.ts'

const FIRST = 'first-key-0123456789abcdef0123456789'
const SECOND = 'second-key-0123456789abcdef012345678'
const ID_PATTERN = /^[1-9A-HJ-NP-Za-km-z]{12}$/
const ids = createIds(createKeyList([FIRST]))

test('an id is 12 base58 characters, and is known again', () => {
  for (let count = 0; count < 1000; count += 1) {
    const id = ids.make()
    assert.match(id, ID_PATTERN)
    assert.ok(ids.verify(id))
  }
})

test('ids keep their length when the random bytes are few or none', () => {
  for (const fill of [0, 1, 255]) {
    const made = createIds(createKeyList([FIRST]), (count) => Buffer.alloc(count, fill)).make()
    assert.match(made, ID_PATTERN)
    assert.ok(ids.verify(made))
  }
})

test('each of the ten random digits is any of the 58, about as often', () => {
  const seen = new Map<string, number>()
  const rounds = 5800
  for (let count = 0; count < rounds; count += 1) {
    const id = ids.make()
    for (const place of [0, 5, 9]) {
      const key = `${place}${id[place]}`
      seen.set(key, (seen.get(key) ?? 0) + 1)
    }
  }
  for (const place of [0, 5, 9]) {
    for (const digit of BASE58) {
      const times = seen.get(`${place}${digit}`) ?? 0
      // Six standard deviations from the 100 that are expected.
      assert.ok(times > 40 && times < 160, `${digit} at ${place}: ${times}`)
    }
  }
})

test('of made-up ids about one in 3,364 has a right MAC', () => {
  let right = 0
  const rounds = 20_000
  for (let count = 0; count < rounds; count += 1) {
    const digits = Array.from(randomBytes(12), (byte) => BASE58[byte % 58]).join('')
    if (ids.verify(digits)) right += 1
  }
  assert.ok(right < 30, `${right} of ${rounds}`)
})

test('a change of any one character is found, but for one in 3,364', () => {
  let passed = 0
  fc.assert(
    fc.property(fc.nat(11), fc.constantFrom(...BASE58.split('')), (place, digit) => {
      const id = ids.make()
      const changed = id.slice(0, place) + digit + id.slice(place + 1)
      if (changed !== id && ids.verify(changed)) passed += 1
    }),
    { numRuns: 2000 },
  )
  assert.ok(passed <= 8, `${passed} of 2000`)
})

test('what is no id at all is false, and never throws', () => {
  const id = ids.make()
  for (const text of [
    '',
    id.slice(1),
    `${id}x`,
    `${id}\n`,
    ` ${id}`,
    '0OIl'.repeat(3),
    'ⅷ'.repeat(12),
  ]) {
    assert.equal(ids.verify(text), false, JSON.stringify(text))
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      if (!ID_PATTERN.test(text)) assert.equal(ids.verify(text), false)
    }),
  )
})

test('the first key signs, every listed one verifies, none else does', () => {
  const both = createIds(createKeyList([SECOND, FIRST]))
  const second = createIds(createKeyList([SECOND]))
  const old = ids.make()
  assert.ok(both.verify(old))
  const fresh = both.make()
  assert.ok(second.verify(fresh))
  const unknown = Array.from({ length: 20 }, () => ids.make()).filter((id) => second.verify(id))
  assert.ok(unknown.length <= 2)
})

test('with * any id of the right shape is taken, for a key that was lost', () => {
  const any = createIds(createKeyList([SECOND, '*']))
  assert.ok(any.verify(ids.make()))
  assert.equal(any.verify('short'), false)
  assert.ok(createIds(createKeyList([SECOND])).verify(any.make()))
})
