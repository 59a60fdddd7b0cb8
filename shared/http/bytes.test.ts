import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatBytes, formatExactBytes } from './bytes.ts'

const KIB = 1024
const MIB = 1024 * KIB

const CASES: [bytes: number, text: string][] = [
  [0, '0 bytes'],
  [1, '1 byte'],
  [2, '2 bytes'],
  [1023, '1,023 bytes'],
  [KIB, '1 KiB'],
  [1536, '1.5 KiB'],
  [1023 * KIB, '1023 KiB'],
  [MIB - 1, '1 MiB'],
  [MIB, '1 MiB'],
  [10 * MIB, '10 MiB'],
  [12.4 * MIB, '12.4 MiB'],
  [5 * 1024 * MIB, '5 GiB'],
  [Number.MAX_SAFE_INTEGER, '8 PiB'],
]

test('a size is written for people, with one decimal at most', () => {
  for (const [bytes, text] of CASES) assert.equal(formatBytes(bytes), text)
})

test('an exact size keeps every digit', () => {
  assert.equal(formatExactBytes(1), '1 byte')
  assert.equal(formatExactBytes(10 * MIB + 1), '10,485,761 bytes')
})

test('what is written is within a twentieth of a unit, and never says 1024 of one', () => {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  fc.assert(
    fc.property(fc.maxSafeNat(), (bytes) => {
      const [amount = '', unit = ''] = formatBytes(bytes).split(' ')
      const power = 1024 ** units.indexOf(unit === 'byte' ? 'bytes' : unit)
      const value = Number(amount.replace(',', ''))
      assert.ok(value < 1024, `${amount} ${unit}`)
      assert.ok(Math.abs(value - bytes / power) <= 0.0501, `${bytes} is not ${amount} ${unit}`)
    }),
  )
})
