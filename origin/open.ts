import type { Bucket } from '../shared/bucket/bucket.ts'
import { readWholeRecord } from '../shared/bucket/read-record.ts'
import type { Clock } from '../shared/clock.ts'
import { problems } from '../shared/http/problems.ts'
import type { PasteRecord } from '../shared/record.ts'
import type { Queryable } from './database.ts'
import { findPaste, markBurned, markPurged } from './queries.ts'

/**
 * Opening: the only way to read a burn paste. The whole body is here before the one update that
 * burns it, so a broken bucket burns nothing, and only the caller whose update it was may send.
 */

export interface OpenOptions {
  database: Queryable
  bucket: Pick<Bucket, 'get' | 'delete'>
  clock: Pick<Clock, 'now'>
  onBurned?: () => void
  onDeferred?: (error: unknown) => void
}

export interface OpenedPaste extends PasteRecord {
  body: Buffer
}

/** @throws Problem 404, 410, 451; DatabaseError; BucketError; RecordError */
export type OpenPaste = (id: string) => Promise<OpenedPaste>

export function createOpener({
  database,
  bucket,
  clock,
  onBurned,
  onDeferred,
}: OpenOptions): OpenPaste {
  return async function openPaste(id) {
    await checkReadable(id)
    const object = await bucket.get(id)
    if (object?.kind !== 'found') throw problems.gone('deleted')
    const record = await readWholeRecord(object, id)
    if (clock.now() >= record.head.expiresAt) throw problems.gone('expired')
    if (!record.head.burn) {
      // Postgres has the last word: the object may outlive its paste by a moment.
      await checkReadable(id)
      return record
    }
    if (!(await markBurned(database, id))) {
      await checkReadable(id)
      throw problems.gone('burned')
    }
    onBurned?.()
    void purge(id)
    return record
  }

  async function checkReadable(id: string): Promise<void> {
    const row = await findPaste(database, id)
    if (row === null || row.state === 'pending') throw problems.notFound()
    if (row.state !== 'visible') throw problems.gone(row.state)
    if (!row.fresh) throw problems.gone('expired')
  }

  async function purge(id: string): Promise<void> {
    try {
      await bucket.delete(id)
      await markPurged(database, [id])
    } catch (error) {
      onDeferred?.(error)
    }
  }
}
