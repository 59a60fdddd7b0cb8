import { randomBytes, randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A kept secret is not as it was written; the message says what can be done. */
export class KeyError extends Error {
  override name = 'KeyError'
}

/** What stops working without each. */
const LOSS = {
  id: 'links made before stop working',
  token: 'delete tokens given out before stop working',
} as const

export type KeyName = keyof typeof LOSS

/**
 * The secret that DATA_DIR keeps for when ID_KEY or TOKEN_KEY is not set: made once, then read.
 * It is never replaced by itself: that would break every link, and nobody would know why.
 * @param dir exists, and is this process's own (its lock is held)
 * @returns 43 characters or more of base64url
 * @throws KeyError when the file is empty or damaged
 */
export function loadOrMakeKey(dir: string, name: KeyName): string {
  const file = join(dir, `${name}.key`)
  const kept = read(file)
  if (kept === null) {
    make(dir, file)
    return loadOrMakeKey(dir, name)
  }
  // The newline stands at the end: a file that was cut short lacks it.
  const secret = /^([!-~]{32,})\n$/.exec(kept)?.[1]
  if (secret === undefined || secret.includes(',')) {
    throw new KeyError(
      `the key in ${file} is damaged: put it back from a backup, or delete the file to get a new ` +
        `key (then ${LOSS[name]})`,
    )
  }
  return secret
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new KeyError(`cannot read the key in ${file}: ${String(error)}`, { cause: error })
  }
}

/** On disk before it has its name, so that a power cut leaves all of it or nothing. */
function make(dir: string, file: string): void {
  const draft = join(dir, `key-${randomUUID()}.tmp`)
  try {
    const handle = openSync(draft, 'wx', 0o600)
    try {
      writeSync(handle, `${randomBytes(32).toString('base64url')}\n`)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    linkSync(draft, file)
  } catch (error) {
    throw new KeyError(`cannot keep a key in ${file}: ${String(error)}`, { cause: error })
  } finally {
    rmSync(draft, { force: true })
  }
  syncFolder(dir)
}

function syncFolder(dir: string): void {
  const handle = openSync(dir, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
