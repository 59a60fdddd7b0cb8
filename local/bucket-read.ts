import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { matchesIfNoneMatch } from '../shared/http/etag.ts'
import { parseRange } from '../shared/http/range.ts'
import { type Reply, xmlError } from './bucket-reply.ts'
import type { ObjectStore } from './object-store.ts'

type Opened = NonNullable<Awaited<ReturnType<ObjectStore['open']>>>

/** Answers a GET of an object (XML API): whole, a range of it, or 304. */
export async function readObject(
  store: Pick<ObjectStore, 'open'>,
  name: string,
  headers: IncomingHttpHeaders,
): Promise<Reply> {
  const opened = await store.open(name)
  if (opened === null) return noSuchKey()
  const { object } = opened
  // A disk that does not tell a from A may hand out another object than was asked for.
  const etag = `"${Buffer.from(object.md5, 'base64').toString('hex')}"`
  const range = parseRange(headers.range, object.size)
  const reply =
    (object.name !== name && noSuchKey()) ||
    (matchesIfNoneMatch(headers['if-none-match'], etag) && { status: 304, headers: { etag } }) ||
    (range.kind === 'unsatisfiable' && unsatisfiable(object.size))
  if (reply !== false) {
    await opened.handle?.close()
    return reply
  }
  const { start, end } = range.kind === 'part' ? range : { start: 0, end: object.size - 1 }
  return {
    status: range.kind === 'part' ? 206 : 200,
    headers: {
      'content-type': object.contentType,
      'content-length': end - start + 1,
      etag,
      'accept-ranges': 'bytes',
      ...(object.cacheControl !== null && { 'cache-control': object.cacheControl }),
      ...(range.kind === 'part' && { 'content-range': `bytes ${start}-${end}/${object.size}` }),
    },
    body: bytesOf(opened, start, end),
  }
}

function bytesOf({ bytes, handle, offset }: Opened, start: number, end: number): Buffer | Readable {
  if (bytes !== null) return bytes.subarray(start, end + 1)
  if (handle === null) throw new TypeError('an object without bytes or file')
  return handle.createReadStream({ start: offset + start, end: offset + end })
}

function noSuchKey(): Reply {
  return xmlError(404, 'NoSuchKey', 'The specified key does not exist.')
}

function unsatisfiable(size: number): Reply {
  const headers = { 'content-range': `bytes */${size}` }
  return xmlError(416, 'InvalidRange', 'The requested range cannot be satisfied.', headers)
}
