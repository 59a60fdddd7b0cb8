import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, FORM_TYPE, multipart, TEST_PASTE_LIMIT } from '../testing/app.ts'

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('latin1')
}

test('a form, either kind, is 200 and its link', async () => {
  const { ask, made, id } = createTestApp()
  const bodies = [
    { body: multipart({ text: 'one' }) },
    { body: 'text=one&ttl=90s', headers: FORM_TYPE },
  ]
  for (const init of bodies) {
    const response = await ask('POST', '/', init)
    assert.equal(response.status, 200)
    assert.equal(await response.text(), `https://p.example/${id}\n`)
    assert.equal(response.headers.get('location'), `https://p.example/${id}`)
    assert.equal(response.headers.get('x-token'), 'the-token')
    assert.equal(response.headers.get('x-expires'), '1900000000000')
    assert.equal(response.headers.get('set-cookie'), null)
  }
  assert.deepEqual(
    made.map(({ bytes }) => textOf(bytes)),
    ['one', 'one'],
  )
  assert.equal(made[1]?.ttlMs, 90_000)
})

test('what only looks like a form is a raw body, and 201', async () => {
  const { ask, made } = createTestApp()
  const bodies = ['a=1&text=2', 'text=a b', 'text=a\n', 'text', '{"text":"x"}', '--b\r\n\r\nx']
  for (const body of bodies) {
    assert.equal((await ask('POST', '/', { body, headers: FORM_TYPE })).status, 201, body)
  }
  assert.deepEqual(
    made.map(({ bytes }) => textOf(bytes)),
    bodies,
  )
})

test('PUT is raw, even of a form', async () => {
  const { ask, made } = createTestApp()
  const type = { 'content-type': 'multipart/form-data; boundary=b' }
  const body = '--b\r\n\r\nx\r\n--b--'
  assert.equal((await ask('PUT', '/', { body, headers: type })).status, 201)
  assert.equal((await ask('PUT', '/x', { body: 'text=1', headers: FORM_TYPE })).status, 201)
  assert.deepEqual(
    made.map(({ bytes }) => textOf(bytes)),
    [body, 'text=1'],
  )
})

test('a file names the paste, unless a field or the query does', async () => {
  const { ask, made } = createTestApp()
  const file = new File(['x'], 'notes.md')
  await ask('POST', '/', { body: multipart({ file }) })
  await ask('POST', '/', { body: multipart({ file, title: 'Mine', lang: 'c', burn: '' }) })
  await ask('POST', '/?title=Yours&lang=d&burn=0', {
    body: multipart({ file, title: 'Mine', lang: 'c', burn: '1' }),
  })
  assert.deepEqual(
    made.map(({ title, language, burn }) => [title, language, burn]),
    [
      ['notes.md', 'md', false],
      ['Mine', 'c', true],
      ['Yours', 'd', false],
    ],
  )
})

test('0x0’s expires is in hours', async () => {
  const { ask, made } = createTestApp()
  await ask('POST', '/', { body: multipart({ file: new File(['x'], 'x'), expires: '24' }) })
  assert.equal(made[0]?.ttlMs, 86_400_000)
})

test('the editor’s form goes on to the page that manages, with a cookie of that path', async () => {
  const { ask, made, id } = createTestApp()
  const body = multipart({ form: 'editor', text: 'a\r\nb', ttl: '', title: '' })
  const response = await ask('POST', '/', { body })
  assert.equal(response.status, 303)
  assert.equal(response.headers.get('location'), `https://p.example/${id}/manage`)
  assert.equal(
    response.headers.get('set-cookie'),
    `token=the-token; Path=/${id}/manage; HttpOnly; SameSite=Strict; Secure`,
  )
  assert.equal(textOf(made[0]?.bytes), 'a\nb')
  const plain = createTestApp({ publicUrl: 'http://p.example/paste' })
  const again = await plain.ask('POST', '/', { body: 'form=editor&text=x', headers: FORM_TYPE })
  assert.equal(
    again.headers.get('set-cookie'),
    `token=the-token; Path=/paste/${plain.id}/manage; HttpOnly; SameSite=Strict`,
  )
})

test('a form without a paste is 422, a broken one 400, one with a wrong option 400', async () => {
  const { ask, made } = createTestApp()
  const type = { 'content-type': 'multipart/form-data; boundary=b' }
  const cases: [init: RequestInit, status: number][] = [
    [{ body: multipart({ text: '', ttl: '1h' }) }, 422],
    [{ body: 'ttl=1h', headers: FORM_TYPE }, 422],
    [{ body: '', headers: FORM_TYPE }, 422],
    [{ body: '--b--', headers: type }, 422],
    [{ body: '--b\r\n\r\nx', headers: type }, 400],
    [{ body: 'x', headers: { 'content-type': 'multipart/form-data' } }, 400],
    [{ body: multipart({ text: 'x', ttl: 'never' }) }, 400],
    [{ body: `text=x&${'ttl=1h&'.repeat(1000)}`.slice(0, 1000), headers: FORM_TYPE }, 400],
  ]
  for (const [init, status] of cases) {
    assert.equal((await ask('POST', '/', init)).status, status)
  }
  assert.deepEqual(made, [])
})

test('the limit is on the paste, not on the form around it', async () => {
  const { ask, made } = createTestApp()
  const exactly = multipart({ file: new File(['x'.repeat(TEST_PASTE_LIMIT)], 'x') })
  assert.equal((await ask('POST', '/', { body: exactly })).status, 200)
  const more = multipart({ file: new File(['x'.repeat(TEST_PASTE_LIMIT + 1)], 'x') })
  const response = await ask('POST', '/', { body: more })
  assert.equal(response.status, 413)
  assert.match(await response.text(), /the limit is 1,?000 bytes\nyou sent 1,?001 bytes/)
  assert.equal(made.length, 1)
})
