import { SQL } from 'sql-template-strings'
import type { GoneReason } from '../shared/record.ts'
import { timing } from '../shared/timing.ts'
import type { Queryable } from './database.ts'
import { interval } from './queries.ts'

/** The queries of the janitor: rows that need attention, and what moves them on. */

/** What a due row needs, in the order of a paste's life. */
export type DueKind = 'pending' | 'expiry' | 'object' | 'tombstone' | 'retire' | 'end'

export const DUE_KINDS: readonly DueKind[] = [
  'pending',
  'expiry',
  'object',
  'tombstone',
  'retire',
  'end',
]

export interface DueRow {
  id: string
  kind: DueKind
  state: 'pending' | 'visible' | GoneReason
}

/** One expression tells what a row needs; it stands in every query that asks. */
const KIND = `
  case
    when state = 'pending' then 'pending'
    when state = 'visible' then 'expiry'
    when purged_at is null then 'object'
    when state in ('expired', 'burned') or retired_at is not null then 'end'
    when purged_at > now() - interval '${timing.retireMs} milliseconds' then 'tombstone'
    else 'retire'
  end`

/**
 * Claims due rows for a while: others skip them, and should the claimant die they come due again.
 * A row whose object would not go is claimed for a tenth of the time that it has tried, at least
 * timing.claimMs and at most timing.purgeBackoffMs.
 */
export async function claimDue(db: Queryable, limit: number): Promise<DueRow[]> {
  const statement = SQL`
    update pastes set due_at = now() + least(
      ${interval(timing.purgeBackoffMs)}::interval,
      greatest(${interval(timing.claimMs)}::interval, (now() - gone_at) / 10))
    where id in (
      select id from pastes where due_at <= now()
      order by due_at limit ${limit} for update skip locked)
    returning id, state, `.append(`${KIND} as kind`)
  const { rows } = await db.query<DueRow>(statement)
  return rows
}

/** Abandoned or past their time. @returns the ids that this call moved */
export async function markExpired(db: Queryable, ids: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(SQL`
    update pastes set state = 'expired', gone_at = now(),
      due_at = now() + ${interval(timing.claimMs)}::interval
    where id = any(${ids})
      and (state = 'pending' or (state = 'visible' and expires_at <= now()))
    returning id`)
  return rows.map(({ id }) => id)
}

/** Their tombstones have a time to live now; next they retire. */
export async function markSettled(db: Queryable, ids: readonly string[]): Promise<void> {
  await db.query(SQL`
    update pastes set due_at = purged_at + ${interval(timing.retireMs)}::interval
    where id = any(${ids}) and purged_at is not null and retired_at is null`)
}

/** No record of theirs can be in any cache any more: vouching asks about them no longer. */
export async function markRetired(db: Queryable, ids: readonly string[]): Promise<void> {
  await db.query(SQL`
    update pastes set retired_at = now(),
      due_at = gone_at + ${interval(timing.rowLifeMs)}::interval
    where id = any(${ids}) and purged_at <= now() - ${interval(timing.retireMs)}::interval`)
}

/** The end of a row's life. */
export async function deleteRows(db: Queryable, ids: readonly string[]): Promise<void> {
  await db.query(SQL`
    delete from pastes
    where id = any(${ids}) and purged_at is not null
      and gone_at <= now() - ${interval(timing.rowLifeMs)}::interval
      and (state in ('expired', 'burned') or retired_at is not null)`)
}

export interface DueBacklog {
  kind: DueKind
  rows: number
  /** Seconds since the oldest came due. */
  oldestSeconds: number
}

/** What is due and not done, for the metrics. */
export async function measureBacklog(db: Queryable): Promise<DueBacklog[]> {
  const statement = SQL``.append(`
    select ${KIND} as kind, count(*)::integer as rows,
      extract(epoch from now() - min(due_at))::float8 as "oldestSeconds"
    from pastes where due_at <= now() group by 1`)
  const { rows } = await db.query<DueBacklog>(statement)
  return rows
}
