/** The numbers are the list's own counter, so they are never copied and cost nothing per line. */

/** Lines to a block: a browser lays out only those blocks that are near what is seen. */
export const BLOCK_LINES = 200

export interface Lines {
  html: string
  /** False when lines were left out. */
  complete: boolean
}

/**
 * A text as `<div><ol start><li>` per 200 lines. The text nodes put together are the text exactly:
 * each line carries its own line end, CR and LF, and no white space stands between the tags.
 */
export function renderLines(text: string, maxLines: number): Lines {
  // A few native passes over all of it, since one in JavaScript takes several times longer.
  const escaped = escapeText(text)
  const blocks: string[] = []
  let from = 0
  for (let line = 1; line <= maxLines; line += BLOCK_LINES) {
    const end = endOfBlock(escaped, from, Math.min(BLOCK_LINES, maxLines - line + 1))
    blocks.push(renderBlock(escaped.slice(from, end), line))
    from = end
    if (from === escaped.length) break
  }
  return { html: blocks.join(''), complete: from === escaped.length }
}

/** A parser would make LF of CR LF and of CR, but not of a reference. */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('\r', '&#13;')
}

/** @returns the place behind so many line ends, or the text's end */
function endOfBlock(text: string, from: number, lines: number): number {
  let end = from
  for (let count = 0; count < lines; count += 1) {
    const at = text.indexOf('\n', end)
    if (at < 0) return text.length
    end = at + 1
  }
  return end
}

/** The end tag of a list's item may be left out. */
function renderBlock(text: string, line: number): string {
  const end = text.endsWith('\n') ? '\n' : ''
  const items = text.slice(0, text.length - end.length).replaceAll('\n', '\n<li>')
  const start = line === 1 ? '' : ` start="${line}"`
  return `<div><ol${start}><li>${items}${end}</ol></div>`
}
