import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SQL } from 'sql-template-strings'
import { createDatabase, DatabaseError } from './database.ts'
import { openTestDatabase } from './testing/origin.ts'

const database = await openTestDatabase()
await database.query('create table notes (id integer primary key, text text)')

test('rows come back, and how many were changed', async () => {
  const insert = SQL`insert into notes values (${1}, ${"it's"}), (${2}, ${null})`
  assert.equal((await database.query(insert)).count, 2)
  const { rows, count } = await database.query('select * from notes order by id')
  assert.deepEqual(rows, [
    { id: 1, text: "it's" },
    { id: 2, text: null },
  ])
  assert.equal(count, 2)
})

test('of several statements the last one counts', async () => {
  const { rows } = await database.query('select 1 as one; select 2 as two')
  assert.deepEqual(rows, [{ two: 2 }])
})

test('an error is a DatabaseError, and the next query is none the worse', async () => {
  for (let count = 0; count < 3; count += 1) {
    await assert.rejects(database.query('select * from nowhere'), DatabaseError)
    assert.deepEqual((await database.query('select 1 as one')).rows, [{ one: 1 }])
  }
})

test('a transaction is kept as a whole', async () => {
  const result = await database.transaction(async ({ query }) => {
    await query('insert into notes values (10)')
    return 'kept'
  })
  assert.equal(result, 'kept')
  assert.equal((await database.query('select from notes where id = 10')).count, 1)
})

test('a transaction that throws, or whose statement fails, leaves nothing', async () => {
  const thrown = database.transaction(async ({ query }) => {
    await query('insert into notes values (20)')
    throw new Error('planned')
  })
  await assert.rejects(thrown, /planned/)
  const failed = database.transaction(async ({ query }) => {
    await query('insert into notes values (20)')
    await query('insert into notes values (20)')
  })
  await assert.rejects(failed, DatabaseError)
  assert.equal((await database.query('select from notes where id = 20')).count, 0)
})

interface Fake {
  query(): Promise<unknown>
}

/** A pool of one made-up client. */
function over(client: Fake) {
  const outcomes: string[] = []
  let released = 0
  const pool = { connect: async () => ({ ...client, release: () => (released += 1) }) }
  const wrapped = createDatabase({
    pool: pool as never,
    onQuery: (outcome, ms) => outcomes.push(`${outcome} ${typeof ms}`),
  })
  return { wrapped, outcomes, released: () => released }
}

test('a client is always given back, and each query is measured', async () => {
  const good = over({ query: async () => ({ rows: [], rowCount: 0 }) })
  await good.wrapped.query('x')
  assert.deepEqual([good.outcomes, good.released()], [['ok number'], 1])
  const bad = over({ query: () => Promise.reject(new Error('planned')) })
  await assert.rejects(bad.wrapped.query('x'), DatabaseError)
  await assert.rejects(
    bad.wrapped.transaction(async () => undefined),
    DatabaseError,
  )
  assert.deepEqual([bad.outcomes, bad.released()], [['error number', 'error number'], 2])
})

test('a disk that is full is told from the rest', async () => {
  for (const [code, full] of [
    ['53100', true],
    ['53300', false],
    [undefined, false],
  ] as const) {
    const { wrapped } = over({
      query: () => Promise.reject(Object.assign(new Error('x'), { code })),
    })
    await assert.rejects(
      wrapped.query('x'),
      (error) => error instanceof DatabaseError && error.full === full,
    )
  }
})

test('a pool that gives no client is a database that is away', async () => {
  const pool = { connect: () => Promise.reject(new Error('timeout')) }
  await assert.rejects(createDatabase({ pool }).query('x'), DatabaseError)
})
