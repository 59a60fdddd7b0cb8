import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatDuration, parseDuration } from './duration.ts'

test('it reads what people write', () => {
  const cases: [text: string, ms: number][] = [
    ['90s', 90_000],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
    ['1y', 31_536_000_000],
    ['3600', 3_600_000],
    ['0', 0],
    [' 5 M ', 300_000],
    ['007d', 604_800_000],
  ]
  for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text)
})

test('it refuses everything else', () => {
  const wrong = ['', ' ', '-5', '+5', '1.5h', '1e3', '1h30', '1h 30m', 'h', '5x', '１h', '∞', '٣h']
  const huge = ['999999999999y', '1234567890123', '9'.repeat(400), 'Infinity', 'NaN', '0x10', '5\0']
  for (const text of [...wrong, ...huge]) assert.equal(parseDuration(text), null, text)
})

test('what it reads is a whole number of milliseconds, or null, whatever it is given', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^\s?\d{1,14}\s?[smhdwySMHDWYx]?\s?$/),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const ms = parseDuration(text)
      assert.ok(ms === null || (Number.isSafeInteger(ms) && ms >= 0))
    }),
  )
})

test('what it writes is short, and read back as the same', () => {
  assert.equal(formatDuration(604_800_000), '7d')
  assert.equal(formatDuration(31_536_000_000), '1y')
  assert.equal(formatDuration(3_600_000), '1h')
  assert.equal(formatDuration(90_000), '90s')
  assert.equal(formatDuration(1000), '1s')
  assert.equal(formatDuration(0), '0s')
  fc.assert(
    fc.property(fc.nat(1_000_000_000), (seconds) => {
      assert.equal(parseDuration(formatDuration(seconds * 1000)), seconds * 1000)
    }),
  )
})
