import { randomBytes } from 'node:crypto'
import { BASE58, lastDigits } from './base58.ts'
import { type KeyList, hmac } from './keys.ts'

/**
 * Ids: 12 base58 characters, ten random ones and two of an HMAC-SHA256 of the ten. An edge turns
 * 3,363 of 3,364 made-up ids away without asking anyone.
 */

const RANDOM_DIGITS = 10
const MAC_DIGITS = 2
const ID_LENGTH = RANDOM_DIGITS + MAC_DIGITS
const ID_PATTERN = new RegExp(`^[${BASE58}]{${ID_LENGTH}}$`)

export interface Ids {
  make(): string
  /** False for a string of the wrong shape and for one whose MAC no listed key explains. */
  verify(id: string): boolean
}

/** @param random gives that many random bytes; for tests */
export function createIds(keys: KeyList, random: (count: number) => Buffer = randomBytes): Ids {
  return {
    make() {
      const digits = lastDigits(random(16), RANDOM_DIGITS)
      return digits + lastDigits(hmac(keys.signing, `id:${digits}`), MAC_DIGITS)
    },
    verify(id) {
      if (!ID_PATTERN.test(id)) return false
      if (keys.acceptsAny) return true
      const digits = id.slice(0, RANDOM_DIGITS)
      const mac = id.slice(RANDOM_DIGITS)
      return keys.verifying.some((key) => lastDigits(hmac(key, `id:${digits}`), MAC_DIGITS) === mac)
    },
  }
}
