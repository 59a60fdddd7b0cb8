import type { Context } from 'hono'
import type { Clock } from '../shared/clock.ts'
import { header } from '../shared/http/handle.ts'
import { problems } from '../shared/http/problems.ts'
import { type ApiBody, parseApiBody } from './api-body.ts'
import { readBytes } from './body.ts'
import type { NewPaste } from './create.ts'
import {
  chooseContent,
  contentBytes,
  fieldText,
  fileNameOf,
  isEditor,
  readMixedFields,
  readMultipartFields,
  type UploadField,
} from './fields.ts'
import { isLabelledForm } from './form.ts'
import { isMultipart } from './multipart.ts'
import { type OptionSource, readOptions, type UploadLimits } from './options.ts'
import type { WriteGuard } from './write-guard.ts'

/** A paste out of a request: its bytes, kept as they are, and its options. */

export interface UploadReader {
  /**
   * A raw body is raw, whatever its Content-Type says.
   * @param name out of the path of a PUT: the title, its extension the language
   * @throws Problem 400, 401, 413, 415, 422
   */
  raw(c: Context, from: { name?: string | null; url: string }): Promise<NewPaste>
  /** A multipart, a form that is beyond doubt, or else a raw body. @throws as `raw` */
  mixed(c: Context, from: { url: string }): Promise<MixedUpload>
  /** A multipart, in which the field `data` wins, or else a raw body. @throws as `raw` */
  multipart(c: Context, from: { url: string }): Promise<NewPaste>
  /** The JSON API's body. @throws as `raw` */
  json(c: Context, from: { url: string }): Promise<NewPaste>
}

export interface MixedUpload {
  paste: NewPaste
  /** `editor`: the form of this place's own page. */
  kind: 'raw' | 'form' | 'editor'
}

export interface UploadReaderOptions {
  limits: UploadLimits
  guard: WriteGuard
  clock: Pick<Clock, 'now'>
}

/** Bytes of a multipart around its content. */
const MULTIPART_OVERHEAD_BYTES = 64 * 1024

/** Escapes make JSON longer than the text that it carries. */
const JSON_FACTOR = 2

const nothing: OptionSource = () => undefined

export function createUploadReader({ limits, guard, clock }: UploadReaderOptions): UploadReader {
  /** Options are looked at before the body, so that a wrong one costs nobody an upload. */
  function optionsOf(c: Context, field: OptionSource, name: string | null) {
    const query = (option: string) => c.req.query(option)
    const ttlHeader = header(c, 'x-ttl')
    return readOptions({ query, field, ttlHeader, name, nowMs: clock.now() }, limits)
  }

  async function raw(c: Context, { name = null, url }: { name?: string | null; url: string }) {
    guard.check(c)
    const options = optionsOf(c, nothing, name)
    return rawPaste(await readBytes(c, limits.maxPasteBytes), options, url)
  }

  function formPaste(c: Context, fields: UploadField[], url: string, first: string | null) {
    const { bytes, name } = takeContent(fields, { first, limits, url })
    return { bytes, ...optionsOf(c, (option) => fieldText(fields, option), name) }
  }

  return {
    raw,
    async mixed(c, { url }) {
      const type = header(c, 'content-type')
      const packed = isMultipart(type)
      if (!packed && !isLabelledForm(type)) return { paste: await raw(c, { url }), kind: 'raw' }
      const options = optionsOf(c, nothing, null)
      const body = packed
        ? await readMultipart(c, limits)
        : await readBytes(c, limits.maxPasteBytes)
      const fields = readMixedFields(type, body)
      guard.check(c, fields === null ? undefined : fieldText(fields, 'token'))
      if (fields === null) return { paste: rawPaste(body, options, url), kind: 'raw' }
      const paste = formPaste(c, fields, url, null)
      return { paste, kind: isEditor(fields) ? 'editor' : 'form' }
    },
    async multipart(c, { url }) {
      const type = header(c, 'content-type')
      if (!isMultipart(type)) return raw(c, { url })
      optionsOf(c, nothing, null)
      const fields = readMultipartFields(type, await readMultipart(c, limits))
      guard.check(c, fieldText(fields, 'token'))
      return formPaste(c, fields, url, 'data')
    },
    async json(c, { url }) {
      guard.check(c)
      optionsOf(c, nothing, null)
      const { maxPasteBytes } = limits
      const body = parseApiBody(await readBytes(c, JSON_FACTOR * maxPasteBytes, maxPasteBytes))
      const options = optionsOf(c, jsonSource(body), null)
      const bytes = Buffer.from(body.text)
      if (bytes.length > maxPasteBytes) throw problems.tooLarge(maxPasteBytes, bytes.length)
      return rawPaste(bytes, options, url)
    },
  }
}

function rawPaste(bytes: Buffer, options: Omit<NewPaste, 'bytes'>, url: string): NewPaste {
  if (bytes.length === 0) throw problems.emptyPaste(url)
  return { bytes, ...options }
}

function readMultipart(c: Context, { maxPasteBytes }: UploadLimits): Promise<Buffer> {
  return readBytes(c, maxPasteBytes + MULTIPART_OVERHEAD_BYTES, maxPasteBytes)
}

function takeContent(
  fields: UploadField[],
  { first, limits, url }: { first: string | null; limits: UploadLimits; url: string },
) {
  const chosen = chooseContent(fields, first)
  if (chosen === null) throw problems.emptyPaste(url)
  const bytes = contentBytes(fields, chosen)
  if (bytes.length > limits.maxPasteBytes) {
    throw problems.tooLarge(limits.maxPasteBytes, bytes.length)
  }
  return { bytes, name: fileNameOf(chosen) }
}

function jsonSource({ ttl, language, title, burn }: ApiBody): OptionSource {
  const given = new Map([
    ['ttl', ttl?.toString()],
    ['lang', language],
    ['title', title],
    ['burn', burn?.toString()],
  ])
  return (name) => given.get(name)
}
