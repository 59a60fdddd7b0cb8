/** What a Range header asks for; `start` and `end` are byte offsets, both included. */
export type ByteRange =
  | { kind: 'whole' }
  | { kind: 'part'; start: number; end: number }
  | { kind: 'unsatisfiable' }

const WHOLE: ByteRange = Object.freeze({ kind: 'whole' })
const UNSATISFIABLE: ByteRange = Object.freeze({ kind: 'unsatisfiable' })

/** One range; the commas are the empty list elements that RFC 9110 section 5.6.1 tolerates. */
const ONE_RANGE = /^bytes=[ \t,]*(\d*)-(\d*)[ \t,]*$/i

/**
 * Reads a Range header (RFC 9110 section 14). Several ranges, other units and nonsense are
 * answered with the whole, as the RFC allows, and so is any range of nothing.
 * @param size bytes of the representation
 */
export function parseRange(header: string | undefined, size: number): ByteRange {
  if (header === undefined || size === 0) return WHOLE
  const match = ONE_RANGE.exec(header)
  if (match === null) return WHOLE
  const [, first = '', last = ''] = match
  if (first === '') return last === '' ? WHOLE : parseSuffix(Number(last), size)
  const start = Number(first)
  const end = last === '' ? size - 1 : Number(last)
  if (last !== '' && end < start) return WHOLE
  if (start >= size) return UNSATISFIABLE
  return { kind: 'part', start, end: Math.min(end, size - 1) }
}

function parseSuffix(length: number, size: number): ByteRange {
  if (length === 0) return UNSATISFIABLE
  return { kind: 'part', start: Math.max(0, size - length), end: size - 1 }
}

/**
 * Whether an If-Range header lets the Range count (RFC 9110 section 13.1.5): it is absent, or is
 * this very ETag. The comparison is strong; a date never matches, for no Last-Modified is sent.
 */
export function ifRangeMatches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return true
  return header.trim() === etag && etag.startsWith('"')
}
