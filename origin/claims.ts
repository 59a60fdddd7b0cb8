import { SQL } from 'sql-template-strings'
import { problems } from '../shared/http/problems.ts'
import type { RecordHead } from '../shared/record.ts'
import { timing } from '../shared/timing.ts'
import type { Database, Queryable } from './database.ts'
import { interval, makeVisible } from './queries.ts'

/**
 * Who may make the paste of an Idempotency-Key. A create claims the key for the id that it is
 * about to use, under a lease; the commit that makes the paste visible also marks the key as done,
 * and only while the key still names that id. So a create that was overtaken, however late it
 * wakes, makes nothing.
 */

/** Hashes, in hex, of what a client sent. */
export interface IdempotencyKey {
  /** Of the client, the place and the key. */
  keyHash: string
  /** Of the bytes and the options. */
  bodyHash: string
}

/** What the answer to a create is made of. */
export type MadeHead = Pick<RecordHead, 'id' | 'expiresAt'>

export interface Claim {
  /** @returns what the key made already @throws Problem 409, 422 */
  find(): Promise<MadeHead | null>
  /**
   * Claims the key for a new id, in place of the one before.
   * @returns what another create made of it meanwhile @throws Problem 409, 422
   */
  take(head: MadeHead): Promise<MadeHead | null>
  /** From this commit on the paste exists. @returns false when it or the key was taken away */
  show(id: string): Promise<boolean>
  /** After a failure: a retry need not wait for the lease to run out. Never fails. */
  release(): Promise<void>
}

/** For a create without a key: there is nothing to hold. */
export function claimNothing(database: Queryable): Claim {
  return {
    find: async () => null,
    take: async () => null,
    show: (id) => makeVisible(database, id),
    release: async () => undefined,
  }
}

export function claimKey(database: Database, key: IdempotencyKey): Claim {
  /** The id that this create holds the key for. */
  let held: string | null = null

  async function find(): Promise<MadeHead | null> {
    const row = await findKey(database, key)
    if (row === null) return null
    if (!row.same_body) throw problems.keyReused()
    if (row.done) return { id: row.paste_id, expiresAt: row.expires_at.getTime() }
    if (row.leased) throw problems.keyInUse()
    return null
  }

  return {
    find,
    async take(head) {
      if (await takeKey(database, key, head, held)) {
        held = head.id
        return null
      }
      const made = await find()
      // Given back between the two queries: the next retry will get it.
      if (made === null) throw problems.keyInUse()
      return made
    },
    show: (id) => showWithKey(database, key, id),
    async release() {
      if (held !== null) await releaseKey(database, key, held).catch(() => undefined)
    },
  }
}

interface KeyRow {
  paste_id: string
  expires_at: Date
  done: boolean
  same_body: boolean
  leased: boolean
}

async function findKey(db: Queryable, key: IdempotencyKey): Promise<KeyRow | null> {
  const { rows } = await db.query<KeyRow>(SQL`
    select paste_id, expires_at, done, body_hash = ${key.bodyHash} as same_body,
      leased_until > now() as leased
    from idempotency_keys
    where key_hash = ${key.keyHash}
      and created_at > now() - ${interval(timing.idempotencyLifeMs)}::interval`)
  return rows[0] ?? null
}

/** @param held the id that the caller had claimed it for @returns false when it is another's */
async function takeKey(
  db: Queryable,
  { keyHash, bodyHash }: IdempotencyKey,
  { id, expiresAt }: MadeHead,
  held: string | null,
): Promise<boolean> {
  const { count } = await db.query(SQL`
    insert into idempotency_keys as known (key_hash, body_hash, paste_id, leased_until, expires_at)
    values (${keyHash}, ${bodyHash}, ${id},
      now() + ${interval(timing.idempotencyLeaseMs)}::interval, ${new Date(expiresAt)})
    on conflict (key_hash) do update set body_hash = excluded.body_hash,
      paste_id = excluded.paste_id, done = false, leased_until = excluded.leased_until,
      expires_at = excluded.expires_at, created_at = now()
    where known.created_at <= now() - ${interval(timing.idempotencyLifeMs)}::interval
      or (not known.done and known.body_hash = excluded.body_hash
        and (known.leased_until <= now() or known.paste_id = ${held}))`)
  return count === 1
}

/** Rolls the transaction back. */
class NotOursError extends Error {
  override name = 'NotOursError'
}

async function showWithKey(database: Database, key: IdempotencyKey, id: string): Promise<boolean> {
  try {
    await database.transaction(async (queryable) => {
      const ours = await finishKey(queryable, key, id)
      if (!ours || !(await makeVisible(queryable, id))) throw new NotOursError()
    })
    return true
  } catch (error) {
    if (error instanceof NotOursError) return false
    throw error
  }
}

async function finishKey(db: Queryable, key: IdempotencyKey, id: string): Promise<boolean> {
  const { count } = await db.query(SQL`
    update idempotency_keys set done = true
    where key_hash = ${key.keyHash} and paste_id = ${id}`)
  return count === 1
}

async function releaseKey(db: Queryable, key: IdempotencyKey, id: string): Promise<void> {
  await db.query(SQL`
    update idempotency_keys set leased_until = now()
    where key_hash = ${key.keyHash} and paste_id = ${id} and not done`)
}

/** Forgets keys that are too old to be answered for. */
export async function deleteOldKeys(db: Queryable): Promise<void> {
  await db.query(SQL`
    delete from idempotency_keys
    where created_at <= now() - ${interval(timing.idempotencyLifeMs)}::interval`)
}
