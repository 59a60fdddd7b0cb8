import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Context } from 'hono'
import { header } from '../shared/http/handle.ts'
import { problems } from '../shared/http/problems.ts'

/** A request's body: its bytes, unpacked, up to a limit. */

const unpack = promisify(gunzip)

/**
 * @param maxBytes of what was sent, and of what comes out of it
 * @param limitBytes what a client that sent more is told
 * @throws Problem 400, 413, 415
 */
export async function readBytes(
  c: Context,
  maxBytes: number,
  limitBytes = maxBytes,
): Promise<Buffer> {
  const encoding = header(c, 'content-encoding')?.trim().toLowerCase() ?? 'identity'
  if (encoding !== 'identity' && encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw problems.badEncoding(encoding)
  }
  const declared = Number(header(c, 'content-length') ?? 0)
  if (declared > maxBytes) throw problems.tooLarge(limitBytes, declared)
  const bytes = await readBody(c, maxBytes, limitBytes)
  // Nothing at all is no damaged gzip, but an empty paste.
  const packed = encoding !== 'identity' && bytes.length > 0
  return packed ? unpackBody(bytes, maxBytes, limitBytes) : bytes
}

/** Bytes as they come: a text decoder would drop a BOM and replace what is not UTF-8. */
async function readBody(c: Context, maxBytes: number, limitBytes: number): Promise<Buffer> {
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
      throw problems.tooLarge(limitBytes, null)
    }
    chunks.push(value)
  }
}

async function unpackBody(bytes: Buffer, maxBytes: number, limitBytes: number): Promise<Buffer> {
  try {
    return await unpack(bytes, { maxOutputLength: maxBytes })
  } catch (error) {
    if (error instanceof RangeError) throw problems.tooLarge(limitBytes, null)
    throw problems.badGzip()
  }
}
