import baseX from 'base-x'

/** Base58 as Bitcoin writes it: no 0, O, I or l, which readers mistake for one another. */
export const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

const codec = baseX(BASE58)

export function base58(bytes: Uint8Array): string {
  return codec.encode(bytes)
}

/**
 * The last `count` base58 digits of `bytes`. Of a uniform input at least 8 bytes longer than the
 * digits need, the last digits are uniform to within 2^-60; the first ones would not be.
 */
export function lastDigits(bytes: Uint8Array, count: number): string {
  return codec.encode(bytes).padStart(count, '1').slice(-count)
}
