import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DatabaseError } from './database.ts'
import { migrate, SchemaError } from './migrate.ts'
import { openTestDatabase } from './testing/origin.ts'

const database = await openTestDatabase()

async function applied(): Promise<number[]> {
  const { rows } = await database.query<{ number: number }>(
    'select number from migrations order by 1',
  )
  return rows.map(({ number }) => number)
}

test('what is up to date is left alone, by any number at once', async () => {
  const before = await applied()
  assert.ok(before.length > 0)
  assert.deepEqual(await Promise.all([migrate(database), migrate(database)]), [0, 0])
  assert.deepEqual(await applied(), before)
})

test('an empty database is brought all the way', async () => {
  const before = await applied()
  await database.query('drop schema public cascade; create schema public')
  assert.equal(await migrate(database), before.length)
  assert.deepEqual(await applied(), before)
  assert.equal((await database.query('select from pastes')).count, 0)
})

test('a migration that fails leaves nothing behind', async () => {
  await database.query('drop schema public cascade; create schema public')
  await database.query('create table keys (something text)')
  await assert.rejects(migrate(database), DatabaseError)
  const { rows } = await database.query(
    `select to_regclass('pastes') as pastes, to_regclass('migrations') as migrations`,
  )
  assert.deepEqual(rows, [{ pastes: null, migrations: null }])
  await database.query('drop table keys')
  await migrate(database)
})

test('a schema of a later version is not touched', async () => {
  await database.query(`insert into migrations (number, name) values (9999, 'later')`)
  await assert.rejects(migrate(database), (error) => {
    assert.ok(error instanceof SchemaError)
    assert.match(error.message, /schema 9999.*run a newer one/)
    return true
  })
  await database.query('delete from migrations where number = 9999')
})

test('no row can be in a state that makes no sense', async () => {
  const insert = (columns: string, values: string) =>
    database.query(`insert into pastes (id, expires_at, due_at, size, stored_size, sha256, burn, ${columns})
      values (gen_random_uuid()::text, now(), now(), 1, 1, '', false, ${values})`)
  await insert('state', `'visible'`)
  await insert('state, gone_at', `'deleted', now()`)
  const wrong: [columns: string, values: string][] = [
    ['state', `'lost'`],
    ['state', `'deleted'`],
    ['state, gone_at', `'visible', now()`],
    ['state, purged_at', `'visible', now()`],
    ['state, gone_at, retired_at', `'deleted', now(), now()`],
  ]
  for (const [columns, values] of wrong) {
    await assert.rejects(insert(columns, values), DatabaseError, `${columns}: ${values}`)
  }
})
