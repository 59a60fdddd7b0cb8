import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { header } from '../shared/http/handle.ts'
import { problems } from '../shared/http/problems.ts'
import type { IdempotencyKey } from './claims.ts'
import type { NewPaste } from './create.ts'

/** `Idempotency-Key` out of a request (draft-ietf-httpapi-idempotency-key-header). */

const MIN_LENGTH = 16
const MAX_LENGTH = 255

/** A string of RFC 9651. */
const QUOTED = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/
/** What most clients send in its place: a token, which one bare word is too. */
const BARE = /^[!#-+\--[\]-~]*$/

/**
 * @param client whose key it is: another client's equal key is another key
 * @returns null when none was sent
 * @throws Problem 400
 */
export function readIdempotency(
  c: Context,
  { client, paste }: { client: string; paste: NewPaste },
): IdempotencyKey | null {
  const text = header(c, 'idempotency-key')
  if (text === undefined) return null
  const key = parseIdempotencyKey(text)
  if (key === null) throw problems.badKey()
  const { bytes, ttlMs, language, title, burn } = paste
  return {
    keyHash: hash([client, c.req.method, c.req.path, key]),
    bodyHash: hash([
      createHash('sha256').update(bytes).digest('hex'),
      ttlMs,
      language,
      title,
      burn,
    ]),
  }
}

/** @returns the key without quotes and escapes; null for what is none */
export function parseIdempotencyKey(text: string): string | null {
  const trimmed = text.trim()
  const quoted = QUOTED.exec(trimmed)?.[1]?.replace(/\\(.)/g, '$1')
  const key = quoted ?? (BARE.test(trimmed) ? trimmed : '')
  return key.length < MIN_LENGTH || key.length > MAX_LENGTH ? null : key
}

/** As JSON, so that no two lists read the same. */
function hash(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
