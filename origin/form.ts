/**
 * application/x-www-form-urlencoded, as bytes: a decoder of text would lose what is not UTF-8.
 * curl and wget label every body so; whether one really is a form is for `isForm` to say.
 */

export interface Field {
  name: string
  bytes: Buffer
}

/** A body that is no form after all. */
export class FormError extends Error {
  override name = 'FormError'
}

const MAX_FIELDS = 100
/** Longer than any known name, each of its characters escaped. */
const MAX_NAME_BYTES = 100

const PLUS = 0x2b
const SPACE = 0x20
const PERCENT = 0x25
const AMPERSAND = 0x26
const EQUALS = 0x3d

/** What a form can be made of: what browsers leave as it is, and what people do not escape. */
const LEGAL = byteTable(
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789*-._+%&=~!'(),/:;?@$[]",
)
const HEX = hexTable()

/** True for what is labelled as a form, as curl labels everything. */
export function isLabelledForm(contentType: string | undefined): boolean {
  return /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i.test(contentType ?? '')
}

/**
 * A raw body is raw, whatever it is labelled: it counts as a form only when its first key is one
 * that forms here have, and each byte is legal in a form.
 */
export function isForm(body: Buffer, knownNames: ReadonlySet<string>): boolean {
  const end = body.subarray(0, MAX_NAME_BYTES).indexOf(EQUALS)
  if (end < 0 || !knownNames.has(decode(body.subarray(0, end)).toString('utf8'))) return false
  for (const byte of body) if (LEGAL[byte] !== 1) return false
  return true
}

/** @throws FormError */
export function parseForm(body: Buffer): Field[] {
  const fields: Field[] = []
  for (let start = 0; start < body.length;) {
    // Millions of them alone would otherwise be millions of views.
    if (body[start] === AMPERSAND) {
      start += 1
      continue
    }
    const found = body.indexOf(AMPERSAND, start)
    const end = found < 0 ? body.length : found
    const pair = body.subarray(start, end)
    start = end + 1
    if (fields.length === MAX_FIELDS) throw new FormError(`it has more than ${MAX_FIELDS} fields`)
    const equals = pair.indexOf(EQUALS)
    const name = equals < 0 ? pair : pair.subarray(0, equals)
    const value = equals < 0 ? pair.subarray(pair.length) : pair.subarray(equals + 1)
    fields.push({ name: decode(name).toString('utf8'), bytes: decode(value) })
  }
  return fields
}

function decode(bytes: Buffer): Buffer {
  const decoded = Buffer.allocUnsafe(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    const high = byte === PERCENT ? hexDigit(bytes[at + 1]) : -1
    const low = high < 0 ? -1 : hexDigit(bytes[at + 2])
    if (low >= 0) {
      decoded[length] = high * 16 + low
      at += 2
    } else {
      decoded[length] = byte === PLUS ? SPACE : byte
    }
    length += 1
  }
  return decoded.subarray(0, length)
}

function hexDigit(byte: number | undefined): number {
  return byte === undefined ? -1 : (HEX[byte] ?? -1)
}

function byteTable(characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const byte of Buffer.from(characters)) table[byte] = 1
  return table
}

function hexTable(): Int8Array {
  const table = new Int8Array(256).fill(-1)
  for (const [value, digit] of Array.from('0123456789abcdef').entries()) {
    table[digit.charCodeAt(0)] = value
    table[digit.toUpperCase().charCodeAt(0)] = value
  }
  return table
}
