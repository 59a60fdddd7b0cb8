import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testIds } from '../shared/testing/paste.ts'
import { createTestApp, FORM_TYPE, multipart, testTokens } from './testing/app.ts'

const TOKEN = 'write-token-number-one'
const writeTokens = ['write-token-number-two', TOKEN]

const WAYS: [method: string, path: string, init: () => RequestInit][] = [
  ['PUT', '/', () => ({ body: 'x' })],
  ['PUT', '/notes.md', () => ({ body: 'x' })],
  ['POST', '/', () => ({ body: 'x' })],
  ['POST', '/', () => ({ body: 'raw body', headers: FORM_TYPE })],
  ['POST', '/', () => ({ body: 'text=x', headers: FORM_TYPE })],
  ['POST', '/', () => ({ body: multipart({ text: 'x' }) })],
  ['POST', '/documents', () => ({ body: 'x' })],
  ['POST', '/documents', () => ({ body: multipart({ data: 'x' }) })],
  ['POST', '/post', () => ({ body: 'x' })],
  ['PUT', '/post', () => ({ body: 'x' })],
  ['POST', '/api/pastes', () => ({ body: '{"text":"x"}' })],
]

function withHeader(init: RequestInit, authorization: string): RequestInit {
  return { ...init, headers: { ...(init.headers as object), authorization } }
}

test('every way in is 401 without a token or with a wrong one, and nothing is stored', async () => {
  const { ask, made } = createTestApp({ writeTokens })
  for (const [method, path, init] of WAYS) {
    const wrong = `${TOKEN}x`
    const answers = [
      await ask(method, path, init()),
      await ask(method, `${path}?token=`, init()),
      await ask(method, `${path}?token=${wrong}`, init()),
      await ask(method, path, withHeader(init(), `Bearer ${wrong}`)),
      await ask(method, path, withHeader(init(), `Basic ${TOKEN}`)),
    ]
    for (const answer of answers) {
      assert.equal(answer.status, 401, `${method} ${path}`)
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer')
      assert.doesNotMatch(await answer.text(), new RegExp(TOKEN))
    }
  }
  assert.deepEqual(made, [])
})

test('every way in takes a token from the header and the query', async () => {
  const { ask, made } = createTestApp({ writeTokens })
  for (const [method, path, init] of WAYS) {
    const answers = [
      await ask(method, path, withHeader(init(), `Bearer ${TOKEN}`)),
      await ask(method, `${path}?token=${TOKEN}`, init()),
    ]
    for (const { status } of answers) assert.ok(status < 300, `${method} ${path} ${status}`)
  }
  assert.equal(made.length, 2 * WAYS.length)
})

test('a form may carry the token itself', async () => {
  const { ask, made } = createTestApp({ writeTokens })
  const cases: [path: string, init: RequestInit, status: number][] = [
    ['/', { body: multipart({ text: 'x', token: TOKEN }) }, 200],
    ['/', { body: `text=x&token=${TOKEN}`, headers: FORM_TYPE }, 200],
    ['/documents', { body: multipart({ data: 'x', token: TOKEN }) }, 200],
    ['/', { body: multipart({ text: 'x', token: 'wrong' }) }, 401],
  ]
  for (const [path, init, status] of cases) {
    assert.equal((await ask('POST', path, init)).status, status)
  }
  assert.equal(made.length, 3)
})

test('deleting needs the paste’s own token alone', async () => {
  const { ask, removed } = createTestApp({ writeTokens })
  const id = testIds.make()
  const headers = { 'x-token': testTokens.make(id) }
  assert.equal((await ask('DELETE', `/${id}`, { headers })).status, 200)
  const body = `token=${testTokens.make(id)}&delete=`
  assert.equal((await ask('POST', `/${id}`, { body, headers: FORM_TYPE })).status, 200)
  assert.equal((await ask('POST', `/${id}/open`)).status, 200)
  assert.equal((await ask('DELETE', `/${id}?token=${TOKEN}`)).status, 401)
  assert.equal(removed.length, 2)
})

test('a raw body is not read from who may not write', async () => {
  const { ask } = createTestApp({ writeTokens })
  const body = new ReadableStream(
    { pull: () => assert.fail('the body was read') },
    { highWaterMark: 0 },
  )
  assert.equal((await ask('PUT', '/', { body, duplex: 'half' })).status, 401)
})
