import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BLOCK_LINES, renderLines } from './lines.ts'

const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&#13;': '\r' }

/** The text nodes as a parser makes them: references are undone after the tags are found. */
function textOf(markup: string): string {
  return markup
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&amp;|&lt;|&#13;/g, (reference) => ENTITIES[reference] ?? '')
}

function render(text: string): string {
  return renderLines(text, Infinity).html
}

test('the text nodes put together are the text, whatever it is', () => {
  const unit = fc.constantFrom(
    '\n',
    '\r',
    '\r\n',
    '<',
    '>',
    '&',
    '&amp;',
    '<li>',
    'a',
    '\t',
    '\ufeff',
  )
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 700 }), (parts) => {
      const text = parts.join('')
      const markup = render(text)
      assert.equal(textOf(markup), text)
      assert.doesNotMatch(markup, /\r|<(?!\/?(?:div|ol|li)\b)/)
    }),
  )
})

test('an item is a line with its end; there is none behind the last end', () => {
  assert.equal(render('a\r\n\n\tb'), '<div><ol><li>a&#13;\n<li>\n<li>\tb</ol></div>')
  assert.equal(render('a\n'), '<div><ol><li>a\n</ol></div>')
  assert.equal(render('a\n\n'), '<div><ol><li>a\n<li>\n</ol></div>')
  assert.equal(render(''), '<div><ol><li></ol></div>')
})

test('every 200 lines are a block that goes on counting', () => {
  const lines = Array.from({ length: 2 * BLOCK_LINES + 1 }, (_, at) => `line ${at + 1}\n`)
  const blocks = render(lines.join('')).split('</ol></div>').slice(0, -1)
  const starts = blocks.map((block) => /^<div><ol(?: start="(\d+)")?><li>line (\d+)\n/.exec(block))
  assert.deepEqual(
    starts.map((start) => start?.slice(1)),
    [
      [undefined, '1'],
      ['201', '201'],
      ['401', '401'],
    ],
  )
  const whole = render(lines.slice(0, BLOCK_LINES).join(''))
  assert.equal(whole.match(/<div>/g)?.length, 1)
})

test('lines past the limit are left out, and that is told', () => {
  const text = 'x\n'.repeat(450)
  const cut = renderLines(text, 449)
  assert.deepEqual([textOf(cut.html).length, cut.complete], [898, false])
  assert.deepEqual(renderLines(text, 450), { html: render(text), complete: true })
})
