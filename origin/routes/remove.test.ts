import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testIds } from '../../shared/testing/paste.ts'
import { createTestApp, FORM_TYPE, multipart, testTokens } from '../testing/app.ts'

test('a form with the token and the word deletes, either kind', async () => {
  const { ask, removed } = createTestApp()
  const id = testIds.make()
  const token = testTokens.make(id)
  for (const init of [
    { body: `token=${token}&delete=`, headers: FORM_TYPE },
    { body: `delete&token=${token}`, headers: FORM_TYPE },
    { body: multipart({ token, delete: '' }) },
    { body: 'delete=', headers: { ...FORM_TYPE, 'x-token': token } },
  ]) {
    const response = await ask('POST', `/${id}`, init)
    assert.equal(response.status, 200)
    assert.deepEqual(await response.json(), { id, propagated: true })
  }
  assert.equal(removed.length, 4)
})

test('without the word, the token or a form nothing is deleted', async () => {
  const { ask, removed } = createTestApp()
  const id = testIds.make()
  const token = testTokens.make(id)
  const cases: [init: RequestInit, status: number][] = [
    [{ body: `token=${token}`, headers: FORM_TYPE }, 400],
    [{ body: `token=${token}&delete=`, headers: { 'content-type': 'text/plain' } }, 400],
    [{}, 400],
    [{ body: multipart({ delete: '' }) }, 401],
    [{ body: 'token=&delete=', headers: FORM_TYPE }, 401],
    [{ body: 'token=wrong&delete=', headers: FORM_TYPE }, 403],
    [{ body: `token=${testTokens.make(testIds.make())}&delete=`, headers: FORM_TYPE }, 403],
    [{ body: `delete=&token=${'x'.repeat(20_000)}`, headers: FORM_TYPE }, 413],
  ]
  for (const [init, status] of cases) {
    assert.equal((await ask('POST', `/${id}`, init)).status, status)
  }
  const forged = { body: `token=${token}&delete=`, headers: FORM_TYPE }
  assert.equal((await ask('POST', '/forged', forged)).status, 404)
  assert.deepEqual(removed, [])
})
