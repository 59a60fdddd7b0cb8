import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { CRC32C } from '@google-cloud/storage'
import type { Clock } from '../shared/clock.ts'
import { jsonError, jsonReply, type Reply } from './bucket-reply.ts'
import { parseUpload } from './bucket-upload.ts'
import type { StoredObject } from './object-file.ts'
import { DiskFullError, type ObjectStore } from './object-store.ts'

/** The slice of Google's JSON API that writes, deletes and lists. */
export interface BucketApi {
  /** @param path behind the secret, without the query */
  answer(request: IncomingMessage, path: string, query: URLSearchParams): Promise<Reply>
}

export interface BucketApiOptions {
  store: Pick<ObjectStore, 'put' | 'delete' | 'list'>
  bucket: string
  clock: Pick<Clock, 'now'>
  maxObjectBytes: number
}

const NAME = /^[\w.~-]{1,100}$/
/** A page may be shorter than was asked for; each object costs a read. */
const MAX_PAGE_OBJECTS = 200
/** Bytes of an upload around its object. */
const UPLOAD_OVERHEAD_BYTES = 64 * 1024

export function createBucketApi(options: BucketApiOptions): BucketApi {
  const { store, bucket, clock, maxObjectBytes } = options

  async function upload(request: IncomingMessage, query: URLSearchParams): Promise<Reply> {
    const name = query.get('name') ?? ''
    if (!NAME.test(name)) return jsonError(400, 'invalid', 'No object can have this name.')
    if (query.get('ifGenerationMatch') !== '0') {
      return jsonError(400, 'invalid', 'Objects are only created here: ifGenerationMatch=0.')
    }
    const body = await readBody(request, maxObjectBytes + UPLOAD_OVERHEAD_BYTES)
    if (body === null) return jsonError(413, 'uploadTooLarge', 'The object is too large.')
    const parsed = parseUpload(request.headers['content-type'] ?? '', body)
    if (parsed === null) return jsonError(400, 'badContent', 'This is no multipart upload.')
    const { facts, bytes } = parsed
    const object = describeUpload(name, facts, bytes, clock.now())
    if (object === null) return jsonError(400, 'invalid', 'The metadata are not as they should be.')
    if (facts.md5Hash !== undefined && facts.md5Hash !== object.md5) {
      return jsonError(400, 'invalid', 'Provided MD5 hash does not match the content.')
    }
    try {
      if (await store.put(object, bytes)) return jsonReply(200, resource(bucket, object))
    } catch (error) {
      if (!(error instanceof DiskFullError)) throw error
      return jsonError(507, 'insufficientStorage', 'There is no room left on the disk.')
    }
    const message = 'At least one of the pre-conditions you specified did not hold.'
    return jsonError(412, 'conditionNotMet', message)
  }

  async function remove(name: string): Promise<Reply> {
    if (NAME.test(name) && (await store.delete(name))) return { status: 204 }
    return jsonError(404, 'notFound', `No such object: ${bucket}/${name}`)
  }

  return {
    async answer(request, path, query) {
      const route = /^\/(upload\/)?storage\/v1\/b\/([^/]+)\/o(?:\/([^/]+))?$/.exec(path)
      if (route === null) return jsonError(404, 'notFound', 'Not Found')
      const [, isUpload, named, name] = route
      if (named !== bucket) {
        return jsonError(404, 'notFound', 'The specified bucket does not exist.')
      }
      const what = `${request.method} ${isUpload ?? ''}${name === undefined ? 'objects' : 'object'}`
      if (what === 'POST upload/objects') return upload(request, query)
      if (what === 'GET objects') return listObjects(store, bucket, query)
      if (what === 'DELETE object') return remove(name ?? '')
      return jsonError(405, 'methodNotAllowed', 'This is no part of the API spoken here.')
    },
  }
}

async function listObjects(
  store: Pick<ObjectStore, 'list'>,
  bucket: string,
  query: URLSearchParams,
): Promise<Reply> {
  const from = query.get('pageToken') ?? query.get('startOffset') ?? ''
  const limit = pageSize(query.get('maxResults'))
  const found = await store.list(from, limit + 1)
  const next = found[limit]
  return jsonReply(200, {
    kind: 'storage#objects',
    items: found.slice(0, limit).map((object) => resource(bucket, object)),
    ...(next !== undefined && { nextPageToken: next.name }),
  })
}

function pageSize(maxResults: string | null): number {
  const asked = Number(maxResults ?? MAX_PAGE_OBJECTS)
  return Number.isSafeInteger(asked) && asked > 0
    ? Math.min(asked, MAX_PAGE_OBJECTS)
    : MAX_PAGE_OBJECTS
}

/** @returns null when it is longer than `maxBytes` */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return null
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function describeUpload(
  name: string,
  facts: Record<string, unknown>,
  bytes: Buffer,
  nowMs: number,
): StoredObject | null {
  const { contentType = 'application/octet-stream', cacheControl = null } = facts
  const { customTime = null, metadata = {}, md5Hash } = facts
  if (typeof contentType !== 'string' || !isTextOrNull(cacheControl)) return null
  if (!isTextOrNull(customTime) || !isTexts(metadata)) return null
  return {
    name,
    size: bytes.length,
    md5: createHash('md5').update(bytes).digest('base64'),
    // 9 ms per MiB in JavaScript: only for clients that have nothing else to compare.
    crc32c: md5Hash === undefined ? crc32c(bytes) : null,
    createdAtMs: nowMs,
    contentType,
    cacheControl,
    customTime,
    metadata,
  }
}

function crc32c(bytes: Buffer): string {
  const sum = new CRC32C()
  sum.update(bytes)
  return sum.toString()
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}

function isTexts(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).every((text) => typeof text === 'string')
}

/** An object as the JSON API shows it. */
function resource(bucket: string, object: StoredObject): Record<string, unknown> {
  const time = new Date(object.createdAtMs).toISOString()
  return {
    kind: 'storage#object',
    id: `${bucket}/${object.name}/${object.createdAtMs}`,
    name: object.name,
    bucket,
    generation: String(object.createdAtMs),
    metageneration: '1',
    contentType: object.contentType,
    size: String(object.size),
    timeCreated: time,
    updated: time,
    metadata: object.metadata,
    ...(object.md5 !== '' && { md5Hash: object.md5 }),
    ...(object.crc32c !== null && { crc32c: object.crc32c }),
    ...(object.cacheControl !== null && { cacheControl: object.cacheControl }),
    ...(object.customTime !== null && { customTime: object.customTime }),
  }
}
