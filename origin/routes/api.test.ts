import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testIds } from '../../shared/testing/paste.ts'
import { createTestApp, TEST_PASTE_LIMIT, testTokens } from '../testing/app.ts'

function json(value: unknown): RequestInit {
  return { body: JSON.stringify(value), headers: { 'content-type': 'application/json' } }
}

test('a paste is made out of JSON, and its facts are the answer', async () => {
  const { ask, made, id } = createTestApp()
  const all = { text: 'wörld\r\n\0', ttl: '90s', language: 'md', title: 'x', burn: true }
  const response = await ask('POST', '/api/pastes', json(all))
  assert.equal(response.status, 201)
  assert.deepEqual(await response.json(), {
    id,
    url: `https://p.example/${id}`,
    rawUrl: `https://p.example/raw/${id}`,
    expiresAt: '2030-03-17T17:46:40.000Z',
    deleteToken: 'the-token',
  })
  assert.equal(response.headers.get('location'), `https://p.example/${id}`)
  assert.equal(response.headers.get('x-token'), 'the-token')
  assert.deepEqual(made, [
    { bytes: Buffer.from(all.text), ttlMs: 90_000, language: 'md', title: 'x', burn: true },
  ])
})

test('a ttl may be seconds; the query wins', async () => {
  const { ask, made } = createTestApp()
  await ask('POST', '/api/pastes', json({ text: 'x', ttl: 90, burn: false }))
  await ask('POST', '/api/pastes?ttl=2h&burn=1', json({ text: 'x', ttl: 90, burn: false }))
  assert.deepEqual(
    made.map(({ ttlMs, burn }) => [ttlMs, burn]),
    [
      [90_000, false],
      [7_200_000, true],
    ],
  )
})

test('wrong JSON or fields are problem+json, whoever asks', async () => {
  const { ask, made } = createTestApp()
  const cases: [body: unknown, status: number, detail: RegExp][] = [
    [{}, 400, /^bad JSON: text: /],
    [{ text: 1 }, 400, /^bad JSON: text: /],
    [{ text: 'x', burn: 'yes' }, 400, /^bad JSON: burn: /],
    [{ text: 'x', ttl: -1 }, 400, /^bad JSON: ttl: /],
    [{ text: 'x', lang: 'c' }, 400, /lang/],
    [{ text: 'x', ttl: 'never' }, 400, /^bad ttl "never"/],
    [{ text: 'x', language: 'C!' }, 400, /^bad lang/],
    [{ text: '\ud800' }, 400, /surrogate/],
    [[], 400, /^bad JSON/],
    [null, 400, /^bad JSON/],
    [{ text: '' }, 422, /^empty paste/],
    [{ text: 'x'.repeat(TEST_PASTE_LIMIT + 1) }, 413, /^too large/],
    [{ text: 'x'.repeat(3 * TEST_PASTE_LIMIT) }, 413, /^too large/],
  ]
  for (const [body, status, detail] of cases) {
    const response = await ask('POST', '/api/pastes', json(body))
    assert.equal(response.status, status, JSON.stringify(body))
    assert.equal(response.headers.get('content-type'), 'application/problem+json')
    assert.match(((await response.json()) as { detail: string }).detail, detail)
  }
  for (const body of ['', '{', 'text=x', Buffer.from('{"text":"\xff"}', 'latin1')]) {
    assert.equal((await ask('POST', '/api/pastes', { body })).status, 400)
  }
  assert.deepEqual(made, [])
})

test('no error quotes what was sent as a paste', async () => {
  const { ask } = createTestApp()
  const response = await ask('POST', '/api/pastes', { body: '{"text":"canary"' })
  assert.doesNotMatch(await response.text(), /canary/)
})

test('DELETE works under /api too, and errors there are problem+json', async () => {
  const { ask, removed } = createTestApp()
  const id = testIds.make()
  const headers = { authorization: `Bearer ${testTokens.make(id)}` }
  const response = await ask('DELETE', `/api/pastes/${id}`, { headers })
  assert.deepEqual(await response.json(), { id, propagated: true })
  assert.deepEqual(removed, [`${id} deleted`])
  for (const [path, status] of [
    [`/api/pastes/${id}`, 401],
    ['/api/pastes/forged', 404],
    ['/api/other', 404],
  ] as const) {
    const refused = await ask('DELETE', path)
    assert.equal(refused.status, status)
    assert.equal(refused.headers.get('content-type'), 'application/problem+json')
  }
})
