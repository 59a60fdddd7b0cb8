import { SQL } from 'sql-template-strings'
import type { GoneReason, RecordHead } from '../shared/record.ts'
import { timing } from '../shared/timing.ts'
import type { Queryable } from './database.ts'

/**
 * One query, one function. Every step of a paste's life is conditional on the state it starts from:
 * that no row changed means that somebody else took the step, and is no error. All times are
 * Postgres' own, but for the two that the record carries.
 */

export type PasteState = 'pending' | 'visible' | GoneReason

export interface PasteRow {
  id: string
  state: PasteState
  burn: boolean
  /** False from `expires_at` on, whether the janitor has been there or not. */
  fresh: boolean
  /** True when it went so long ago that no cache can hold anything of it. */
  retired: boolean
}

/** A made paste, not yet to be seen. @returns false when the id is taken */
export async function insertPending(db: Queryable, head: RecordHead): Promise<boolean> {
  const { count } = await db.query(SQL`
    insert into pastes (id, state, created_at, expires_at, due_at,
      size, stored_size, sha256, language, title, burn)
    values (${head.id}, 'pending', ${new Date(head.createdAt)}, ${new Date(head.expiresAt)},
      now() + ${interval(timing.abandonMs)}::interval,
      ${head.size}, ${head.storedSize}, ${head.sha256}, ${head.language}, ${head.title},
      ${head.burn})
    on conflict (id) do nothing`)
  return count === 1
}

/** From this commit on the paste exists. @returns false when it was abandoned meanwhile */
export async function makeVisible(db: Queryable, id: string): Promise<boolean> {
  const { count } = await db.query(SQL`
    update pastes set state = 'visible', due_at = expires_at
    where id = ${id} and state = 'pending'`)
  return count === 1
}

export async function findPaste(db: Queryable, id: string): Promise<PasteRow | null> {
  const { rows } = await db.query<PasteRow>(SQL`
    select id, state, burn, expires_at > now() as fresh, retired_at is not null as retired
    from pastes where id = ${id}`)
  return rows[0] ?? null
}

/** An owner's or the operator's word. @returns false when it was not there to be deleted */
export async function markGone(
  db: Queryable,
  id: string,
  reason: 'deleted' | 'removed',
): Promise<boolean> {
  const { count } = await db.query(SQL`
    update pastes set state = ${reason}, gone_at = now(),
      due_at = now() + ${interval(timing.claimMs)}::interval
    where id = ${id} and state in ('pending', 'visible')`)
  return count === 1
}

/** For a right token whose row was lost: deletes what may still be in the bucket. */
export async function insertGone(
  db: Queryable,
  id: string,
  reason: 'deleted' | 'removed',
): Promise<boolean> {
  const { count } = await db.query(SQL`
    insert into pastes (id, state, expires_at, gone_at, due_at, size, stored_size, sha256, burn)
    values (${id}, ${reason}, now(), now(), now() + ${interval(timing.claimMs)}::interval,
      0, 0, '', false)
    on conflict (id) do nothing`)
  return count === 1
}

/** The one opening of a burn paste. @returns false for all but one caller */
export async function markBurned(db: Queryable, id: string): Promise<boolean> {
  const { count } = await db.query(SQL`
    update pastes set state = 'burned', gone_at = now(),
      due_at = now() + ${interval(timing.claimMs)}::interval
    where id = ${id} and state = 'visible' and burn and expires_at > now()`)
  return count === 1
}

/**
 * The shared cache was told in this epoch. Its tombstones have no time to live any more, so the
 * step that gives them one comes due again.
 */
export async function markBuried(
  db: Queryable,
  ids: readonly string[],
  epoch: number,
): Promise<void> {
  await db.query(SQL`
    update pastes set buried_in = ${epoch},
      due_at = case when purged_at is null then due_at else
        least(due_at, greatest(now(), purged_at + ${interval(timing.tombstoneSettleMs)}::interval))
        end
    where id = any(${ids}) and state in ('deleted', 'removed') and retired_at is null`)
}

/** The objects are confirmed absent. @returns how many rows had not known it */
export async function markPurged(db: Queryable, ids: readonly string[]): Promise<number> {
  const { count } = await db.query(SQL`
    update pastes set purged_at = now(),
      due_at = case when state in ('deleted', 'removed')
        then now() + ${interval(timing.tombstoneSettleMs)}::interval
        else gone_at + ${interval(timing.rowLifeMs)}::interval end
    where id = any(${ids}) and purged_at is null and gone_at is not null`)
  return count
}

/**
 * What the current life of the cache was not told, of what went away longer ago than the grace and
 * could still be in it: a record lives there for at most an hour after its object was absent.
 */
export async function findUnburied(
  db: Queryable,
  epoch: number,
  limit: number,
): Promise<{ id: string; state: 'deleted' | 'removed' }[]> {
  const { rows } = await db.query<{ id: string; state: 'deleted' | 'removed' }>(SQL`
    select id, state from pastes
    where (buried_in < ${epoch} or buried_in > ${epoch})
      and state in ('deleted', 'removed') and retired_at is null
      and gone_at < now() - ${interval(timing.vouchGraceMs)}::interval
      and (purged_at is null or purged_at > now() - ${interval(timing.retireMs)}::interval)
    limit ${limit}`)
  return rows
}

/** Writes a row, so that a synchronous standby must agree before anything is vouched for. */
export async function touchVouching(db: Queryable): Promise<void> {
  await db.query(SQL`update vouching set vouched_at = now()`)
}

export async function nextEpoch(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ epoch: string }>(SQL`select nextval('epochs') as epoch`)
  return Number(rows[0]?.epoch)
}

/** Bytes stored of all visible pastes. */
export async function sumStored(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ bytes: string }>(SQL`
    select coalesce(sum(stored_size), 0) as bytes from pastes where state = 'visible'`)
  return Number(rows[0]?.bytes ?? 0)
}

export async function findFingerprint(db: Queryable, name: string): Promise<string | null> {
  const { rows } = await db.query<{ fingerprint: string }>(SQL`
    select fingerprint from keys where name = ${name}`)
  return rows[0]?.fingerprint ?? null
}

export async function storeFingerprint(
  db: Queryable,
  name: string,
  fingerprint: string,
): Promise<void> {
  await db.query(SQL`
    insert into keys (name, fingerprint) values (${name}, ${fingerprint})
    on conflict (name) do update set fingerprint = excluded.fingerprint, stored_at = now()`)
}

/** Postgres reads this as an interval. */
export function interval(durationMs: number): string {
  return `${durationMs} milliseconds`
}

/** Deletions that the shared cache was not told of in the epoch that began last. */
export async function countUnburied(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>(SQL`
    select count(*)::integer as count from pastes, epochs
    where (buried_in < epochs.last_value or buried_in > epochs.last_value)
      and state in ('deleted', 'removed') and retired_at is null`)
  return rows[0]?.count ?? 0
}
