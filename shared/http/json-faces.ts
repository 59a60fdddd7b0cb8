import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { PasteRecord, RecordHead } from '../record.ts'
import { type Coding, createFaces, findFace, type Representation } from './faces.ts'
import { streamBody } from './large-body.ts'
import { acceptsGzip } from './negotiate.ts'
import { identityOf } from './represent.ts'
import { answer, keepFace, type ReadRequest, type Served } from './respond.ts'

/** The faces that are JSON: a link's own, and haste's document. Ranges are of bytes, so of neither. */

const pack = promisify(gzip)

/** Text of more bytes than this is not in the JSON; it is at `rawUrl`. */
export const MAX_JSON_TEXT_BYTES = 1024 * 1024

export interface Links {
  /** What links begin with. */
  base: string
  /** False when the request itself told: then the answer is for nobody else. */
  fixed: boolean
}

/** `{id, url, rawUrl, createdAt, expiresAt, size, sha256, language, title, text?}` */
export async function respondJson(
  request: ReadRequest,
  served: Served,
  { base, fixed }: Links,
): Promise<Response> {
  if (fixed) return respondMade('json', request, served, (record) => describe(record, base))
  // Anybody may write what they like into Host: nothing made of it is kept, here or in NGINX.
  const alone = { ...served, keep: false, faces: createFaces() }
  const response = await respondMade('json', request, alone, (record) => describe(record, base))
  response.headers.set('x-accel-expires', '0')
  return response
}

/** `{data, key}`: the whole paste as UTF-8, invalid bytes replaced. @throws what openBody throws */
export async function respondDocument(request: ReadRequest, served: Served): Promise<Response> {
  const { head, body } = served.record
  if (body !== null) return respondMade('document', request, served, document)
  const etag = etagOf('document', 'identity', identify(head))
  const known = { form: 'document', coding: 'identity', etag } as const
  const told = request.head || request.ifNoneMatch !== undefined
  if (told) {
    const response = answer({ ...request, head: true }, served, { ...known, body: EMPTY })
    // Its length is known only to those who read it all.
    response.headers.delete('content-length')
    if (request.head || response.status === 304) return response
  }
  const bytes = await readLarge(served)
  return answer({ ...request, range: undefined }, served, { ...known, body: toBody(head, bytes) })
}

const EMPTY = Buffer.alloc(0)

interface Made {
  /** Names the content: two of the same are the same JSON. */
  identity: string
  json(): Promise<Buffer>
}

async function respondMade(
  form: 'json' | 'document',
  request: ReadRequest,
  served: Served,
  make: (record: PasteRecord) => Made,
): Promise<Response> {
  const coding = acceptsGzip(request.acceptEncoding) ? 'gzip' : 'identity'
  const whole = { ...request, range: undefined }
  const kept = findFace(served.faces, form, coding)
  if (kept !== undefined) return answer(whole, served, kept)
  const made = make(served.record)
  const json = await made.json()
  const body = coding === 'gzip' ? await pack(json) : json
  const etag = etagOf(form, coding, made.identity)
  const face: Representation = { form, coding, body, etag }
  return answer(whole, served, keepFace(served, face))
}

function describe({ head, body }: PasteRecord, base: string): Made {
  const facts = {
    id: head.id,
    url: `${base}/${head.id}`,
    rawUrl: `${base}/raw/${head.id}`,
    createdAt: new Date(head.createdAt).toISOString(),
    expiresAt: new Date(head.expiresAt).toISOString(),
    size: head.size,
    sha256: head.sha256,
    language: head.language,
    title: head.title,
  }
  return {
    identity: JSON.stringify(facts),
    async json() {
      const shown = body !== null && head.text && head.size <= MAX_JSON_TEXT_BYTES
      const text = shown ? (await identityOf(head, body)).toString('utf8') : undefined
      return Buffer.from(`${JSON.stringify({ ...facts, text })}\n`)
    },
  }
}

function document({ head, body }: PasteRecord): Made {
  return {
    identity: identify(head),
    async json() {
      return toBody(head, await identityOf(head, body ?? EMPTY))
    },
  }
}

function identify({ id, sha256 }: RecordHead): string {
  return `${id} ${sha256}`
}

function toBody({ id }: RecordHead, bytes: Buffer): Buffer {
  return Buffer.from(JSON.stringify({ data: bytes.toString('utf8'), key: id }))
}

/** The whole of a body that stayed in the bucket, checked; no more than a paste may be large. */
async function readLarge({ record: { head }, openBody }: Served): Promise<Buffer> {
  const stream = await streamBody({
    stored: head.encoding,
    sent: 'identity',
    start: 0,
    length: head.size,
    crc: head.bodyCrc,
    open: openBody,
  })
  return Buffer.from(await new Response(stream).arrayBuffer())
}

/** Strong: the links, times and names in the JSON are no part of the paste's own hash. */
function etagOf(form: 'json' | 'document', coding: Coding, identity: string): string {
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 32)
  return `"${hash}-${form}${coding === 'gzip' ? 'z' : ''}"`
}
