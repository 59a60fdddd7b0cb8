import { createHash, timingSafeEqual } from 'node:crypto'
import { base58 } from '../shared/base58.ts'
import { hmac, type KeyList } from '../shared/keys.ts'

/**
 * Delete tokens: an HMAC-SHA256 of the id, in base58. Nothing is stored for them, so an owner can
 * delete even after the row was lost.
 */

export interface Tokens {
  make(id: string): string
  /** Compares in constant time. */
  verify(id: string, token: string): boolean
}

export function createTokens(keys: KeyList): Tokens {
  return {
    make: (id) => base58(hmac(keys.signing, `delete:${id}`)),
    verify: (id, token) =>
      keys.verifying.some((key) => sameText(base58(hmac(key, `delete:${id}`)), token)),
  }
}

/** In constant time: hashed first, so that neither the length nor the place of a difference shows. */
export function sameText(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
