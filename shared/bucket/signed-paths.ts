import { createPrivateKey, sign } from 'node:crypto'
import type { Storage } from '@google-cloud/storage'
import type { Clock } from '../clock.ts'

/** A path is reused for this long, and its signature stands for twice as long. */
const WINDOW_MS = 10 * 60_000
/** Paths kept; one takes about 1 KiB. */
const MAX_PATHS = 2000

/** Paths with the query that a V4 signed URL carries: right to GET one object, for some minutes. */
export interface SignedPaths {
  /** The path, if it was signed in the present window. */
  known(name: string): string | null
  sign(name: string): Promise<string>
}

export interface SignedPathsOptions {
  storage: Storage
  bucket: string
  clock: Pick<Clock, 'now'>
}

/**
 * Signing starts at the beginning of the window, so that a path can be used again for as long as
 * the window lasts: a signature is the dearest part of a read.
 */
export function createSignedPaths({ storage, bucket, clock }: SignedPathsOptions): SignedPaths {
  const paths = new Map<string, string>()
  let window = 0
  let ready: Promise<void> | null = null

  function enterWindow(): void {
    const now = Math.floor(clock.now() / WINDOW_MS)
    if (now === window) return
    window = now
    paths.clear()
  }

  return {
    known(name) {
      enterWindow()
      return paths.get(name) ?? null
    },
    async sign(name) {
      ready ??= signWithParsedKey(storage.authClient)
      await ready.catch((error: unknown) => {
        ready = null
        throw error
      })
      enterWindow()
      const signedIn = window
      const accessibleAt = signedIn * WINDOW_MS
      const [url] = await storage
        .bucket(bucket)
        .file(name)
        .getSignedUrl({
          version: 'v4',
          action: 'read',
          accessibleAt,
          expires: accessibleAt + 2 * WINDOW_MS,
        })
      const { pathname, search } = new URL(url)
      const path = pathname + search
      if (window === signedIn) keep(paths, name, path)
      return path
    },
  }
}

function keep(paths: Map<string, string>, name: string, path: string): void {
  const [oldest] = paths.keys()
  if (paths.size >= MAX_PATHS && oldest !== undefined) paths.delete(oldest)
  paths.set(name, path)
}

/**
 * Makes the client sign with a key that is parsed once: from its PEM every signature costs twice as
 * much. An identity without a private key (signing is then a remote call) is left as it is.
 */
async function signWithParsedKey(auth: Storage['authClient']): Promise<void> {
  const { private_key: pem } = await auth.getCredentials()
  if (pem === undefined) return
  const key = createPrivateKey(pem)
  auth.sign = (data) =>
    Promise.resolve(sign('RSA-SHA256', Buffer.from(data), key).toString('base64'))
}
