import { problems } from '../shared/http/problems.ts'
import type { GoneReason } from '../shared/record.ts'
import type { Queryable } from './database.ts'
import { findStatus } from './status-query.ts'

/** What an owner may know of a paste, for as long as its row is kept: 30 days after it went. */
export interface OwnerStatus {
  id: string
  state: 'visible' | 'gone'
  /** Why it is gone; null while it is not. */
  reason: GoneReason | null
  /** ISO 8601, as all times here; null while it is not gone. */
  goneAt: string | null
  createdAt: string
  expiresAt: string
  /** Bytes as they were sent. */
  size: number
  language: string | null
  title: string | null
  burn: boolean
}

/** @throws Problem 404 when nobody remembers it; DatabaseError */
export type ReadStatus = (id: string) => Promise<OwnerStatus>

export function createStatusReader({ database }: { database: Queryable }): ReadStatus {
  return async function readStatus(id) {
    const row = await findStatus(database, id)
    if (row === null || row.state === 'pending') throw problems.notFound()
    const reason = row.state === 'visible' ? null : row.state
    return {
      id,
      state: reason === null ? 'visible' : 'gone',
      reason,
      goneAt: row.goneAt === null ? null : row.goneAt.toISOString(),
      createdAt: row.createdAt.toISOString(),
      expiresAt: row.expiresAt.toISOString(),
      size: row.size,
      language: row.language,
      title: row.title,
      burn: row.burn,
    }
  }
}
