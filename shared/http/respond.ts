import type { Readable } from 'node:stream'
import { copyOut } from '../copy-out.ts'
import type { PasteRecord } from '../record.ts'
import { matchesIfNoneMatch } from './etag.ts'
import { type Coding, type Faces, findFace, type Form, type Representation } from './faces.ts'
import { streamBody } from './large-body.ts'
import { acceptsGzip } from './negotiate.ts'
import { problems } from './problems.ts'
import { ifRangeMatches, parseRange } from './range.ts'
import { commonHeaders, contentHeaders, etagOf, represent, representPage } from './represent.ts'
import { createStamps, type Stamped } from './stamps.ts'

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

const stamps = createStamps()

/** @throws Problem 416, and whatever openBody throws; RecordError */
export function respond(request: ReadRequest, served: Served): Response | Promise<Response> {
  const { record, faces, accelSeconds, cacheStatus } = served
  const { form } = request
  const coding = chooseCoding(request, record)
  const stamped = stamps.find(faces, { form, coding, accelSeconds, cacheStatus })
  if (stamped !== undefined) return answerStamped(request, stamped)
  const kept = findFace(faces, form, coding)
  if (kept !== undefined) return answer(request, served, kept)
  if (record.body === null && form !== 'html') return answerLarge(request, served, coding)
  const made =
    record.body === null
      ? representPage(record, coding)
      : represent({ ...record, body: record.body }, form, coding)
  if (!(made instanceof Promise)) return answer(request, served, keepFace(served, made))
  return made.then((face) => answer(request, served, keepFace(served, face)))
}

/** Ranges are of identity, always; a page is made in whichever encoding was asked for. */
function chooseCoding(request: ReadRequest, { head }: PasteRecord): Coding {
  if (request.range !== undefined && !request.head && request.form !== 'html') return 'identity'
  if (request.form !== 'html' && head.encoding === 'identity') return 'identity'
  return acceptsGzip(request.acceptEncoding) ? 'gzip' : 'identity'
}

/**
 * Keeps what took work to make; of a body that is the record's own there is nothing to keep.
 * @returns the one that is kept, if somebody was faster
 */
export function keepFace(served: Served, face: Representation): Representation {
  const { faces, record, keep } = served
  const raced = findFace(faces, face.form, face.coding)
  if (raced !== undefined) return raced
  if (!keep || face.body === record.body || face.body.length > MAX_KEPT_FACE_BYTES) return face
  const kept = { ...face, body: copyOut(face.body) }
  faces.kept = [...faces.kept, kept]
  faces.bytes += kept.body.length
  served.onGrown?.()
  return kept
}

/** One made face under the request's conditions. @throws Problem 416 */
export function answer(request: ReadRequest, served: Served, face: Representation): Response {
  return answerStamped(request, stamp(served, face))
}

function answerStamped(request: ReadRequest, { face, ok, notModified }: Stamped): Response {
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

function stamp(served: Served, face: Representation): Stamped {
  const { faces, keep } = served
  const stamped = stampedWith(served, face, face.body.length)
  return keep ? stamps.keep(faces, stamped) : stamped
}

function stampedWith(served: Served, face: Representation, length: number): Stamped {
  const { accelSeconds, cacheStatus, record } = served
  const varying = { 'x-accel-expires': `@${accelSeconds}`, 'cache-status': cacheStatus }
  return {
    face,
    accelSeconds,
    cacheStatus,
    ok: { ...contentHeaders(record.head, face, length), ...varying },
    notModified: { ...commonHeaders(record.head, face.form, face.etag), ...varying },
  }
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
  const face = { form: request.form, coding, etag, body: Buffer.alloc(0) }
  const { ok: headers, notModified } = stampedWith(served, face, length)
  if (request.ifNoneMatch !== undefined && matchesIfNoneMatch(request.ifNoneMatch, etag)) {
    return new Response(null, { status: 304, headers: notModified })
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
