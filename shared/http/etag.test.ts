import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { matchesIfNoneMatch } from './etag.ts'

const MATCHING = [
  '"a"',
  ' "a"\t',
  'W/"a"',
  '*',
  ' * ',
  '"b", "a"',
  '"b","a","c"',
  'W/"b" , W/"a"',
  ',,"b",, "a"',
  '"x,y", "a"',
  'garbage, "a"',
  'b, c, "a", d',
]

const OTHER = [
  undefined,
  '',
  'a',
  '"b"',
  '"A"',
  '"a',
  'a"',
  '"a,',
  'w/"a"',
  'W/ "a"',
  '"*"',
  '"aa"',
  '""',
  '"b" "a"',
  '"x, "a", y"',
  '",a,"',
  'W/',
]

/** What a header can hold: Node reads it as Latin-1. */
const latin1 = fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code))

test('an If-None-Match that names the ETag matches, weakly and in lists', () => {
  for (const header of MATCHING) assert.equal(matchesIfNoneMatch(header, '"a"'), true, header)
  assert.equal(matchesIfNoneMatch('"b", "a"', 'W/"a"'), true)
  assert.equal(matchesIfNoneMatch('"x,y"', '"x,y"'), true)
})

test('an If-None-Match that does not name it does not match, garbage included', () => {
  for (const header of OTHER) assert.equal(matchesIfNoneMatch(header, '"a"'), false, String(header))
})

const opaque = fc.string({ unit: fc.constantFrom('a', 'b', ',', ' ', '/', 'W'), maxLength: 4 })
const tag = fc.record({ value: opaque, weak: fc.boolean() })

test('a generated list matches exactly when the tag is in it', () => {
  const separator = fc.constantFrom(',', ', ', ' ,\t', ',,')
  fc.assert(
    fc.property(fc.array(tag), separator, tag, (tags, comma, wanted) => {
      const write = (t: { value: string; weak: boolean }) => `${t.weak ? 'W/' : ''}"${t.value}"`
      const expected = tags.some(({ value }) => value === wanted.value)
      const header = tags.map(write).join(comma)
      assert.equal(matchesIfNoneMatch(header, write(wanted)), expected, header)
    }),
    { numRuns: 500 },
  )
})

test('it never throws, and garbage without the tag never matches', () => {
  const pieces = fc.constantFrom('"', 'W/', ',', ' ', 'b', '\\', '"b"')
  const garbage = fc.oneof(
    fc.string({ unit: latin1, maxLength: 100 }).filter((text) => !text.includes('*')),
    fc.array(pieces).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(garbage, (header) => {
      assert.equal(matchesIfNoneMatch(header, '"the-tag"'), false)
    }),
  )
})
