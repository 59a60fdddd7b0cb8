import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cut, quoted, visible } from './visible.ts'

const character = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code))

const anyText = fc.oneof(
  fc.string({ unit: character, maxLength: 200 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 })
    .map((units) => String.fromCharCode(...units)),
)

test('ordinary text of any script stays as it is', () => {
  for (const text of ['notes.md', 'Список дел', 'שלום עולם', '日本語', 'e\u0301', '👩‍💻 ok']) {
    assert.equal(visible(text), text)
  }
})

test('white space becomes one space, terminal escapes and bidi overrides can be seen', () => {
  assert.equal(visible('a\r\n\tb\u2028c'), 'a b c')
  assert.equal(visible('\u001b[31mred'), '\u{fffd}[31mred')
  assert.equal(visible('invoice\u202Efdp.exe'), 'invoice\u{fffd}fdp.exe')
  assert.equal(visible('\u2066x\u2069\u200f\u0085'), '\u{fffd}x\u{fffd}\u{fffd}\u{fffd}')
  assert.equal(visible('half \ud83d of a pair'), 'half \u{fffd} of a pair')
})

test('text is cut between characters, never inside one', () => {
  assert.equal(cut('abc', 3), 'abc')
  assert.equal(cut('abcd', 3), 'ab…')
  assert.equal(cut('🙂🙂🙂', 3), '🙂🙂🙂')
  assert.equal(cut('🙂🙂🙂🙂', 3), '🙂🙂…')
})

test('a quoted value is one short line, whatever was sent', () => {
  assert.equal(quoted('xx'), '"xx"')
  assert.equal(quoted('9'.repeat(1_000_000)), `"${'9'.repeat(39)}…"`)
  fc.assert(
    fc.property(anyText, (value) => {
      const result = quoted(value)
      assert.ok(Array.from(result).length <= 42)
      assert.doesNotMatch(result, /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u)
      assert.ok(result.isWellFormed())
    }),
  )
})

test('cut keeps text well formed and within its length', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 60 }), (value, max) => {
      const text = visible(value)
      const short = cut(text, max)
      assert.ok(short.isWellFormed())
      assert.ok(Array.from(short).length <= max)
      assert.ok(short === text || text.startsWith(short.slice(0, -1)))
    }),
  )
})
