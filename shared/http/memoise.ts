/** Headers longer than this are not kept: nobody's ordinary client sends them. */
const MAX_KEY_LENGTH = 512

/**
 * Remembers what was made of a header: clients are many, the headers that they send are few.
 * @param limit entries after which all is forgotten; with the length of a key this bounds memory
 */
export function memoise<T extends string | boolean>(
  compute: (header: string) => T,
  limit = 1000,
): (header: string) => T {
  const known = new Map<string, T>()
  return function recall(header) {
    const seen = known.get(header)
    if (seen !== undefined) return seen
    const result = compute(header)
    if (header.length > MAX_KEY_LENGTH) return result
    if (known.size >= limit) known.clear()
    known.set(header, result)
    return result
  }
}
