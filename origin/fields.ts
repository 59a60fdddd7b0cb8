import { problems } from '../shared/http/problems.ts'
import { FormError, isForm, isLabelledForm, parseForm } from './form.ts'
import { isMultipart, MultipartError, parseMultipart, readBoundary } from './multipart.ts'
import { OPTION_NAMES } from './options.ts'

/** The fields of a form, whichever way it was sent, and which of them is the paste. */

export interface UploadField {
  name: string
  /** As the client named the file that it is; null for what is none. */
  fileName: string | null
  bytes: Buffer
}

/** What the clients of other pastebins call the paste, in the order in which they win. */
const CONTENT_NAMES = 'file f:1 sprunge clbin text content c code paste data raw'.split(' ')
const KNOWN_NAMES = new Set([...CONTENT_NAMES, ...OPTION_NAMES])

/** @returns null for a body that is raw @throws Problem 400 */
export function readMixedFields(type: string | undefined, body: Buffer): UploadField[] | null {
  if (isMultipart(type)) return readMultipartFields(type, body)
  return isLabelledForm(type) && isForm(body, KNOWN_NAMES) ? readFormFields(body) : null
}

/** For where nothing but a form makes sense. @throws Problem 400 */
export function readFields(type: string | undefined, body: Buffer): UploadField[] {
  if (isMultipart(type)) return readMultipartFields(type, body)
  if (isLabelledForm(type)) return readFormFields(body)
  throw problems.badForm('its Content-Type is that of none')
}

/** @throws Problem 400 */
export function readMultipartFields(type: string | undefined, body: Buffer): UploadField[] {
  const boundary = readBoundary(type)
  if (boundary === null) throw problems.badForm('its Content-Type names no boundary')
  try {
    return parseMultipart(body, boundary)
  } catch (error) {
    throw error instanceof MultipartError ? problems.badForm(error.message) : error
  }
}

function readFormFields(body: Buffer): UploadField[] {
  try {
    return parseForm(body).map((field) => ({ ...field, fileName: null }))
  } catch (error) {
    throw error instanceof FormError ? problems.badForm(error.message) : error
  }
}

/** @param first the name that wins over all others @returns null when nothing was filled in */
export function chooseContent(
  fields: readonly UploadField[],
  first: string | null = null,
): UploadField | null {
  const filled = fields.filter(({ bytes }) => bytes.length > 0)
  for (const name of first === null ? CONTENT_NAMES : [first, ...CONTENT_NAMES]) {
    const found = filled.find((field) => field.name === name)
    if (found !== undefined) return found
  }
  return filled.find(({ name }) => !OPTION_NAMES.has(name)) ?? null
}

/** Text of the first field of that name. */
export function fieldText(fields: readonly UploadField[], name: string): string | undefined {
  return fields.find((field) => field.name === name)?.bytes.toString('utf8')
}

/** The browser's own form tells of itself in a hidden field. */
export function isEditor(fields: readonly UploadField[]): boolean {
  return fieldText(fields, 'form') === 'editor'
}

/**
 * The paste's bytes: as they came, but for the editor's textarea, in which browsers end lines in
 * CRLF whatever was typed.
 */
export function contentBytes(fields: readonly UploadField[], chosen: UploadField): Buffer {
  if (chosen.fileName !== null || !isEditor(fields)) return chosen.bytes
  return Buffer.from(chosen.bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
}

/** @returns null for what is no name: none, or curl's dash for standard input */
export function fileNameOf({ fileName }: UploadField): string | null {
  const name = fileName?.replace(/^.*[/\\]/s, '') ?? ''
  return name === '' || name === '-' ? null : name
}
