/**
 * For text that a user sent and that is shown outside its own place, as a title or in an error:
 * nothing in it may act on a terminal, reorder what stands around it or begin a new line.
 */

// Controls, lone surrogates, and what reorders bidirectional text (Unicode's Bidi_Control).
const UNSEEN = /[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu
const QUOTED_CHARACTERS = 40

/** One line: runs of white space become one space, what cannot be seen becomes U+FFFD. */
export function visible(text: string): string {
  return text.replace(/\s+/gu, ' ').replace(UNSEEN, '\u{fffd}')
}

/** At most `max` characters (code points), the last of them `…` when something was cut off. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  // No character takes more than two UTF-16 code units: a long text need not be taken apart.
  const characters = Array.from(text.slice(0, 2 * max + 2))
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join('')}…`
}

/** A user's value inside a sentence: in quotes, on one line, cut to 40 characters. */
export function quoted(value: string): string {
  const beginning = value.slice(0, 8 * QUOTED_CHARACTERS)
  return `"${cut(visible(beginning), QUOTED_CHARACTERS)}"`
}
