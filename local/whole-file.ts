import { constants, type FileHandle, link, open, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface WholeFile {
  path: string
  /** Where it is written first: on the same file system. */
  temporary: string
  pieces: readonly Uint8Array[]
  /** For tests, which hand in files that fail. */
  openFile?: (path: string, flags: number, mode: number) => Promise<Pick<FileHandle, FileUse>>
}

type FileUse = 'writev' | 'sync' | 'close'

const OWNER_ONLY = 0o600

/**
 * Creates a file that is there whole, on the disk, or not at all, whatever happens when: it is
 * written aside, synced and linked into place. One that exists is left as it is.
 * @returns false when it exists
 */
export async function createWhole(file: WholeFile): Promise<boolean> {
  const { path, temporary, pieces, openFile = open } = file
  try {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
    const handle = await openFile(temporary, flags, OWNER_ONLY)
    try {
      await writeAll(handle, pieces)
      await handle.sync()
    } finally {
      await handle.close()
    }
    // A rename would replace what is there; a link refuses.
    await link(temporary, path)
    await syncDirectory(dirname(path))
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  } finally {
    await unlinkIfThere(temporary)
  }
}

/** writev may write less than it was given; what is wrong (a full disk) then shows at the rest. */
async function writeAll(
  handle: Pick<FileHandle, 'writev'>,
  pieces: readonly Uint8Array[],
): Promise<void> {
  let left = pieces.filter((piece) => piece.length > 0)
  while (left.length > 0) {
    let { bytesWritten } = await handle.writev(left)
    while (left[0] !== undefined && bytesWritten >= left[0].length) {
      bytesWritten -= left[0].length
      left = left.slice(1)
    }
    const [first, ...rest] = left
    if (first !== undefined) left = [first.subarray(bytesWritten), ...rest]
  }
}

/** Makes the names in a directory last: without it a power cut can undo a creation or a removal. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows has no such thing: it cannot open a directory.
  if (process.platform === 'win32') return
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** @returns whether it was there */
export async function unlinkIfThere(path: string): Promise<boolean> {
  try {
    await unlink(path)
    return true
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false
    throw error
  }
}

export function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
