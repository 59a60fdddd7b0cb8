/** Randomness that can be had again: everything follows from the seed. */
export interface Random {
  /** 0 to 1, exclusive. */
  next(): number
  /** Half of the time text that packs well, else noise. */
  bytes(length: number): Buffer
  sample<T>(items: readonly T[], count: number): T[]
}

/** SplitMix32: https://github.com/bryc/code/blob/master/jshash/PRNGs.md#splitmix32 */
export function createRandom(seed: number): Random {
  let state = seed | 0

  function word(): number {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }

  const next = () => word() / 2 ** 32

  return {
    next,
    bytes(length) {
      const bytes = Buffer.alloc(length)
      const alphabet = next() < 0.5 ? 16 : 256
      for (let at = 0; at < length; at += 1) bytes[at] = 0x61 + Math.floor(next() * alphabet)
      return bytes
    },
    sample(items, count) {
      const left = [...items]
      const taken = Array.from({ length: Math.min(count, left.length) }, () =>
        left.splice(Math.floor(next() * left.length), 1),
      )
      return taken.flat()
    },
  }
}
