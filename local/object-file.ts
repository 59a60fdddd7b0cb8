import type { FileHandle } from 'node:fs/promises'

/** What the bucket knows of an object: the first line of its file; its bytes follow. */
export interface StoredObject {
  name: string
  /** Bytes. */
  size: number
  /** Base64. */
  md5: string
  /** Base64, big-endian; null where nobody asked for it. */
  crc32c: string | null
  createdAtMs: number
  contentType: string
  cacheControl: string | null
  /** ISO 8601. */
  customTime: string | null
  metadata: Readonly<Record<string, string>>
}

/** A file that is no object, or not all of it. */
export class DamagedObjectError extends Error {
  override name = 'DamagedObjectError'
}

export interface OpenedObject {
  object: StoredObject
  /** Where its bytes begin in the file. */
  offset: number
  /** All of its bytes, when they came along with the first line; else null. */
  bytes: Buffer | null
}

/** Holds the first line of any object and the whole of most pastes. */
const FIRST_READ_BYTES = 64 * 1024
const MAX_LINE_BYTES = 16 * 1024

export function encodeFacts(object: StoredObject): Buffer {
  const line = Buffer.from(`${JSON.stringify(object)}\n`)
  if (line.length > MAX_LINE_BYTES) throw new RangeError('more metadata than an object may have')
  return line
}

/** @throws DamagedObjectError */
export async function readObjectFile(
  handle: Pick<FileHandle, 'read' | 'stat'>,
): Promise<OpenedObject> {
  const buffer = Buffer.allocUnsafe(FIRST_READ_BYTES)
  const { bytesRead } = await handle.read(buffer, 0, FIRST_READ_BYTES, 0)
  const start = buffer.subarray(0, bytesRead)
  const offset = start.subarray(0, MAX_LINE_BYTES).indexOf('\n') + 1
  if (offset === 0) throw new DamagedObjectError('no first line')
  const object = decodeFacts(start.subarray(0, offset - 1).toString('utf8'))
  const length = bytesRead < FIRST_READ_BYTES ? bytesRead : (await handle.stat()).size
  if (length !== offset + object.size) throw new DamagedObjectError('not as long as it should be')
  return { object, offset, bytes: length === bytesRead ? start.subarray(offset) : null }
}

function decodeFacts(line: string): StoredObject {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new DamagedObjectError('a first line that is no JSON')
  }
  if (!isStoredObject(value)) throw new DamagedObjectError('a first line that lacks something')
  return value
}

function isStoredObject(value: unknown): value is StoredObject {
  if (typeof value !== 'object' || value === null) return false
  const { name, size, md5, crc32c, createdAtMs, contentType, cacheControl, customTime, metadata } =
    value as Record<keyof StoredObject, unknown>
  return (
    [name, md5, contentType].every((text) => typeof text === 'string') &&
    [crc32c, cacheControl, customTime].every((text) => text === null || typeof text === 'string') &&
    [size, createdAtMs].every((count) => Number.isSafeInteger(count) && (count as number) >= 0) &&
    typeof metadata === 'object' &&
    metadata !== null &&
    Object.values(metadata).every((text) => typeof text === 'string')
  )
}
