import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ByteRange, ifRangeMatches, parseRange } from './range.ts'

const part = (start: number, end: number): ByteRange => ({ kind: 'part', start, end })
const WHOLE: ByteRange = { kind: 'whole' }
const UNSATISFIABLE: ByteRange = { kind: 'unsatisfiable' }

const CASES: [header: string | undefined, size: number, range: ByteRange][] = [
  [undefined, 10, WHOLE],
  ['bytes=0-0', 10, part(0, 0)],
  ['bytes=0-9', 10, part(0, 9)],
  ['bytes=2-5', 10, part(2, 5)],
  ['bytes=4-', 10, part(4, 9)],
  ['bytes=4-99', 10, part(4, 9)],
  ['bytes=4-18446744073709551615', 10, part(4, 9)],
  ['bytes=9-', 10, part(9, 9)],
  ['bytes=007-008', 10, part(7, 8)],
  ['Bytes=1-2', 10, part(1, 2)],
  ['bytes= 1-2 ', 10, part(1, 2)],
  ['bytes=,1-2,', 10, part(1, 2)],
  ['bytes=-3', 10, part(7, 9)],
  ['bytes=-10', 10, part(0, 9)],
  ['bytes=-11', 10, part(0, 9)],
  ['bytes=10-', 10, UNSATISFIABLE],
  ['bytes=10-12', 10, UNSATISFIABLE],
  [`bytes=${'9'.repeat(400)}-`, 10, UNSATISFIABLE],
  ['bytes=-0', 10, UNSATISFIABLE],
  ['bytes=5-4', 10, WHOLE],
  ['bytes=20-15', 10, WHOLE],
  ['bytes=0-1,3-4', 10, WHOLE],
  ['bytes=-1,0-0', 10, WHOLE],
  ['bytes=-', 10, WHOLE],
  ['bytes=', 10, WHOLE],
  ['bytes', 10, WHOLE],
  ['bytes=a-b', 10, WHOLE],
  ['bytes=1 -2', 10, WHOLE],
  ['bytes=0x1-2', 10, WHOLE],
  ['bytes=+1-2', 10, WHOLE],
  ['bytes=1.0-2', 10, WHOLE],
  ['bytes=--1', 10, WHOLE],
  ['items=0-1', 10, WHOLE],
  ['bytes =0-1', 10, WHOLE],
  ['', 10, WHOLE],
  ['bytes=0-', 0, WHOLE],
  ['bytes=-5', 0, WHOLE],
  ['bytes=0-0', 1, part(0, 0)],
  ['bytes=-1', 1, part(0, 0)],
  ['bytes=1-', 1, UNSATISFIABLE],
]

/** What a header can hold: Node reads it as Latin-1. */
const latin1 = fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code))

test('one valid range is a part or is unsatisfiable, all else is the whole', () => {
  for (const [header, size, range] of CASES) {
    assert.deepEqual(parseRange(header, size), range, `${header} of ${size}`)
  }
})

/** The bytes that were asked for, found by looking at each one: slow, and so plain to be right. */
function offsetsOf(first: number | null, last: number | null, size: number): number[] {
  const offsets = Array.from({ length: size }, (_, offset) => offset)
  if (first === null) return offsets.filter((offset) => offset >= size - (last ?? 0))
  return offsets.filter((offset) => offset >= first && offset <= (last ?? size))
}

const position = fc.option(fc.nat({ max: 40 }))

test('a generated range names the bytes that a slow reference finds', () => {
  fc.assert(
    fc.property(position, position, fc.nat({ max: 30 }), (first, last, size) => {
      const range = parseRange(`bytes=${first ?? ''}-${last ?? ''}`, size)
      const absent = first === null && last === null
      const reversed = first !== null && last !== null && last < first
      if (size === 0 || absent || reversed) return assert.deepEqual(range, WHOLE)
      const offsets = offsetsOf(first, last, size)
      if (offsets.length === 0) return assert.deepEqual(range, UNSATISFIABLE)
      return assert.deepEqual(range, part(offsets[0] ?? -1, offsets.at(-1) ?? -1))
    }),
    { numRuns: 1000 },
  )
})

test('whatever is sent, a part lies within the bytes that there are', () => {
  const pieces = fc.constantFrom('bytes', '=', '-', ',', ' ', '0', '1', '9', '99999', '\t', 'x')
  const header = fc.oneof(
    fc.string({ unit: latin1, maxLength: 100 }),
    fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
    fc.array(pieces, { maxLength: 8 }).map((parts) => `bytes=${parts.join('')}`),
  )
  fc.assert(
    fc.property(header, fc.nat(), (text, size) => {
      const range = parseRange(text, size)
      if (range.kind !== 'part') return
      assert.ok(Number.isSafeInteger(range.start) && Number.isSafeInteger(range.end))
      assert.ok(range.start >= 0 && range.start <= range.end && range.end < size)
    }),
    { numRuns: 1000 },
  )
})

test('a Range counts when If-Range is absent or is this very strong ETag', () => {
  assert.equal(ifRangeMatches(undefined, '"a"'), true)
  assert.equal(ifRangeMatches('"a"', '"a"'), true)
  assert.equal(ifRangeMatches(' "a" ', '"a"'), true)
})

test('another ETag, a weak one and a date give the whole', () => {
  const headers = ['"b"', 'W/"a"', 'a', '', '*', '"a", "b"', 'Wed, 21 Oct 2015 07:28:00 GMT']
  for (const header of headers) assert.equal(ifRangeMatches(header, '"a"'), false, header)
  assert.equal(ifRangeMatches('W/"a"', 'W/"a"'), false)
})
