import { createHash, type KeyObject, verify } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/**
 * Verifies signed URLs as Google Cloud Storage does ("V4 signing process" and "Canonical requests"
 * in its documentation). Local emulators usually let any signature pass, and then a bug in signing
 * or in expiry shows up in production first.
 */

export interface SignedRequest {
  method: string
  /** Path and query as they came, percent-encoded. */
  url: string
  headers: IncomingHttpHeaders
}

export interface SignatureRules {
  publicKey: KeyObject
  clientEmail: string
  /** Epoch milliseconds. */
  nowMs: number
}

export type SignatureFault =
  | 'unsigned'
  | 'malformed'
  | 'unknown algorithm'
  | 'foreign identity'
  | 'too long an expiry'
  | 'not valid yet'
  | 'expired'
  | 'unsigned header'
  | 'wrong signature'

const ALGORITHM = 'GOOG4-RSA-SHA256'
const MAX_EXPIRY_SECONDS = 7 * 24 * 3600
/** How far the signer's clock may be ahead. */
const MAX_SKEW_MS = 15 * 60_000
const SIGNATURE = 'X-Goog-Signature'

interface Claims {
  algorithm: string
  credential: string
  date: string
  expires: string
  signedHeaders: string
  signature: string
}

/** @returns what is wrong with the request's signature, or null when it is right */
export function findSignatureFault(
  request: SignedRequest,
  { publicKey, clientEmail, nowMs }: SignatureRules,
): SignatureFault | null {
  const [path = '', query = ''] = splitOnce(request.url, '?')
  const parameters = parseQuery(query)
  if (parameters === null) return 'malformed'
  if (!parameters.has(SIGNATURE)) return 'unsigned'
  const claims = readClaims(parameters)
  if (claims === null) return 'malformed'
  if (claims.algorithm !== ALGORITHM) return 'unknown algorithm'
  const scope = readScope(claims, clientEmail)
  if (scope === null) return 'foreign identity'
  const timeFault = findTimeFault(claims, nowMs)
  if (timeFault !== null) return timeFault
  const headers = canonicalHeaders(claims.signedHeaders, request.headers)
  if (headers === null) return 'unsigned header'
  const canonicalRequest = [
    request.method,
    path,
    canonicalQuery(parameters),
    headers,
    claims.signedHeaders,
    request.headers['x-goog-content-sha256'] ?? 'UNSIGNED-PAYLOAD',
  ].join('\n')
  const hash = createHash('sha256').update(canonicalRequest).digest('hex')
  const signed = Buffer.from([ALGORITHM, claims.date, scope, hash].join('\n'))
  const signature = Buffer.from(claims.signature, 'hex')
  return verify('RSA-SHA256', signed, publicKey, signature) ? null : 'wrong signature'
}

/** @returns the decoded parameters; null when one cannot be decoded or comes twice */
function parseQuery(query: string): Map<string, string> | null {
  const parameters = new Map<string, string>()
  for (const pair of query.split('&').filter((part) => part !== '')) {
    const [name = '', value = ''] = splitOnce(pair, '=').map(decode)
    if (name === null || value === null || parameters.has(name)) return null
    parameters.set(name, value)
  }
  return parameters
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function readClaims(parameters: Map<string, string>): Claims | null {
  const claims = {
    algorithm: parameters.get('X-Goog-Algorithm') ?? '',
    credential: parameters.get('X-Goog-Credential') ?? '',
    date: parameters.get('X-Goog-Date') ?? '',
    expires: parameters.get('X-Goog-Expires') ?? '',
    signedHeaders: parameters.get('X-Goog-SignedHeaders') ?? '',
    signature: parameters.get(SIGNATURE) ?? '',
  }
  const wellFormed =
    /^\d{8}T\d{6}Z$/.test(claims.date) &&
    /^[1-9]\d{0,9}$/.test(claims.expires) &&
    /^(?:[0-9a-f]{2})+$/i.test(claims.signature)
  return wellFormed ? claims : null
}

/** @returns the credential's scope, when it is that of this identity and of the signature's day */
function readScope({ credential, date }: Claims, clientEmail: string): string | null {
  const [email, scope = ''] = splitOnce(credential, '/')
  const [day, , service, request, more] = scope.split('/')
  const fits =
    email === clientEmail &&
    day === date.slice(0, 8) &&
    service === 'storage' &&
    request === 'goog4_request' &&
    more === undefined
  return fits ? scope : null
}

function findTimeFault({ date, expires }: Claims, nowMs: number): SignatureFault | null {
  const iso = date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z')
  const signedMs = Date.parse(iso)
  const seconds = Number(expires)
  if (Number.isNaN(signedMs)) return 'malformed'
  if (seconds > MAX_EXPIRY_SECONDS) return 'too long an expiry'
  if (signedMs > nowMs + MAX_SKEW_MS) return 'not valid yet'
  return nowMs >= signedMs + seconds * 1000 ? 'expired' : null
}

/** @returns null when the host, a signed header or the signature of an x-goog- header is missing */
function canonicalHeaders(signedHeaders: string, headers: IncomingHttpHeaders): string | null {
  const names = signedHeaders.split(';')
  const unsigned = Object.keys(headers).some(
    (name) => name.startsWith('x-goog-') && !names.includes(name),
  )
  if (unsigned || !names.includes('host')) return null
  const lines: string[] = []
  for (const name of names) {
    const value = headers[name]
    if (value === undefined) return null
    lines.push(`${name}:${canonicalValue(name, String(value))}\n`)
  }
  return lines.join('')
}

/** Clients sign the host without its port. */
function canonicalValue(name: string, value: string): string {
  const trimmed = value.trim().replace(/\s+/g, ' ')
  return name === 'host' ? trimmed.replace(/:\d+$/, '') : trimmed
}

function canonicalQuery(parameters: Map<string, string>): string {
  return [...parameters]
    .filter(([name]) => name !== SIGNATURE)
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** Everything but the unreserved characters of RFC 3986, where encodeURIComponent leaves more. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
