import type { Readable } from 'node:stream'

/**
 * Where the bytes live: objects that are put once, read and deleted, in no vendor's terms.
 * An object's name is the paste's id. Every call throws BucketError when the bucket is away, slow
 * (timing.bucketMs, or the caller's signal) or answers nonsense: absent is null, broken is thrown.
 */

export class BucketError extends Error {
  override name = 'BucketError'
}

/** The bucket is there but has no room for this object. */
export class BucketFullError extends BucketError {
  override name = 'BucketFullError'
}

export interface GetOptions {
  /** The ETag of an earlier answer: the same object again gives `unchanged`. */
  ifNoneMatch?: string
  /** Bytes from here on alone. */
  from?: number
  /** Ends the call, and the stream too while it is being read. */
  signal?: AbortSignal
}

export type BucketObject =
  | { kind: 'unchanged' }
  | {
      kind: 'found'
      etag: string
      /** Bytes that the stream will bring. */
      length: number
      /** Must be read to its end or destroyed: it holds a connection. */
      stream: Readable
    }

/** The slice that an edge uses. */
export interface BucketReader {
  /** @returns null when there is no such object */
  get(name: string, options?: GetOptions): Promise<BucketObject | null>
}

export interface PutOptions {
  /** When the object's paste expires (epoch ms): the net under the janitor. */
  expiresAtMs: number
  /** The row's facts, so that it can be rebuilt: names and values are short ASCII. */
  metadata: Readonly<Record<string, string>>
  signal?: AbortSignal
}

export interface ListedObject {
  name: string
  size: number
  createdAtMs: number
  metadata: Readonly<Record<string, string>>
}

/** The slice that an origin uses. */
export interface Bucket extends BucketReader {
  /**
   * One attempt to create the object; one that exists is never replaced. A call that throws may
   * have stored it all the same: the name is spent.
   * @throws BucketFullError when there is no room
   */
  put(name: string, bytes: Uint8Array, options: PutOptions): Promise<'stored' | 'exists'>
  /** Returns when the object is absent, whoever deleted it. */
  delete(name: string, signal?: AbortSignal): Promise<void>
  /** Every object, in the order of names, from `after` (exclusive) on. */
  list(after?: string): AsyncIterable<ListedObject>
}
