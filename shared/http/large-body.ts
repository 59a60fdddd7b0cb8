import { pipeline, Readable } from 'node:stream'
import { crc32, createGunzip } from 'node:zlib'
import { RecordError } from '../record.ts'
import type { Coding } from './faces.ts'

/** Streams a stored body to a reader, whole or in part, unpacked where that is wanted. */

export interface LargeBody {
  /** How the bytes are stored. */
  stored: Coding
  /** How they are sent: as they are stored, or `identity`. */
  sent: Coding
  /** The first byte, of what is sent. */
  start: number
  /** How many bytes, of what is sent. */
  length: number
  /** CRC-32 of the stored bytes; null when a part of them is sent. */
  crc: number | null
  /** Opens the stored bytes from a byte on. */
  open(from: number): Promise<Readable>
}

/**
 * The stream errs, and with it the answer is cut, when fewer bytes come than were announced, and
 * before the end of a whole body that is damaged: that is only known there.
 * Cancelling it closes what was opened. @throws whatever `open` throws, before anything is sent
 */
export async function streamBody(body: LargeBody): Promise<ReadableStream> {
  const unpack = body.stored === 'gzip' && body.sent === 'identity'
  const source = await body.open(unpack ? 0 : body.start)
  const plain = unpack ? pipeline(source, createGunzip(), () => undefined) : source
  if (body.crc === null) return toWeb(slice(plain, unpack ? body.start : 0, body.length))
  // What is unpacked has a checksum of its own, which is compared at its end.
  return toWeb(verify(plain, body.length, unpack ? null : body.crc))
}

function toWeb(chunks: AsyncGenerator<Buffer>): ReadableStream {
  return Readable.toWeb(Readable.from(chunks)) as ReadableStream
}

/** The last chunk goes out when all of them are known to be right. */
async function* verify(
  stream: Readable,
  length: number,
  crc: number | null,
): AsyncGenerator<Buffer> {
  let held: Buffer | null = null
  let count = 0
  let sum = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (held !== null) yield held
    held = chunk
    count += chunk.length
    if (crc !== null) sum = crc32(chunk, sum)
    if (count > length) break
  }
  if (count !== length) throw new RecordError(`stored body of ${count} bytes, not ${length}`)
  if (crc !== null && sum !== crc) throw new RecordError('stored body does not match its CRC')
  if (held !== null) yield held
}

async function* slice(stream: Readable, skip: number, length: number): AsyncGenerator<Buffer> {
  let toSkip = skip
  let toSend = length
  // Leaving the loop destroys the stream, whichever way it is left.
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const rest = chunk.subarray(Math.min(toSkip, chunk.length))
    toSkip -= chunk.length - rest.length
    const part = rest.subarray(0, toSend)
    toSend -= part.length
    if (part.length > 0) yield part
    if (toSend === 0) return
  }
  throw new RecordError(`the stored body ended ${toSend} bytes early`)
}
