import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ask } from './support/client.ts'
import { startTestSystem } from './support/system.ts'

/** Over the whole system: who may not write leaves nothing, and no token is written anywhere. */

const TOKEN = 'canary-write-token-1'
const system = await startTestSystem({ writeTokens: [TOKEN] })
after(system.close)

test('without a token nothing is stored; with one it is; no log tells of either', async () => {
  const form = 'application/x-www-form-urlencoded'
  const calls: [path: string, headers: Record<string, string>, body: string, status: number][] = [
    ['/', {}, 'x', 401],
    ['/?token=canary-wrong', {}, 'x', 401],
    ['/', { authorization: 'Bearer canary-wrong' }, 'x', 401],
    ['/', { 'content-type': form }, 'text=x&token=canary-wrong', 401],
    [`/?token=${TOKEN}&ttl=x`, {}, 'x', 400],
    [`/?token=${TOKEN}`, {}, '', 422],
    [`/?token=${TOKEN}`, {}, 'x', 201],
    ['/', { authorization: `Bearer ${TOKEN}` }, 'x', 201],
    ['/', { 'content-type': form }, `text=x&token=${TOKEN}`, 200],
  ]
  for (const [path, headers, body, status] of calls) {
    const response = await ask(system.apps.front, path, { method: 'POST', headers, body })
    assert.equal(response.status, status, path)
  }
  const { rows } = await system.database.query('select id from pastes')
  assert.equal(rows.length, 3)
  assert.ok(system.logged.length >= 6)
  assert.doesNotMatch(system.logged.join(''), /canary/)
})
