import { createHash } from 'node:crypto'
import { isUtf8 } from 'node:buffer'
import { crc32, gzipSync } from 'node:zlib'

/**
 * The one form of a paste, the same in the bucket, in the shared cache and in an edge's memory:
 * one line of JSON, a newline, the body. A tombstone is one line that begins `{"gone":"REASON"`.
 *
 * The line closes with a CRC-32 of what stands before it and carries one of the body, so that a
 * damaged record is told from a paste in a microsecond per KiB, without unpacking it.
 */

export type GoneReason = 'deleted' | 'removed' | 'expired' | 'burned'

/** What the first line says. Times are epoch milliseconds, sizes are bytes. */
export interface RecordHead {
  id: string
  createdAt: number
  expiresAt: number
  /** Bytes as the writer sent them. */
  size: number
  /** Bytes of the body as it is stored. */
  storedSize: number
  /** Hex SHA-256 of the bytes as the writer sent them. */
  sha256: string
  /** CRC-32 of the body as it is stored. */
  bodyCrc: number
  encoding: 'identity' | 'gzip'
  /** True when the bytes are UTF-8 without NUL, so that they may be shown as text. */
  text: boolean
  language: string | null
  title: string | null
  burn: boolean
}

/** A record; `body` is null where it was left in the bucket. */
export interface PasteRecord {
  kind: 'paste'
  head: RecordHead
  body: Buffer | null
}

export interface Tombstone {
  kind: 'gone'
  reason: GoneReason
}

/** Stored bytes that are no record: they are reported and counted, never served. */
export class RecordError extends Error {
  override name = 'RecordError'
}

/** A body stored in more bytes than this stays in the bucket; cache and memory hold its head. */
export const INLINE_BODY_BYTES = 1024 * 1024
/** The longest first line, newline included. */
export const MAX_HEAD_BYTES = 4096
/** Characters (UTF-16 code units) of a title. */
export const MAX_TITLE_LENGTH = 200
export const LANGUAGE_PATTERN = /^[a-z0-9+#.-]{1,32}$/

const VERSION = 1
const NEWLINE = 0x0a
const CRC_SUFFIX_LENGTH = ',"crc":"00000000"}'.length
const GONE_REASONS: ReadonlySet<unknown> = new Set<GoneReason>([
  'deleted',
  'removed',
  'expired',
  'burned',
])

export interface PasteFacts {
  id: string
  createdAt: number
  expiresAt: number
  language: string | null
  title: string | null
  burn: boolean
}

/**
 * Makes the record of a paste. The body is stored gzip-compressed when that saves a tenth of it.
 * Title and language are expected to be within their limits (the upload's parser sees to it).
 */
export function makeRecord(facts: PasteFacts, bytes: Uint8Array): PasteRecord & { body: Buffer } {
  const packed = gzipSync(bytes)
  const gzip = packed.length <= bytes.length * 0.9
  const body = gzip ? packed : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    kind: 'paste',
    head: {
      id: facts.id,
      createdAt: facts.createdAt,
      expiresAt: facts.expiresAt,
      size: bytes.length,
      storedSize: body.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      bodyCrc: crc32(body),
      encoding: gzip ? 'gzip' : 'identity',
      text: isUtf8(bytes) && !bytes.includes(0),
      language: facts.language,
      title: facts.title,
      burn: facts.burn,
    },
    body,
  }
}

/** The first line with its newline. */
export function encodeHead(head: RecordHead): Buffer {
  const json = JSON.stringify({ v: VERSION, ...head })
  const open = json.slice(0, -1)
  const line = Buffer.from(`${open},"crc":"${hexCrc(Buffer.from(open))}"}\n`)
  if (line.length > MAX_HEAD_BYTES) throw new RecordError(`first line of ${line.length} bytes`)
  return line
}

/** The whole record; of one without its body, the first line alone. */
export function encodeRecord(record: Pick<PasteRecord, 'head' | 'body'>): Buffer {
  const line = encodeHead(record.head)
  return record.body === null ? line : Buffer.concat([line, record.body])
}

export function encodeTombstone(reason: GoneReason): Buffer {
  return Buffer.from(`{"gone":"${reason}"}\n`)
}

/**
 * Reads a stored value back. Nothing of it is copied: `body` is a view of `bytes`.
 * @param id whose value this should be: a record of another paste is damage too
 * @throws RecordError when the bytes are neither a record of this paste nor a tombstone
 */
export function decodeRecord(bytes: Uint8Array, id: string): PasteRecord | Tombstone {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = buffer.subarray(0, MAX_HEAD_BYTES).indexOf(NEWLINE)
  if (end < 0) throw new RecordError('no first line')
  const line = buffer.subarray(0, end)
  const value = parseObject(line)
  if ('gone' in value) return readTombstone(value)
  const head = readHead(value, line)
  if (head.id !== id) throw new RecordError('record of another paste')
  const body = buffer.subarray(end + 1)
  if (body.length === 0 && head.storedSize > INLINE_BODY_BYTES) {
    return { kind: 'paste', head, body: null }
  }
  if (body.length !== head.storedSize) {
    throw new RecordError(`body of ${body.length} bytes, not ${head.storedSize}`)
  }
  if (crc32(body) !== head.bodyCrc) throw new RecordError('body does not match its CRC')
  return { kind: 'paste', head, body }
}

function parseObject(line: Buffer): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(line.toString('utf8'))
  } catch {
    throw new RecordError('first line is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RecordError('first line is not an object')
  }
  return value as Record<string, unknown>
}

function readTombstone(value: Record<string, unknown>): Tombstone {
  if (!GONE_REASONS.has(value.gone)) throw new RecordError('tombstone of an unknown reason')
  return { kind: 'gone', reason: value.gone as GoneReason }
}

function readHead(value: Record<string, unknown>, line: Buffer): RecordHead {
  if (value.v !== VERSION) throw new RecordError('record of an unknown version')
  const covered = line.subarray(0, Math.max(0, line.length - CRC_SUFFIX_LENGTH))
  if (value.crc !== hexCrc(covered)) throw new RecordError('first line does not match its CRC')
  const head: Record<keyof RecordHead, unknown> = {
    id: value.id,
    createdAt: value.createdAt,
    expiresAt: value.expiresAt,
    size: value.size,
    storedSize: value.storedSize,
    sha256: value.sha256,
    bodyCrc: value.bodyCrc,
    encoding: value.encoding,
    text: value.text,
    language: value.language,
    title: value.title,
    burn: value.burn,
  }
  if (!isHead(head)) throw new RecordError('first line lacks a field, or has a wrong one')
  return head
}

function isHead(head: Record<keyof RecordHead, unknown>): head is RecordHead {
  const counts = [head.createdAt, head.expiresAt, head.size, head.storedSize, head.bodyCrc]
  return (
    typeof head.id === 'string' &&
    counts.every((count) => Number.isSafeInteger(count) && (count as number) >= 0) &&
    typeof head.sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(head.sha256) &&
    (head.encoding === 'gzip' || (head.encoding === 'identity' && head.storedSize === head.size)) &&
    typeof head.text === 'boolean' &&
    typeof head.burn === 'boolean' &&
    (head.language === null || typeof head.language === 'string') &&
    (head.title === null || typeof head.title === 'string')
  )
}

function hexCrc(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, '0')
}
