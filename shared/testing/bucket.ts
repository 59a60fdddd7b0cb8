import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  type Bucket,
  BucketError,
  type BucketObject,
  type GetOptions,
  type ListedObject,
  type PutOptions,
} from '../bucket/bucket.ts'

type Operation = 'get' | 'put' | 'delete'

interface StoredObject extends Omit<ListedObject, 'name' | 'size'> {
  bytes: Buffer
}

/** A bucket in memory whose calls a test can count, fail and hold back. */
export interface TestBucket extends Bucket {
  objects: Map<string, StoredObject>
  /** How often each was called. */
  calls: Record<Operation, number>
  /** Operations that fail until they are taken out. */
  failing: Set<Operation>
  /** The options of the gets so far. */
  gets: { name: string; options: GetOptions }[]
  /**
   * Holds back what the next calls answer: what they saw stays what it was when they came.
   * @returns lets them go
   */
  hold(operation: Operation): () => void
}

export function createTestBucket(): TestBucket {
  const objects = new Map<string, StoredObject>()
  const calls = { get: 0, put: 0, delete: 0 }
  const failing = new Set<Operation>()
  const gets: TestBucket['gets'] = []
  const held = new Map<Operation, Promise<void>>()

  async function answer<T>(operation: Operation, run: () => T): Promise<T> {
    calls[operation] += 1
    if (failing.has(operation)) throw new BucketError('the test bucket is away')
    const result = run()
    await held.get(operation)
    return result
  }

  return {
    objects,
    calls,
    failing,
    gets,
    hold(operation) {
      const { promise, resolve } = Promise.withResolvers<void>()
      held.set(operation, promise)
      return () => {
        held.delete(operation)
        resolve()
      }
    },
    get(name, options = {}) {
      gets.push({ name, options })
      return answer('get', () => read(objects.get(name), options))
    },
    put: (name, bytes, options) =>
      answer('put', () => {
        if (objects.has(name)) return 'exists'
        objects.set(name, store(bytes, options))
        return 'stored'
      }),
    delete: (name) => answer('delete', () => void objects.delete(name)),
    async *list(after = '') {
      for (const name of [...objects.keys()].filter((each) => each > after).toSorted()) {
        const object = objects.get(name)
        if (object === undefined) continue
        const { bytes, createdAtMs, metadata } = object
        yield { name, size: bytes.length, createdAtMs, metadata }
      }
    },
  }
}

function store(bytes: Uint8Array, { metadata }: PutOptions): StoredObject {
  return { bytes: Buffer.from(bytes), metadata, createdAtMs: Date.now() }
}

function read(
  object: StoredObject | undefined,
  { ifNoneMatch, from = 0 }: GetOptions,
): BucketObject | null {
  if (object === undefined) return null
  const etag = `"${createHash('md5').update(object.bytes).digest('hex')}"`
  if (ifNoneMatch === etag) return { kind: 'unchanged' }
  const part = object.bytes.subarray(from)
  return { kind: 'found', etag, length: part.length, stream: Readable.from([part]) }
}
