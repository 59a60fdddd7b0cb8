import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { createDatabase, DatabaseError } from '../origin/database.ts'
import { openEmbeddedDatabase, openServerDatabase } from './database.ts'

const onError = () => undefined

async function template(): Promise<Blob> {
  return new Blob([await readFile(process.env.LEDGE_TEST_TEMPLATE ?? '')])
}

test('many queries at once take turns on the one connection, transactions too', async (t) => {
  const opened = await openEmbeddedDatabase({ template: await template(), onError })
  t.after(opened.close)
  const database = createDatabase({ pool: opened.pool })
  await database.query('create table counter (value integer); insert into counter values (0)')
  const add = () =>
    database.transaction(async ({ query }) => {
      const { rows } = await query<{ value: number }>('select value from counter')
      await query(`update counter set value = ${(rows[0]?.value ?? 0) + 1}`)
    })
  await Promise.all(Array.from({ length: 20 }, add))
  assert.deepEqual((await database.query('select value from counter')).rows, [{ value: 20 }])
})

test('a server that accepts and never answers is a database that is away, in time', async (t) => {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)))
  t.after(() => server.close())
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const url = `postgresql://user:canary@127.0.0.1:${address.port}/ledge`
  const opened = openServerDatabase({ url, statementMs: 100, onError })
  t.after(opened.close)
  await assert.rejects(createDatabase({ pool: opened.pool }).query('select 1'), (error) => {
    assert.ok(error instanceof DatabaseError)
    assert.doesNotMatch(error.message, /canary/)
    return true
  })
})
