import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FACE_CASES } from './negotiate-cases.ts'
import { acceptsGzip, chooseFace } from './negotiate.ts'

/** What a header can hold: Node reads it as Latin-1. */
const latin1 = fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code))

test('every client gets the face that it can read', () => {
  for (const { client, accept, userAgent, face } of FACE_CASES) {
    assert.equal(chooseFace(accept ?? undefined, userAgent ?? undefined), face, client)
  }
})

test('asked again, from memory, the answers are the same', () => {
  for (const { client, accept, userAgent, face } of FACE_CASES.toReversed()) {
    assert.equal(chooseFace(accept ?? undefined, userAgent ?? undefined), face, client)
  }
})

test('a client may list any number of types in any case and spacing', () => {
  const types = ['*/*', 'text/html', 'text/plain', 'application/json', 'application/xhtml+xml']
  const others = ['application/json5', 'application/xml', 'application/problem+json', 'image/*']
  const item = fc.record({
    type: fc.constantFrom(...types, ...others),
    capitals: fc.boolean(),
    weight: fc.constantFrom('', ';q=0.9', '; q=0.1', ' ;charset=utf-8'),
  })
  fc.assert(
    fc.property(fc.array(item), fc.constantFrom(',', ', ', ' ,\t'), (items, separator) => {
      const header = items
        .map(({ type, capitals, weight }) => (capitals ? type.toUpperCase() : type) + weight)
        .join(separator)
      const named = new Set(items.map(({ type }) => type))
      const page = named.has('application/xhtml+xml') ? 'html' : 'text'
      const expected = named.has('application/json') ? 'json' : page
      assert.equal(chooseFace(header, 'curl/8.11.0'), expected, header)
    }),
  )
})

const GZIP_CASES: [header: string | undefined, accepted: boolean][] = [
  [undefined, false],
  ['', false],
  ['gzip, deflate, br, zstd', true],
  ['gzip', true],
  ['GZip', true],
  ['x-gzip', true],
  ['deflate,gzip;q=1.0', true],
  ['gzip;q=0.001', true],
  ['gzip ; Q=0.5', true],
  ['*', true],
  ['*;q=0.1', true],
  ['identity;q=0, *', true],
  ['identity;q=0.5, gzip;q=0.5', true],
  ['br;q=1, gzip;q=0.2, *;q=0', true],
  [',, gzip ,', true],
  ['gzip;q=0', false],
  ['gzip;q=0.000', false],
  ['gzip ; q = 0', false],
  ['gzip;q=0, *', false],
  ['*;q=0', false],
  ['identity', false],
  ['identity;q=0', false],
  ['identity;q=1, gzip;q=0.5', false],
  ['br, zstd', false],
  ['gzip2', false],
  ['gzip;q=yes', false],
  ['gzip;q=2', false],
  ['gzip;q=0.1234', false],
  ['gzip, gzip;q=0', false],
]

test('the stored gzip goes to those that accept it, identity to the rest', () => {
  for (const [header, accepted] of GZIP_CASES) {
    assert.equal(acceptsGzip(header), accepted, String(header))
  }
})

interface Coding {
  name: string
  /** Thousandths. */
  weight: number
}

/** What RFC 9110 says of a list, told from the list itself, so that no parser is trusted. */
function gzipIsBest(codings: readonly Coding[]): boolean {
  const lowest = (...names: string[]) => {
    const weights = codings.filter((c) => names.includes(c.name)).map((c) => c.weight)
    return weights.length === 0 ? null : Math.min(...weights)
  }
  const gzip = lowest('gzip', 'x-gzip') ?? lowest('*')
  if (gzip === null || gzip === 0) return false
  const identity = lowest('identity')
  return identity === null || identity <= gzip
}

const coding: fc.Arbitrary<Coding & { blank: string; spelled: boolean }> = fc.record({
  name: fc.constantFrom('gzip', 'x-gzip', 'identity', '*', 'br', 'deflate', 'gzippy'),
  weight: fc.oneof(fc.constantFrom(0, 1000), fc.integer({ min: 0, max: 1000 })),
  blank: fc.constantFrom('', ' ', '\t', '  '),
  /** Whether a weight of 1 is written out. */
  spelled: fc.boolean(),
})

test('a generated list of codings is read as RFC 9110 does', () => {
  fc.assert(
    fc.property(fc.array(coding, { maxLength: 6 }), (codings) => {
      const header = codings
        .map(({ name, weight, blank, spelled }) => {
          if (weight === 1000 && !spelled) return blank + name + blank
          return `${blank}${name}${blank};${blank}q=${(weight / 1000).toFixed(3)}${blank}`
        })
        .join(',')
      assert.equal(acceptsGzip(header), gzipIsBest(codings), header)
    }),
    { numRuns: 500 },
  )
})

test('no header, however garbled or long, makes it throw', () => {
  const garbled = fc.oneof(
    fc.string({ unit: latin1, maxLength: 100 }),
    fc
      .array(fc.constantFrom('gzip', ';', 'q', '=', ',', '0', '*', ' ', 'application/json', '/'))
      .map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(garbled, garbled, (a, b) => {
      assert.equal(typeof acceptsGzip(a), 'boolean')
      assert.match(chooseFace(a, b), /^(?:html|text|json)$/)
    }),
  )
  const long = 'application/json '.repeat(20_000)
  assert.equal(chooseFace(`${long}x`, `Mozilla/${long}`), 'html')
  assert.equal(acceptsGzip(`${'gzip;q=0,'.repeat(20_000)}br`), false)
})
