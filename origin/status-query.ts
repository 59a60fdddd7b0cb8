import { SQL } from 'sql-template-strings'
import type { Queryable } from './database.ts'
import type { PasteState } from './queries.ts'

/** What whoever made a paste may know of it. */
export interface PasteStatus {
  /** `expired` from its expiry on, whether the janitor has been there or not. */
  state: PasteState
  createdAt: Date
  expiresAt: Date
  /** Null while it is there. */
  goneAt: Date | null
  /** Bytes. */
  size: number
  language: string | null
  title: string | null
  burn: boolean
}

export type FindStatus = (id: string) => Promise<PasteStatus | null>

/** @returns null when nothing is known of it @throws DatabaseError */
export async function findStatus(db: Queryable, id: string): Promise<PasteStatus | null> {
  const { rows } = await db.query<PasteStatus>(SQL`
    select
      case when is_over then 'expired' else state end as state,
      created_at as "createdAt", expires_at as "expiresAt",
      case when is_over or state = 'expired' then expires_at else gone_at end as "goneAt",
      size::float8 as size, language, title, burn
    from pastes, lateral (select state = 'visible' and expires_at <= now() as is_over) as time
    where id = ${id}`)
  return rows[0] ?? null
}
