import { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
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
  /** Opens the stored bytes from a byte on. */
  open(from: number): Promise<Readable>
}

/**
 * The stream errs, and with it the answer is cut, when fewer bytes come than were announced.
 * Cancelling it closes what was opened. @throws whatever `open` throws, before anything is sent
 */
export async function streamBody(body: LargeBody): Promise<ReadableStream> {
  const unpack = body.stored === 'gzip' && body.sent === 'identity'
  const source = await body.open(unpack ? 0 : body.start)
  const plain = unpack ? pipeline(source, createGunzip(), () => undefined) : source
  const skip = unpack ? body.start : 0
  return Readable.toWeb(Readable.from(slice(plain, skip, body.length))) as ReadableStream
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
  throw new Error(`the stored body ended ${toSend} bytes early`)
}
