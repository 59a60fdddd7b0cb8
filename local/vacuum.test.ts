import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTestDatabase } from '../origin/testing/origin.ts'
import { scheduleVacuum } from './vacuum.ts'

const database = await openTestDatabase()

test('what was changed over and over again takes its room once', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const vacuumed: Promise<unknown>[] = []
  const stop = scheduleVacuum(
    { query: (statement) => track(database.query(statement)) },
    (error) => assert.ifError(error),
    1000,
  )
  function track<T>(query: Promise<T>): Promise<T> {
    vacuumed.push(query)
    return query
  }
  await database.query(`insert into pastes (id, state, expires_at, due_at, size, stored_size,
    sha256, burn) select 'x' || n, 'visible', now(), now(), 1, 1, '', false
    from generate_series(1, 500) n`)
  const sizes = []
  for (let round = 0; round < 12; round += 1) {
    await database.query(`update pastes set due_at = now()`)
    t.mock.timers.tick(1000)
    await Promise.all(vacuumed)
    const { rows } = await database.query<{ bytes: number }>(
      `select pg_relation_size('pastes')::integer as bytes`,
    )
    sizes.push(rows[0]?.bytes ?? 0)
  }
  assert.equal(vacuumed.length, 12)
  assert.equal(sizes.at(-1), sizes[3], sizes.join())
  stop()
  t.mock.timers.tick(5000)
  assert.equal(vacuumed.length, 12)
})
