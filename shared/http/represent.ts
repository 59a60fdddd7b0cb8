import { promisify } from 'node:util'
import { createHash } from 'node:crypto'
import { gunzip, gunzipSync, gzip } from 'node:zlib'
import { PAGE_SECURITY_HEADERS } from '../pages/layout.ts'
import { MAX_SHOWN_BYTES, renderPastePage } from '../pages/paste.ts'
import { type PasteRecord, RecordError, type RecordHead } from '../record.ts'
import type { Coding, Form, Representation } from './faces.ts'
import { CORS_HEADERS, RAW_SECURITY_HEADERS, READ_HEADERS } from './headers.ts'

/** Makes the representations of a record: which bytes go out, and under which headers. */

const unpack = promisify(gunzip)
const pack = promisify(gzip)

/** Bodies up to this many stored bytes are unpacked at once: shorter than a turn of the loop. */
const SYNC_GUNZIP_BYTES = 64 * 1024

/** Changes whenever the page or its style do, so that no browser keeps an older one. */
const BUILD = createHash('sha256')
  .update(renderPastePage({ head: sampleHead(), text: 'sample', rawUrl: '/raw/sample' }))
  .digest('hex')
  .slice(0, 8)

/**
 * @param record with its body
 * @throws RecordError when the stored gzip cannot be unpacked
 */
export function represent(
  record: PasteRecord & { body: Buffer },
  form: Form,
  coding: Coding,
): Representation | Promise<Representation> {
  if (form === 'html') return representPage(record, coding)
  const { head, body } = record
  if (coding === head.encoding) return toRepresentation(head, form, coding, body)
  if (body.length <= SYNC_GUNZIP_BYTES) {
    return toRepresentation(
      head,
      form,
      coding,
      unpacked(() => gunzipSync(body)),
    )
  }
  return unpackedLater(body).then((bytes) => toRepresentation(head, form, coding, bytes))
}

/** The page of a record; one whose body was left in the bucket is not shown, but linked to. */
export async function representPage(record: PasteRecord, coding: Coding): Promise<Representation> {
  const { head, body } = record
  const shown = body !== null && head.text && head.size <= MAX_SHOWN_BYTES
  const bytes = shown ? await identityOf(head, body) : null
  const page = Buffer.from(
    renderPastePage({ head, text: bytes?.toString('utf8') ?? null, rawUrl: `/raw/${head.id}` }),
  )
  return toRepresentation(head, 'html', coding, coding === 'gzip' ? await pack(page) : page)
}

/** What the writer sent. @throws RecordError when the stored gzip cannot be unpacked */
export function identityOf(head: RecordHead, body: Buffer): Buffer | Promise<Buffer> {
  return head.encoding === 'identity' ? body : unpackedLater(body)
}

function unpacked(run: () => Buffer): Buffer {
  try {
    return run()
  } catch (error) {
    throw new RecordError('the stored gzip cannot be unpacked', { cause: error })
  }
}

async function unpackedLater(body: Buffer): Promise<Buffer> {
  try {
    return await unpack(body)
  } catch (error) {
    throw new RecordError('the stored gzip cannot be unpacked', { cause: error })
  }
}

function toRepresentation(
  head: RecordHead,
  form: Form,
  coding: Coding,
  body: Buffer,
): Representation {
  return { form, coding, body, etag: etagOf(head, form, coding) }
}

/** Strong: one for each content, form and encoding, and for pages each build too. */
export function etagOf(head: RecordHead, form: Form, coding: Coding): string {
  const build = form === 'html' ? BUILD : ''
  return `"${head.sha256.slice(0, 32)}-${form.charAt(0)}${build}${coding === 'gzip' ? 'z' : ''}"`
}

/** Headers of a 200 but for those of the stamp. Nothing a user sent has a type that browsers run. */
export function contentHeaders(
  head: RecordHead,
  { form, coding, etag }: Pick<Representation, 'form' | 'coding' | 'etag'>,
  length: number,
): Record<string, string> {
  return {
    'content-type': contentType(head, form),
    'content-length': String(length),
    ...(coding === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
    ...(sendsBytes(form) ? { 'accept-ranges': 'bytes' } : {}),
    ...(form === 'download' || (sendsBytes(form) && !head.text)
      ? { 'content-disposition': `attachment; filename="${fileName(head)}"` }
      : {}),
    ...commonHeaders(head, form, etag),
  }
}

/** What a 304 carries too: it has neither length nor type, which would stall some clients. */
export function commonHeaders(head: RecordHead, form: Form, etag: string): Record<string, string> {
  return {
    etag,
    'x-expires': String(head.expiresAt),
    ...READ_HEADERS,
    ...CORS_HEADERS,
    ...(form === 'html' ? PAGE_SECURITY_HEADERS : RAW_SECURITY_HEADERS),
  }
}

function contentType(head: RecordHead, form: Form): string {
  if (form === 'html') return 'text/html; charset=utf-8'
  if (form === 'json' || form === 'document') return 'application/json'
  return head.text ? 'text/plain; charset=utf-8' : 'application/octet-stream'
}

/** Whether the paste itself goes out, and not something that was made of it. */
function sendsBytes(form: Form): boolean {
  return form === 'raw' || form === 'text' || form === 'download'
}

/** The title where it is a plain file name, else the id. */
function fileName({ id, title, text }: RecordHead): string {
  if (title !== null && /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/.test(title)) return title
  return `${id}.${text ? 'txt' : 'bin'}`
}

function sampleHead(): RecordHead {
  return {
    id: 'sample',
    createdAt: 0,
    expiresAt: 0,
    size: 6,
    storedSize: 6,
    sha256: '0'.repeat(64),
    bodyCrc: 0,
    encoding: 'identity',
    text: true,
    language: 'sample',
    title: 'sample',
    burn: false,
  }
}
