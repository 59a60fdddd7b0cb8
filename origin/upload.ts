import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Context } from 'hono'
import { parseDuration } from '../shared/duration.ts'
import { header } from '../shared/http/handle.ts'
import { problems } from '../shared/http/problems.ts'
import { LANGUAGE_PATTERN, MAX_TITLE_LENGTH } from '../shared/record.ts'
import type { NewPaste } from './create.ts'

/** A paste out of a request: its bytes, kept as they are, and its options. */

export interface UploadLimits {
  maxPasteBytes: number
  minTtlMs: number
  defaultTtlMs: number
  maxTtlMs: number
}

const unpack = promisify(gunzip)

/** The names that clients know the time to live by, in the order in which they win. */
const TTL_NAMES = ['ttl', 'expires', 'expire', 'e'] as const

const YES = new Set(['', '1', 'true', 'yes', 'on'])
const TITLE_HINT = 'a title is text without NUL, for example title=notes.md'
const NO = new Set(['0', 'false', 'no', 'off'])

/**
 * Reads a raw upload: a raw body is raw, whatever its Content-Type says.
 * @param name out of the path of a PUT: the title, its extension the language
 * @param url where pastes are sent to, for the hint that an empty one gets
 * @throws Problem 400, 413, 415, 422
 */
export async function readUpload(
  c: Context,
  limits: UploadLimits,
  { name, url }: { name: string | null; url: string },
): Promise<NewPaste> {
  const options = readOptions(c, limits, name)
  const bytes = await readBytes(c, limits.maxPasteBytes)
  if (bytes.length === 0) throw problems.emptyPaste(url)
  return { bytes, ...options }
}

/** Options are looked at before the body, so that a wrong one costs nobody an upload. */
function readOptions(c: Context, limits: UploadLimits, name: string | null) {
  return {
    ttlMs: readTtl(c, limits),
    language: readLanguage(c.req.query('lang'), name),
    title: readTitle(c.req.query('title') ?? name),
    burn: readBurn(c.req.query('burn')),
  }
}

function readTtl(c: Context, { minTtlMs, defaultTtlMs, maxTtlMs }: UploadLimits): number {
  const name = TTL_NAMES.find((each) => c.req.query(each) !== undefined)
  const text = name === undefined ? header(c, 'x-ttl') : c.req.query(name)
  if (text === undefined) return defaultTtlMs
  const ttlMs = parseDuration(text)
  if (ttlMs === null || ttlMs < minTtlMs || ttlMs > maxTtlMs) {
    throw problems.badTtl(text, { minMs: minTtlMs, maxMs: maxTtlMs })
  }
  return ttlMs
}

function readLanguage(asked: string | undefined, name: string | null): string | null {
  if (asked === undefined || asked === '') {
    const extension = name?.match(/[^/.]\.([A-Za-z0-9+#-]{1,32})$/)?.[1]?.toLowerCase() ?? ''
    return LANGUAGE_PATTERN.test(extension) ? extension : null
  }
  if (!LANGUAGE_PATTERN.test(asked)) throw problems.badLanguage(asked)
  return asked
}

function readTitle(title: string | null): string | null {
  if (title === null || title === '') return null
  if (title.length > MAX_TITLE_LENGTH) throw problems.badTitle(title)
  // Postgres stores no NUL.
  if (title.includes('\0')) throw problems.badOption('title', title, TITLE_HINT)
  // Half a surrogate pair can be neither stored nor shown.
  return title.toWellFormed()
}

function readBurn(text: string | undefined): boolean {
  if (text === undefined) return false
  const word = text.toLowerCase()
  if (YES.has(word)) return true
  if (NO.has(word)) return false
  throw problems.badOption('burn', text, 'burn is 1 or 0, for example burn=1')
}

async function readBytes(c: Context, maxBytes: number): Promise<Buffer> {
  const encoding = header(c, 'content-encoding')?.trim().toLowerCase() ?? 'identity'
  if (encoding !== 'identity' && encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw problems.badEncoding(encoding)
  }
  const declared = Number(header(c, 'content-length') ?? 0)
  if (declared > maxBytes) throw problems.tooLarge(maxBytes, declared)
  const bytes = await readBody(c, maxBytes)
  // Nothing at all is no damaged gzip, but an empty paste.
  const packed = encoding !== 'identity' && bytes.length > 0
  return packed ? unpackBody(bytes, maxBytes) : bytes
}

/** Bytes as they come: a text decoder would drop a BOM and replace what is not UTF-8. */
async function readBody(c: Context, maxBytes: number): Promise<Buffer> {
  const body = c.req.raw.body
  if (body === null) return Buffer.alloc(0)
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw problems.bodyCutOff()
    })
    if (done) return Buffer.concat(chunks, length)
    length += value.length
    if (length > maxBytes) {
      // Not cancelled: that would close the connection before the answer is read.
      reader.releaseLock()
      throw problems.tooLarge(maxBytes, null)
    }
    chunks.push(value)
  }
}

async function unpackBody(bytes: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await unpack(bytes, { maxOutputLength: maxBytes })
  } catch (error) {
    if (error instanceof RangeError) throw problems.tooLarge(maxBytes, null)
    throw problems.badGzip()
  }
}
