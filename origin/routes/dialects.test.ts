import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createTestApp, FORM_TYPE, multipart, TEST_PASTE_LIMIT } from '../testing/app.ts'

test('haste is answered 200 and exactly its key', async () => {
  const { ask, made, id } = createTestApp()
  const response = await ask('POST', '/documents?ttl=90s', { body: 'text=1', headers: FORM_TYPE })
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'application/json')
  assert.equal(await response.text(), `{"key":"${id}"}`)
  assert.equal(response.headers.get('location'), `https://p.example/${id}`)
  assert.equal(response.headers.get('x-token'), 'the-token')
  assert.equal(Buffer.from(made[0]?.bytes ?? []).toString(), 'text=1')
  assert.equal(made[0]?.ttlMs, 90_000)
})

test('of a multipart haste takes the field data', async () => {
  const { ask, made } = createTestApp()
  const body = multipart({ file: 'other', data: 'this\r\none' })
  assert.equal((await ask('POST', '/documents', { body })).status, 200)
  assert.equal(Buffer.from(made[0]?.bytes ?? []).toString(), 'this\r\none')
})

test('haste’s errors are its own, and 400 for what is too long', async () => {
  const { ask, made } = createTestApp()
  const cases: [path: string, body: string, status: number, message: RegExp][] = [
    ['', 'x'.repeat(TEST_PASTE_LIMIT + 1), 400, /^Document exceeds maximum length\.$/],
    ['', '', 422, /^empty paste; /],
    ['?ttl=x', 'x', 400, /^bad ttl "x"; /],
  ]
  for (const [query, body, status, message] of cases) {
    const response = await ask('POST', `/documents${query}`, { body })
    assert.equal(response.status, status)
    assert.equal(response.headers.get('content-type'), 'application/json')
    assert.match(response.headers.get('x-request-id') ?? '', /./)
    const answer = (await response.json()) as { message: string }
    assert.deepEqual(Object.keys(answer), ['message'])
    assert.match(answer.message, message)
  }
  assert.deepEqual(made, [])
})

test('bytebin is answered a bare Location and its key; PUT a link', async () => {
  const { ask, made, id } = createTestApp()
  const headers = { ...FORM_TYPE, 'content-encoding': 'gzip' }
  const post = await ask('POST', '/post', { body: gzipSync('text=1'), headers })
  assert.equal(post.status, 201)
  assert.equal(post.headers.get('location'), id)
  assert.equal(await post.text(), `{"key":"${id}"}`)
  const put = await ask('PUT', '/post', { body: 'text=1' })
  assert.equal(put.status, 201)
  assert.equal(put.headers.get('location'), `https://p.example/${id}`)
  assert.equal(await put.text(), `https://p.example/${id}\n`)
  for (const { bytes, title } of made) {
    assert.equal(Buffer.from(bytes).toString(), 'text=1')
    assert.equal(title, null)
  }
})

test('other methods are 405 with Allow', async () => {
  const { ask } = createTestApp()
  const cases: [method: string, path: string, allow: string][] = [
    ['PUT', '/documents', 'POST'],
    ['DELETE', '/documents', 'POST'],
    ['DELETE', '/documents/x', 'GET, HEAD'],
    ['DELETE', '/post', 'POST, PUT'],
    ['PATCH', '/api/pastes', 'POST'],
    ['PATCH', '/api/pastes/x', 'GET, HEAD, DELETE'],
  ]
  for (const [method, path, allow] of cases) {
    const response = await ask(method, path)
    assert.equal(response.status, 405, path)
    assert.equal(response.headers.get('allow'), allow)
  }
})
