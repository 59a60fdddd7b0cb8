/** The numbers are the list's own counter, so they are never copied and cost nothing per line. */

/** Lines to a block: a browser lays out only those blocks that are near what is seen. */
export const BLOCK_LINES = 200

export interface Lines {
  html: string
  /** False when lines were left out. */
  complete: boolean
}

const LF = 0x0a
const CR = 0x0d
const AMPERSAND = 0x26
const LESS_THAN = 0x3c

const OPENING = Buffer.from('<div><ol><li>')
/** The end tag of a list's item may be left out. */
const ITEM = Buffer.from('<li>')
const CLOSING = Buffer.from('</ol></div>')
const ESCAPED_AMPERSAND = Buffer.from('&amp;')
const ESCAPED_LESS_THAN = Buffer.from('&lt;')
/** A parser would make LF of CR LF and of CR, but not of a reference. */
const ESCAPED_CR = Buffer.from('&#13;')

/** A byte becomes at most five, and each block adds less than one to every line. */
const MAX_GROWTH = 6

/**
 * A text as `<div><ol start><li>` per 200 lines. The text nodes put together are the text exactly:
 * each line carries its own line end, CR and LF, and no white space stands between the tags.
 */
export function renderLines(text: string, maxLines: number): Lines {
  const source = Buffer.from(text)
  const target = Buffer.allocUnsafe(MAX_GROWTH * source.length + OPENING.length + CLOSING.length)
  let line = 1
  let at = 0
  let end = put(target, OPENING, 0)
  while (at < source.length) {
    const byte = source[at] ?? 0
    at += 1
    if (byte === LESS_THAN) end = put(target, ESCAPED_LESS_THAN, end)
    else if (byte === AMPERSAND) end = put(target, ESCAPED_AMPERSAND, end)
    else if (byte === CR) end = put(target, ESCAPED_CR, end)
    else {
      target[end] = byte
      end += 1
    }
    if (byte !== LF || at === source.length) continue
    if (line >= maxLines) break
    line += 1
    end = put(target, line % BLOCK_LINES === 1 ? nextBlock(line) : ITEM, end)
  }
  end = put(target, CLOSING, end)
  return { html: target.toString('utf8', 0, end), complete: at === source.length }
}

function nextBlock(line: number): Buffer {
  return Buffer.from(`</ol></div><div><ol start="${line}"><li>`)
}

/** @returns the place behind them */
function put(target: Buffer, bytes: Buffer, at: number): number {
  for (let index = 0; index < bytes.length; index += 1) target[at + index] = bytes[index] ?? 0
  return at + bytes.length
}
