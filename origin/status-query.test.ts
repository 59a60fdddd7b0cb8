import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testIds } from '../shared/testing/paste.ts'
import { findStatus } from './status-query.ts'
import {
  age,
  createOriginWorld,
  createTestOrigin,
  newPaste,
  openTestDatabase,
} from './testing/origin.ts'

const database = await openTestDatabase()

test('a paste’s status is what it is now, with when and why it went', async () => {
  const world = await createOriginWorld(database)
  const { createPaste, removePaste } = createTestOrigin(world)
  assert.equal(await findStatus(database, testIds.make()), null)
  const { head } = await createPaste(newPaste({ title: 'notes.md' }))
  const made = await findStatus(database, head.id)
  assert.deepEqual(made, {
    state: 'visible',
    createdAt: new Date(head.expiresAt - 3_600_000),
    expiresAt: new Date(head.expiresAt),
    goneAt: null,
    size: 6,
    language: null,
    title: 'notes.md',
    burn: false,
  })
  await removePaste(head.id, 'deleted')
  const gone = await findStatus(database, head.id)
  assert.equal(gone?.state, 'deleted')
  assert.ok(gone.goneAt instanceof Date)
})

test('it is expired from its expiry on, before the janitor was there', async () => {
  const world = await createOriginWorld(database)
  const { createPaste } = createTestOrigin(world)
  const { head } = await createPaste(newPaste())
  await age(database, head.id, 3_600_001)
  const status = await findStatus(database, head.id)
  assert.equal(status?.state, 'expired')
  assert.deepEqual(status.goneAt, status.expiresAt)
})
