import type { Bucket } from '../shared/bucket/bucket.ts'
import type { CacheWriter } from '../shared/cache/cache.ts'
import { timing } from '../shared/timing.ts'
import type { Queryable } from './database.ts'
import { findPaste, insertGone, markBuried, markGone, markPurged } from './queries.ts'

/**
 * Taking a paste away: first its state moves, and after that commit, at once and in parallel, the
 * shared cache is told and the object is deleted. Whatever fails here is done by the janitor and by
 * vouching, so a deletion never fails because the cache or the bucket is away.
 */

export type RemovalReason = 'deleted' | 'removed'

export interface RemoveOptions {
  database: Queryable
  bucket: Pick<Bucket, 'delete'>
  cache: Pick<CacheWriter, 'bury'>
  onGone?: (reason: RemovalReason) => void
  /** A step that will be done later. */
  onDeferred?: (step: 'bury' | 'purge', error: unknown) => void
  /** Resolves after a time; for tests. */
  delay?: (delayMs: number) => Promise<void>
}

export interface Removal {
  /** True when every tier has been told and the object is absent. */
  propagated: boolean
}

/**
 * Deletes (`deleted`: its owner) or takes down (`removed`: the operator). What is gone already is
 * no error, and one without a row gets one. @throws DatabaseError
 */
export type RemovePaste = (id: string, reason: RemovalReason) => Promise<Removal>

export function createRemover(options: RemoveOptions): RemovePaste {
  const { database, bucket, cache, onGone, onDeferred, delay = delayFor } = options

  return async function removePaste(id, reason) {
    if (await moveState(id, reason)) onGone?.(reason)
    const row = await findPaste(database, id)
    if (row === null || row.retired || row.state === 'expired' || row.state === 'burned') {
      return { propagated: true }
    }
    const told = row.state === 'removed' ? 'removed' : 'deleted'
    const steps = Promise.all([bury(id, told), purge(id)])
    const done = await Promise.race([steps, delay(timing.propagationWaitMs)])
    return { propagated: Array.isArray(done) && done.every(Boolean) }
  }

  async function moveState(id: string, reason: RemovalReason): Promise<boolean> {
    if (await markGone(database, id, reason)) return true
    if (await insertGone(database, id, reason)) return true
    // It may have been made between the two.
    return markGone(database, id, reason)
  }

  async function bury(id: string, reason: RemovalReason): Promise<boolean> {
    try {
      const epoch = await cache.bury({ id, reason })
      // Without an epoch nobody vouches for the cache, so nobody trusts it: not told yet.
      if (epoch === 0) return false
      await markBuried(database, [id], epoch)
      return true
    } catch (error) {
      onDeferred?.('bury', error)
      return false
    }
  }

  async function purge(id: string): Promise<boolean> {
    try {
      await bucket.delete(id)
      await markPurged(database, [id])
      return true
    } catch (error) {
      onDeferred?.('purge', error)
      return false
    }
  }
}

function delayFor(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs).unref()
  })
}
