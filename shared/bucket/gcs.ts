import { createHash } from 'node:crypto'
import type { File } from '@google-cloud/storage'
import { type Clock, systemClock } from '../clock.ts'
import { timing } from '../timing.ts'
import {
  type Bucket,
  BucketError,
  BucketFullError,
  type BucketObject,
  type ListedObject,
  type PutOptions,
} from './bucket.ts'
import { type Call, startCall } from './call.ts'
import { type Answer, createExchange, readText, toBucketError } from './exchange.ts'
import { createGcsClient, type GcsCredentials, GcsStatusError } from './gcs-client.ts'
import { type ListingPage, readPage } from './gcs-listing.ts'
import { createSignedPaths } from './signed-paths.ts'

export interface GcsBucketOptions {
  /** The bucket's name. */
  bucket: string
  /** Base URL in place of Google's; the part after the host goes out on writes alone. */
  endpoint?: string | undefined
  /** Without them, Google's application default credentials. */
  credentials?: GcsCredentials | undefined
  clock?: Clock
  /** Of one call, all in all. */
  deadlineMs?: number
}

export interface GcsBucket extends Bucket {
  /** Ends what is under way and closes the connections. Idempotent. */
  close(): void
}

const GOOGLE = 'https://storage.googleapis.com'
/** Bytes of an error's text that are read for its code. */
const MAX_ERROR_BYTES = 64 * 1024

/** Google Cloud Storage, or what speaks like it at `endpoint`. */
export function createGcsBucket(options: GcsBucketOptions): GcsBucket {
  const { bucket, endpoint, credentials, clock = systemClock } = options
  const { deadlineMs = timing.bucketMs } = options
  const exchange = createExchange(new URL(endpoint ?? GOOGLE))
  const { storage, limit } = createGcsClient({
    endpoint: endpoint ?? null,
    credentials: credentials ?? null,
    exchange,
  })
  const paths = createSignedPaths({ storage, bucket, clock })

  const start = (signal?: AbortSignal) => startCall({ deadlineMs, clock, signal })
  const fileOf = (name: string, call: Call) => limit(storage.bucket(bucket).file(name), call)

  return {
    async get(name, { ifNoneMatch = null, from = 0, signal } = {}) {
      const call = start(signal)
      try {
        const path = paths.known(name) ?? (await call.race(paths.sign(name)))
        const headers = {
          ...(ifNoneMatch !== null && { 'if-none-match': ifNoneMatch }),
          ...(from > 0 && { range: `bytes=${from}-` }),
        }
        const answer = await exchange.send({ method: 'GET', path, headers }, call)
        return await readObject(answer, { ifNoneMatch, from })
      } catch (error) {
        call.end()
        throw toBucketError(error)
      }
    },

    put(name, bytes, how) {
      const call = start(how.signal)
      return within(call, () => save(fileOf(name, call), bytes, how))
    },

    delete(name, signal) {
      const call = start(signal)
      return within(call, () => remove(fileOf(name, call)))
    },

    async *list(after): AsyncGenerator<ListedObject> {
      let pageToken: string | null = null
      do {
        const call = start()
        const target = limit(storage.bucket(bucket), call)
        const token: string | null = pageToken
        const page: ListingPage = await within(call, () => readPage(target, after ?? null, token))
        yield* page.objects
        pageToken = page.nextPageToken
      } while (pageToken !== null)
    },

    close: () => exchange.close(),
  }
}

async function within<T>(call: Call, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    call.end()
  }
}

async function save(
  file: File,
  bytes: Uint8Array,
  { expiresAtMs, metadata }: PutOptions,
): Promise<'stored' | 'exists'> {
  try {
    await file.save(bytes, saveOptions(bytes, expiresAtMs, metadata))
    return 'stored'
  } catch (error) {
    if (error instanceof GcsStatusError && error.status === 412) return 'exists'
    throw isFull(error) ? new BucketFullError('the bucket is full') : toBucketError(error)
  }
}

async function remove(file: File): Promise<void> {
  try {
    await file.delete()
  } catch (error) {
    if (!isAbsent(error)) throw toBucketError(error)
  }
}

/**
 * No ACL is asked for: a bucket that rules access by IAM alone, as it should, answers 400 to any.
 * The server compares the MD5 before the object exists, so nothing has to be taken back after.
 */
function saveOptions(bytes: Uint8Array, expiresAtMs: number, metadata: PutOptions['metadata']) {
  return {
    resumable: false,
    validation: false,
    preconditionOpts: { ifGenerationMatch: 0 },
    contentType: 'application/octet-stream',
    metadata: {
      cacheControl: 'no-store',
      customTime: new Date(expiresAtMs).toISOString(),
      md5Hash: createHash('md5').update(bytes).digest('base64'),
      metadata: { ...metadata },
    },
  }
}

async function readObject(
  answer: Answer,
  asked: { ifNoneMatch: string | null; from: number },
): Promise<BucketObject | null> {
  const { status, headers, stream } = answer
  if (status === (asked.from > 0 ? 206 : 200)) {
    const length = headers['content-length']
    const etag = headers.etag
    const begin = headers['content-range']?.startsWith(`bytes ${asked.from}-`) ?? false
    if (length !== undefined && etag !== undefined && (asked.from === 0 || begin)) {
      return { kind: 'found', etag, length: Number(length), stream }
    }
    stream.destroy()
    throw new BucketError(`the bucket answered ${status} without the headers that belong to it`)
  }
  if (status === 304 && asked.ifNoneMatch !== null) {
    stream.resume()
    return { kind: 'unchanged' }
  }
  const text = await readText(stream, MAX_ERROR_BYTES)
  if (status === 404 && !text.includes('NoSuchBucket')) return null
  throw new GcsStatusError(status, text)
}

function isFull(error: unknown): boolean {
  if (!(error instanceof GcsStatusError)) return false
  return error.status === 507 || error.detail.includes('insufficientStorage')
}

/** A bucket that does not exist is a broken setting, and says nothing about its objects. */
function isAbsent(error: unknown): boolean {
  return (
    error instanceof GcsStatusError &&
    error.status === 404 &&
    !/bucket does not exist/i.test(error.detail)
  )
}
