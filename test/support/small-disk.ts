import { execFile } from 'node:child_process'
import { open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { atEnd, makeFolder, type Scope } from './process.ts'

/** A real file system of its own, small enough to be filled. */
export interface SmallDisk {
  dir: string
  freeBytes(): Promise<number>
  /** Takes all but so many bytes, as somebody else's file would. */
  fill(leaveBytes?: number): Promise<void>
  /** Gives that back. */
  free(): Promise<void>
}

const run = promisify(execFile)

/** @returns null where mounting is not permitted */
export async function mountSmallDisk(scope: Scope, mebibytes: number): Promise<SmallDisk | null> {
  const dir = await makeFolder(scope)
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', dir])
  } catch {
    return null
  }
  atEnd(scope, () => run('umount', ['-l', dir]))
  const filler = join(dir, 'filler')

  async function freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(dir)
    return bavail * bsize
  }

  return {
    dir,
    freeBytes,
    async fill(leaveBytes = 0) {
      const handle = await open(filler, 'a')
      const block = Buffer.alloc(64 * 1024)
      try {
        for (;;) {
          const left = (await freeBytes()) - leaveBytes
          if (left <= 0) return
          await handle.write(block, 0, Math.min(block.length, left))
        }
      } finally {
        await handle.close()
      }
    },
    free: () => rm(filler, { force: true }),
  }
}
