/**
 * A copy in memory of its own, for what is kept: the stream's, zlib's and small strings' bytes are
 * views of 64 KiB, all of which they would keep alive.
 */
export function copyOut(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}
