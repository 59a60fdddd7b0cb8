/** The two parts of a multipart upload (JSON API, objects.insert with uploadType=multipart). */
export interface Upload {
  facts: Record<string, unknown>
  bytes: Buffer
}

const HEADER_END = '\r\n\r\n'

/**
 * Takes a multipart/related body (RFC 2387) apart: a part of JSON, a part of bytes.
 * @returns null when it is not exactly that
 */
export function parseUpload(contentType: string, body: Buffer): Upload | null {
  const match = /^multipart\/related\s*;.*?\bboundary=("?)([\w'()+,./:=?-]{1,70})\1/i.exec(
    contentType,
  )
  if (match === null) return null
  const delimiter = `\r\n--${match[2]}`
  const open = delimiter.slice(2)
  if (!body.subarray(0, open.length).equals(Buffer.from(open))) return null
  const jsonEnd = body.indexOf(delimiter, open.length)
  const bytesEnd = body.lastIndexOf(`${delimiter}--`)
  if (jsonEnd < 0 || bytesEnd <= jsonEnd) return null
  const json = partContent(body.subarray(open.length, jsonEnd))
  const bytes = partContent(body.subarray(jsonEnd + delimiter.length, bytesEnd))
  if (json === null || bytes === null) return null
  const facts = parseObject(json.toString('utf8'))
  return facts === null ? null : { facts, bytes }
}

function partContent(part: Buffer): Buffer | null {
  const at = part.indexOf(HEADER_END)
  return at < 0 ? null : part.subarray(at + HEADER_END.length)
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
