import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeyList, fingerprint } from '../shared/keys.ts'
import { checkFingerprint, KeyMismatchError } from './fingerprints.ts'
import { findFingerprint } from './queries.ts'
import { openTestDatabase } from './testing/origin.ts'

const database = await openTestDatabase()
const [FIRST, SECOND, THIRD] = ['first', 'second', 'third'].map(
  (name) => `${name}-key-${'0'.repeat(30)}`,
)

const check = (...secrets: (string | undefined)[]) =>
  checkFingerprint(database, 'ID_KEY', createKeyList(secrets.map(String)))
const stored = () => findFingerprint(database, 'ID_KEY')
const printOf = (secret: string | undefined) => fingerprint(createKeyList([String(secret)]).signing)

test('a new database takes the first key, and then only that one', async () => {
  await database.query('truncate keys')
  await check(FIRST)
  assert.equal(await stored(), printOf(FIRST))
  await check(FIRST)
  await assert.rejects(check(SECOND), (error) => {
    assert.ok(error instanceof KeyMismatchError)
    assert.match(error.message, /^ID_KEY: .*every link would break.*"NEW_KEY,\*"/)
    return true
  })
  assert.equal(await stored(), printOf(FIRST))
})

test('while a key is replaced the old one stays on record, so that going back is possible', async () => {
  await database.query('truncate keys')
  await check(FIRST)
  await check(SECOND, FIRST)
  assert.equal(await stored(), printOf(FIRST))
  await check(FIRST)
})

test('a list with * takes over', async () => {
  await database.query('truncate keys')
  await check(FIRST)
  await check(THIRD, '*')
  assert.equal(await stored(), printOf(THIRD))
  await assert.rejects(check(FIRST), KeyMismatchError)
})

test('the two settings do not know of each other', async () => {
  await database.query('truncate keys')
  await check(FIRST)
  await checkFingerprint(database, 'TOKEN_KEY', createKeyList([String(SECOND)]))
  await check(FIRST)
  const other = createKeyList([String(FIRST)])
  await assert.rejects(checkFingerprint(database, 'TOKEN_KEY', other), /no delete token would work/)
})
