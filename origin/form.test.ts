import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FormError, isForm, isLabelledForm, parseForm } from './form.ts'

const NAMES = new Set(['text', 'f:1', 'ttl'])

function escape(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/[^A-Za-z0-9 ]/gs, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replaceAll(' ', '+')
}

const fields = fc.array(
  fc.record({
    name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    bytes: fc.uint8Array({ maxLength: 50 }),
  }),
  { maxLength: 10 },
)

test('every field comes out with exactly the bytes it went in with', () => {
  fc.assert(
    fc.property(fields, (sent) => {
      const body = sent.map(({ name, bytes }) => `${escape(Buffer.from(name))}=${escape(bytes)}`)
      assert.deepEqual(
        parseForm(Buffer.from(body.join('&'))),
        sent.map(({ name, bytes }) => ({ name, bytes: Buffer.from(bytes) })),
      )
    }),
  )
})

test('nothing makes it throw anything but its own error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        parseForm(Buffer.from(bytes))
        isForm(Buffer.from(bytes), NAMES)
      } catch (error) {
        assert.ok(error instanceof FormError, String(error))
      }
    }),
  )
})

test('careless escapes stand for themselves, empty pairs for nothing', () => {
  const body = Buffer.from('&&text=100%&f:1=%zz%4&ttl&=x&%66%3A1=a=b&&')
  assert.deepEqual(
    parseForm(body).map(({ name, bytes }) => [name, bytes.toString()]),
    [
      ['text', '100%'],
      ['f:1', '%zz%4'],
      ['ttl', ''],
      ['', 'x'],
      ['f:1', 'a=b'],
    ],
  )
})

test('a form has a known first key and legal bytes; all else is raw', () => {
  for (const body of ['text=', 'text=a+b%0Ac', 'ttl=1h&other=x', 'f%3a1=x', 'f:1=http://x/?a=b']) {
    assert.ok(isForm(Buffer.from(body), NAMES), body)
  }
  for (const body of [
    '',
    'text',
    '=text',
    'text&ttl=1',
    'a=1&text=2',
    'Text=a',
    'text =a',
    '\u{feff}text=a',
    'text=a b',
    'text=a\n',
    'text=\0',
    'text=ä',
    'text={"a":1}',
    `${'x'.repeat(200)}=`,
  ]) {
    assert.ok(!isForm(Buffer.from(body), NAMES), body)
  }
})

test('100 fields are taken, more are not; millions of empty ones are none', () => {
  assert.equal(parseForm(Buffer.from('a=1&'.repeat(100))).length, 100)
  assert.throws(() => parseForm(Buffer.from('a=1&'.repeat(1000))), FormError)
  assert.deepEqual(parseForm(Buffer.alloc(5_000_000, '&')), [])
})

test('the label is known in any case and with parameters', () => {
  for (const type of [
    'application/x-www-form-urlencoded',
    'Application/X-WWW-Form-URLencoded; charset=utf-8',
  ]) {
    assert.ok(isLabelledForm(type))
  }
  for (const type of [undefined, 'text/plain', 'application/x-www-form-urlencodedx']) {
    assert.ok(!isLabelledForm(type))
  }
})
