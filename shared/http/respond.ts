import type { Readable } from 'node:stream'
import type { PasteRecord } from '../record.ts'
import { matchesIfNoneMatch } from './etag.ts'
import { type Coding, type Faces, findFace, type Form, type Representation } from './faces.ts'
import { streamBody } from './large-body.ts'
import { acceptsGzip } from './negotiate.ts'
import { problems } from './problems.ts'
import { ifRangeMatches, parseRange } from './range.ts'
import { commonHeaders, contentHeaders, etagOf, represent, representPage } from './represent.ts'

/** Turns a record and a request into the answer: form, encoding, conditions, ranges. */

export interface ReadRequest {
  /** GET or HEAD; HEAD is answered as GET without the body, and opens none. */
  head: boolean
  form: Form
  acceptEncoding: string | undefined
  ifNoneMatch: string | undefined
  range: string | undefined
  ifRange: string | undefined
}

export interface Served {
  record: PasteRecord
  faces: Faces
  /** True when the record lives in memory, so that what is made of it may be kept. */
  keep: boolean
  /** Called when the faces have grown. */
  onGrown?: (() => void) | undefined
  /** RFC 9211. */
  cacheStatus: string
  /** Until when NGINX may serve the answer: X-Accel-Expires: @seconds. */
  accelSeconds: number
  /** Opens the stored body from a byte on, where the record is without it. */
  openBody(from: number): Promise<Readable>
}

/** Above this many bytes, what was made of a record is made again rather than kept. */
const MAX_KEPT_FACE_BYTES = 1024 * 1024

/** @throws Problem 416, and whatever openBody throws; RecordError */
export function respond(request: ReadRequest, served: Served): Response | Promise<Response> {
  const coding = chooseCoding(request, served.record)
  const kept = findFace(served.faces, request.form, coding)
  if (kept !== undefined) return answer(request, served, kept)
  const { record } = served
  if (record.body === null && request.form !== 'html') return answerLarge(request, served, coding)
  const made =
    record.body === null
      ? representPage(record, coding)
      : represent({ ...record, body: record.body }, request.form, coding)
  if (!(made instanceof Promise)) return answer(request, served, keepFace(served, made))
  return made.then((face) => answer(request, served, keepFace(served, face)))
}

/** Ranges are of identity, always; a page is made in whichever encoding was asked for. */
function chooseCoding(request: ReadRequest, { head }: PasteRecord): Coding {
  if (request.range !== undefined && !request.head && request.form !== 'html') return 'identity'
  if (request.form !== 'html' && head.encoding === 'identity') return 'identity'
  return acceptsGzip(request.acceptEncoding) ? 'gzip' : 'identity'
}

/** Keeps what was made where it may be. @returns the one that is kept, if somebody was faster */
export function keepFace(served: Served, face: Representation): Representation {
  const { faces, record } = served
  const raced = findFace(faces, face.form, face.coding)
  if (raced !== undefined) return raced
  const own = face.body === record.body ? 0 : face.body.length
  if (!served.keep || own > MAX_KEPT_FACE_BYTES) return face
  faces.kept.push(face)
  faces.bytes += own
  served.onGrown?.()
  return face
}

/** One made face under the request's conditions. @throws Problem 416 */
export function answer(request: ReadRequest, served: Served, face: Representation): Response {
  const { ok, notModified } = stamp(served, face)
  if (request.ifNoneMatch !== undefined && matchesIfNoneMatch(request.ifNoneMatch, face.etag)) {
    return new Response(null, { status: 304, headers: notModified })
  }
  if (request.head) return new Response(null, { headers: ok })
  if (request.range !== undefined && request.form !== 'html') {
    const part = chosenPart(request, face.etag, face.body.length)
    if (part !== null) {
      const body = face.body.subarray(part.start, part.end + 1)
      return partial(ok, part, face.body.length, body as Uint8Array<ArrayBuffer>)
    }
  }
  return new Response(face.body as Uint8Array<ArrayBuffer>, { headers: ok })
}

/** Plain objects, made once a second for a hot paste: that is what hono's server writes fastest. */
function stamp(served: Served, face: Representation) {
  const { accelSeconds, cacheStatus, record } = served
  const { stamped } = face
  if (stamped?.accelSeconds === accelSeconds && stamped.cacheStatus === cacheStatus) return stamped
  const varying = { 'x-accel-expires': `@${accelSeconds}`, 'cache-status': cacheStatus }
  const next = {
    accelSeconds,
    cacheStatus,
    ok: { ...contentHeaders(record.head, face, face.body.length), ...varying },
    notModified: { ...commonHeaders(record.head, face.form, face.etag), ...varying },
  }
  face.stamped = next
  return next
}

interface Part {
  start: number
  /** Inclusive. */
  end: number
}

/** @returns null for the whole @throws Problem 416 */
function chosenPart(request: ReadRequest, etag: string, size: number): Part | null {
  if (!ifRangeMatches(request.ifRange, etag)) return null
  const range = parseRange(request.range, size)
  if (range.kind === 'unsatisfiable') throw problems.badRange(size)
  return range.kind === 'part' ? range : null
}

function partial(
  headers: Readonly<Record<string, string>>,
  { start, end }: Part,
  size: number,
  body: Uint8Array<ArrayBuffer> | ReadableStream,
): Response {
  return new Response(body, {
    status: 206,
    headers: {
      ...headers,
      'content-length': String(end - start + 1),
      'content-range': `bytes ${start}-${end}/${size}`,
    },
  })
}

/** A body that stayed in the bucket. It is open before any header is sent. */
async function answerLarge(
  request: ReadRequest,
  served: Served,
  coding: Coding,
): Promise<Response> {
  const { head } = served.record
  const etag = etagOf(head, request.form, coding)
  const length = coding === 'gzip' ? head.storedSize : head.size
  const face = { form: request.form, coding, etag, body: Buffer.alloc(0), stamped: null }
  const headers = {
    ...stamp(served, face).ok,
    ...contentHeaders(head, face, length),
  }
  if (request.ifNoneMatch !== undefined && matchesIfNoneMatch(request.ifNoneMatch, etag)) {
    return new Response(null, { status: 304, headers: stamp(served, face).notModified })
  }
  if (request.head) return new Response(null, { headers })
  const part = request.range === undefined ? null : chosenPart(request, etag, length)
  const { start, end } = part ?? { start: 0, end: length - 1 }
  const body = await streamBody({
    stored: head.encoding,
    sent: coding,
    start,
    length: end - start + 1,
    crc: part === null ? head.bodyCrc : null,
    open: served.openBody,
  })
  return part === null ? new Response(body, { headers }) : partial(headers, part, length, body)
}
