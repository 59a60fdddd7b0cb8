import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SQL } from 'sql-template-strings'
import { Problem } from '../shared/http/problems.ts'
import { insertPending } from './queries.ts'
import { createStatusReader } from './status.ts'
import {
  age,
  createOriginWorld,
  createTestOrigin,
  newPaste,
  openTestDatabase,
} from './testing/origin.ts'
import { makeTestRecord, testIds } from '../shared/testing/paste.ts'

const database = await openTestDatabase()

async function setup() {
  const world = await createOriginWorld(database)
  return { origin: createTestOrigin(world), readStatus: createStatusReader({ database }) }
}

const isNotFound = (error: unknown) => error instanceof Problem && error.status === 404

test('an owner is told all about a paste that is there', async () => {
  const { origin, readStatus } = await setup()
  const paste = newPaste({ title: 'notes.md', language: 'md', burn: true })
  const { head } = await origin.createPaste(paste)
  assert.deepEqual(await readStatus(head.id), {
    id: head.id,
    state: 'visible',
    reason: null,
    goneAt: null,
    createdAt: new Date(head.expiresAt - 3_600_000).toISOString(),
    expiresAt: new Date(head.expiresAt).toISOString(),
    size: 6,
    language: 'md',
    title: 'notes.md',
    burn: true,
  })
})

test('and of one that is gone, when it went and why', async () => {
  const { origin, readStatus } = await setup()
  for (const reason of ['deleted', 'removed'] as const) {
    const { head } = await origin.createPaste(newPaste())
    await origin.removePaste(head.id, reason)
    const { rows } = await database.query<{ at: Date }>(SQL`
      select gone_at as at from pastes where id = ${head.id}`)
    const status = await readStatus(head.id)
    assert.deepEqual([status.state, status.reason], ['gone', reason])
    assert.equal(status.goneAt, rows[0]?.at.toISOString())
  }
  const { head } = await origin.createPaste(newPaste({ burn: true }))
  await origin.openPaste(head.id)
  assert.equal((await readStatus(head.id)).reason, 'burned')
})

test('one whose time is up went at that moment, before the janitor comes and after', async () => {
  const { origin, readStatus } = await setup()
  const { head } = await origin.createPaste(newPaste({ ttlMs: 60_000 }))
  await age(database, head.id, 61_000)
  const before = await readStatus(head.id)
  assert.deepEqual([before.state, before.reason], ['gone', 'expired'])
  assert.equal(before.goneAt, before.expiresAt)
  await origin.janitor.run()
  assert.deepEqual(await readStatus(head.id), before)
})

test('what nobody remembers, and what is not made yet, is not found', async () => {
  const { readStatus } = await setup()
  await assert.rejects(readStatus(testIds.make()), isNotFound)
  const { head } = makeTestRecord()
  await insertPending(database, head)
  await assert.rejects(readStatus(head.id), isNotFound)
})
