import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import {
  DamagedObjectError,
  encodeFacts,
  type OpenedObject,
  readObjectFile,
  type StoredObject,
} from './object-file.ts'
import { createWhole, isCode, syncDirectory, unlinkIfThere, type WholeFile } from './whole-file.ts'

/** Objects on disk: one file each, made whole or not at all, never changed. */
export interface ObjectStore {
  /** Makes the folders and removes what writes cut off by a crash have left. */
  start(): Promise<void>
  /**
   * @returns false when an object of that name exists
   * @throws DiskFullError
   */
  put(object: StoredObject, bytes: Uint8Array): Promise<boolean>
  /**
   * The object, and its open file where its bytes have yet to be read: the caller closes it.
   * @throws DamagedObjectError
   */
  open(name: string): Promise<(OpenedObject & { handle: FileHandle | null }) | null>
  /** @returns whether it was there; when this returns it will not come back */
  delete(name: string): Promise<boolean>
  /** Objects in the order of names, from `from` (inclusive) on, `limit` at most. */
  list(from: string, limit: number): Promise<StoredObject[]>
}

/** There is no room for this object. */
export class DiskFullError extends Error {
  override name = 'DiskFullError'
}

export interface ObjectStoreOptions {
  dir: string
  /** Bytes that are left for others to write: the database stands on the same disk. */
  reserveBytes?: number
  /** Bytes that may still be written there. */
  freeBytes?: () => Promise<number>
  openFile?: WholeFile['openFile']
}

const DEFAULT_RESERVE_BYTES = 64 * 1024 * 1024

export function createObjectStore(options: ObjectStoreOptions): ObjectStore {
  const { dir, reserveBytes = DEFAULT_RESERVE_BYTES, openFile } = options
  const { freeBytes = () => freeBytesOf(dir) } = options
  const objects = join(dir, 'objects')
  const temporary = join(dir, 'tmp')
  const pathOf = (name: string) => join(objects, shardOf(name), fileName(name))

  async function makeShard(name: string): Promise<void> {
    const created = await mkdir(join(objects, shardOf(name)), { recursive: true })
    if (created !== undefined) await syncDirectory(objects)
  }

  return {
    async start() {
      await rm(temporary, { recursive: true, force: true })
      await mkdir(temporary, { recursive: true })
      await mkdir(objects, { recursive: true })
      await syncDirectory(dir)
    },
    async put(object, bytes) {
      const pieces = [encodeFacts(object), bytes]
      if ((await freeBytes()) < bytes.length + reserveBytes)
        throw new DiskFullError('less room than has to stay free')
      try {
        await makeShard(object.name)
        return await createWhole({
          path: pathOf(object.name),
          temporary: join(temporary, randomBytes(12).toString('hex')),
          pieces,
          ...(openFile !== undefined && { openFile }),
        })
      } catch (error) {
        throw isCode(error, 'ENOSPC', 'EDQUOT')
          ? new DiskFullError('no room', { cause: error })
          : error
      }
    },
    open: (name) => openObject(pathOf(name)),
    async delete(name) {
      const path = pathOf(name)
      const was = await unlinkIfThere(path)
      // Without this a power cut could bring it back.
      if (was) await syncDirectory(join(path, '..'))
      return was
    },
    list: (from, limit) => listObjects(objects, from, limit),
  }
}

async function listObjects(dir: string, from: string, limit: number): Promise<StoredObject[]> {
  const found: StoredObject[] = []
  const first = fileName(from)
  for (const shard of await namesIn(dir)) {
    if (shard < first.slice(0, 2)) continue
    for (const file of await namesIn(join(dir, shard))) {
      if (file < first) continue
      if (found.length === limit) return found
      const object = await describe(join(dir, shard, file), nameOf(file))
      if (object !== null) found.push(object)
    }
  }
  return found
}

/** In hexadecimal: the same order, never a path, and apart on a disk that does not tell a from A. */
function fileName(name: string): string {
  return Buffer.from(name).toString('hex')
}

function nameOf(file: string): string {
  return Buffer.from(file, 'hex').toString()
}

function shardOf(name: string): string {
  return fileName(name).slice(0, 2)
}

async function namesIn(dir: string): Promise<string[]> {
  const names = await readdir(dir)
  return names.filter((name) => /^[0-9a-f]+$/.test(name)).toSorted()
}

async function openObject(path: string): ReturnType<ObjectStore['open']> {
  const handle = await openIfThere(path)
  if (handle === null) return null
  let opened: OpenedObject | null = null
  try {
    opened = await readObjectFile(handle)
  } finally {
    if (opened?.bytes !== null) await handle.close()
  }
  return { ...opened, handle: opened.bytes === null ? handle : null }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null
    throw error
  }
}

/** For listings, where a damaged object must not be taken for an absent one. */
async function describe(path: string, name: string): Promise<StoredObject | null> {
  const handle = await openIfThere(path)
  if (handle === null) return null
  try {
    return (await readObjectFile(handle)).object
  } catch (error) {
    if (!(error instanceof DamagedObjectError)) throw error
    const { size, mtimeMs } = await handle.stat()
    return { ...UNKNOWN, name, size, createdAtMs: Math.floor(mtimeMs) }
  } finally {
    await handle.close()
  }
}

const UNKNOWN = {
  md5: '',
  crc32c: null,
  contentType: 'application/octet-stream',
  cacheControl: null,
  customTime: null,
  metadata: {},
}

async function freeBytesOf(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir)
  return bavail * bsize
}
