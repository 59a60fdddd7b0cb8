import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BASE58, base58, lastDigits } from './base58.ts'

test('it encodes as others do', () => {
  assert.equal(base58(Buffer.from('Hello World!')), '2NEpo7TZRRrLZSi2U')
  assert.equal(base58(Buffer.from([0, 0, 1])), '112')
  assert.equal(base58(Buffer.alloc(0)), '')
})

test('no digit is mistaken for another', () => {
  assert.equal(new Set(BASE58).size, 58)
  assert.doesNotMatch(BASE58, /[0OIl]/)
})

test('the last digits are those of the number, filled up in front', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 60 }),
      (bytes, count) => {
        const digits = lastDigits(bytes, count)
        assert.equal(digits.length, count)
        let value = 0n
        for (const digit of digits) value = value * 58n + BigInt(BASE58.indexOf(digit))
        const whole = BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
        assert.equal(value, whole % 58n ** BigInt(count))
      },
    ),
  )
})
