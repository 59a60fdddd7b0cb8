/**
 * multipart/form-data (RFC 7578) out of bytes, as tolerant as clients are careless: bare LF line
 * ends, quoted boundaries, headers in any case, folded or left out. The bytes of a part are views
 * of the body, as they came.
 */

export interface Part {
  /** The field's name; empty when the part has none. */
  name: string
  fileName: string | null
  bytes: Buffer
}

/** A body that is no multipart, or not all of one. */
export class MultipartError extends Error {
  override name = 'MultipartError'
}

const MAX_PARTS = 100
const MAX_PART_HEADER_BYTES = 8 * 1024
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const TAB = 0x09
const DASH = 0x2d

export function isMultipart(contentType: string | undefined): boolean {
  return /^\s*multipart\/form-data\s*(?:;|$)/i.test(contentType ?? '')
}

/** @returns null when the type names none (RFC 2046, 5.1.1) */
export function readBoundary(contentType: string | undefined): string | null {
  const pattern = /;\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i
  const match = pattern.exec(contentType ?? '')
  return match?.[1] ?? match?.[2] ?? null
}

/** @throws MultipartError */
export function parseMultipart(body: Buffer, boundary: string): Part[] {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1')
  const parts: Part[] = []
  let mark = nextDelimiter(body, delimiter, 0)
  if (mark === null) throw new MultipartError('its boundary does not occur in it')
  while (!mark.closes) {
    const next = nextDelimiter(body, delimiter, mark.end)
    if (next === null) throw new MultipartError('it ends before its last boundary')
    if (parts.length === MAX_PARTS) throw new MultipartError(`it has more than ${MAX_PARTS} parts`)
    // The line end before a boundary belongs to the boundary; who ends lines in LF has no CR there.
    const end = mark.crlf && body[next.start - 2] === CR ? next.start - 2 : next.start - 1
    parts.push(parsePart(body.subarray(mark.end, Math.max(mark.end, end))))
    mark = next
  }
  return parts
}

interface Mark {
  /** Of the first dash. */
  start: number
  /** Behind the line end. */
  end: number
  closes: boolean
  crlf: boolean
}

/** The next line that is a boundary: what merely begins like one is content. */
function nextDelimiter(body: Buffer, delimiter: Buffer, from: number): Mark | null {
  let start = body.indexOf(delimiter, from)
  for (; start >= 0; start = body.indexOf(delimiter, start + 1)) {
    if (start > 0 && body[start - 1] !== LF) continue
    let at = start + delimiter.length
    const closes = body[at] === DASH && body[at + 1] === DASH
    if (closes) at += 2
    while (body[at] === SPACE || body[at] === TAB) at += 1
    const crlf = body[at] === CR && body[at + 1] === LF
    if (crlf) at += 1
    if (body[at] === LF) return { start, end: at + 1, closes, crlf }
    if (closes && at >= body.length) return { start, end: at, closes, crlf }
  }
  return null
}

function parsePart(part: Buffer): Part {
  const { lines, bytes } = splitHeaders(part)
  const found = lines.map((line) => /^content-disposition\s*:(.*)$/is.exec(line)?.[1])
  const parameters = readParameters(found.find((each) => each !== undefined) ?? '')
  return {
    name: parameters.get('name') ?? '',
    fileName: extended(parameters.get('filename*')) ?? parameters.get('filename') ?? null,
    bytes,
  }
}

/** A part without content may end with its last header (RFC 2046, 5.1.1: body-part). */
function splitHeaders(part: Buffer): { lines: string[]; bytes: Buffer } {
  const lines: string[] = []
  for (let at = 0; at < part.length;) {
    const found = part.indexOf(LF, at)
    const end = found < 0 ? part.length : found
    if (end > MAX_PART_HEADER_BYTES) throw new MultipartError('a part has no end of its headers')
    const line = part.subarray(at, end > at && part[end - 1] === CR ? end - 1 : end)
    at = end + 1
    if (line.length === 0) return { lines, bytes: part.subarray(at) }
    const folded = line[0] === SPACE || line[0] === TAB
    const last = lines.at(-1)
    if (folded && last !== undefined) lines[lines.length - 1] = last + line.toString('utf8')
    else lines.push(line.toString('utf8'))
  }
  // Content that follows no empty line must not be lost as if it were a header.
  if (lines.some((line) => !/^[\w-]+\s*:/.test(line))) {
    throw new MultipartError('a part has no end of its headers')
  }
  return { lines, bytes: part.subarray(part.length) }
}

/** Those of a Content-Disposition by lower-case name, without the escapes of browsers and curl. */
function readParameters(disposition: string): Map<string, string> {
  const parameters = new Map<string, string>()
  const pattern = /;\s*([^\s=;"]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s;"]*))/gs
  for (const [, name = '', quoted, plain = ''] of disposition.matchAll(pattern)) {
    const key = name.toLowerCase()
    const text = quoted?.replaceAll(/\\(["\\])/g, '$1') ?? plain
    if (!parameters.has(key)) parameters.set(key, text.replaceAll(/%(?:22|0D|0A)/gi, unescaped))
  }
  return parameters
}

function unescaped(escape: string): string {
  return String.fromCharCode(Number.parseInt(escape.slice(1), 16))
}

/** RFC 8187, `UTF-8''caf%C3%A9`, as Python's clients send it. @returns null for another charset */
function extended(value: string | undefined): string | null {
  const encoded = /^utf-8'[^']*'(.+)$/i.exec(value ?? '')?.[1]
  if (encoded === undefined) return null
  try {
    return decodeURIComponent(encoded)
  } catch {
    return null
  }
}
