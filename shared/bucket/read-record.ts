import type { Readable } from 'node:stream'
import {
  decodeRecord,
  INLINE_BODY_BYTES,
  MAX_HEAD_BYTES,
  type PasteRecord,
  RecordError,
} from '../record.ts'
import type { BucketObject } from './bucket.ts'

type Found = Extract<BucketObject, { kind: 'found' }>

/** Bytes of the longest object whose body does not stay in the bucket. */
const INLINE_OBJECT_BYTES = MAX_HEAD_BYTES + INLINE_BODY_BYTES

/**
 * Reads an object as an edge wants it: a record, or the head alone of one with a large body (the
 * stream is destroyed then).
 * @throws RecordError when the object is damaged; whatever the stream throws
 */
export async function readRecord(object: Found, id: string): Promise<PasteRecord> {
  if (object.length <= INLINE_OBJECT_BYTES) {
    const record = await readWholeRecord(object, id)
    if (record.head.storedSize <= INLINE_BODY_BYTES) return record
    return { ...record, body: null }
  }
  return decodePaste(await readFirstLine(object.stream), id)
}

/** Reads an object with its whole body, however large. */
export async function readWholeRecord(
  object: Found,
  id: string,
): Promise<PasteRecord & { body: Buffer }> {
  const chunks: Buffer[] = []
  for await (const chunk of object.stream as AsyncIterable<Buffer>) chunks.push(chunk)
  const bytes = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
  const { body, ...record } = decodePaste(bytes, id)
  if (body === null) throw new RecordError('object without its body')
  return { ...record, body }
}

function decodePaste(bytes: Buffer, id: string): PasteRecord {
  const decoded = decodeRecord(bytes, id)
  if (decoded.kind === 'gone') throw new RecordError('a tombstone in the bucket')
  return decoded
}

/** The bytes up to and with the first newline; the stream is destroyed. */
async function readFirstLine(stream: Readable): Promise<Buffer> {
  let bytes = Buffer.alloc(0)
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, chunk])
    const end = bytes.indexOf('\n')
    if (end >= 0) return bytes.subarray(0, end + 1)
    if (bytes.length > MAX_HEAD_BYTES) break
  }
  throw new RecordError('no first line')
}
