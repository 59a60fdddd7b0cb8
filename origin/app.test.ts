import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { problems } from '../shared/http/problems.ts'
import { makeTestRecord, testIds } from '../shared/testing/paste.ts'
import { createAdmit } from './admit.ts'
import { DatabaseError } from './database.ts'
import type { OwnerStatus } from './status.ts'
import { createTestApp as setup, testTokens as tokens } from './testing/app.ts'

function statusOf(id: string): OwnerStatus {
  return {
    id,
    state: 'visible',
    reason: null,
    goneAt: null,
    createdAt: '2026-01-02T03:04:05.006Z',
    expiresAt: '2026-01-03T03:04:05.006Z',
    size: 5,
    language: null,
    title: 'notes.md',
    burn: false,
  }
}

test('a paste is made by PUT and POST, and its link is the answer', async () => {
  const { ask, made, id } = setup()
  for (const [method, path] of [
    ['PUT', '/'],
    ['POST', '/'],
    ['PUT', '/notes.md'],
  ] as const) {
    const response = await ask(method, path, { body: 'text' })
    assert.equal(response.status, 201)
    assert.equal(await response.text(), `https://p.example/${id}\n`)
    assert.equal(response.headers.get('location'), `https://p.example/${id}`)
    assert.equal(response.headers.get('x-token'), 'the-token')
    assert.equal(response.headers.get('x-expires'), '1900000000000')
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.equal(
      response.headers.get('access-control-expose-headers'),
      'Location, X-Token, X-Expires',
    )
  }
  assert.deepEqual(
    made.map(({ title, language }) => [title, language]),
    [
      [null, null],
      [null, null],
      ['notes.md', 'md'],
    ],
  )
})

test('a name is what was meant by it, with its escapes undone', async () => {
  const { ask, made } = setup()
  await ask('PUT', '/caf%C3%A9%20menu.txt?ttl=90s', { body: 'x' })
  assert.deepEqual([made[0]?.title, made[0]?.ttlMs], ['café menu.txt', 90_000])
})

test('without a public URL links begin with what was asked', async () => {
  const { ask, id } = setup({ publicUrl: null })
  const response = await ask('PUT', '/', { body: 'x' })
  assert.equal(await response.text(), `http://ledge.test/${id}\n`)
})

test('who has made too many is refused before the body is read', async () => {
  const limited: string[] = []
  const admit = createAdmit({
    trustedProxies: [],
    perMinute: 1,
    monotonic: () => 0,
    onLimited: () => limited.push('once'),
  })
  const { ask, made } = setup({ admit })
  const first = await ask('PUT', '/', { body: 'x' })
  assert.equal(first.status, 201)
  assert.equal(first.headers.get('ratelimit'), '"create";r=0;t=60')
  assert.equal(first.headers.get('ratelimit-policy'), '"create";q=1;w=60')
  const body = new ReadableStream({ pull: () => assert.fail('read') }, { highWaterMark: 0 })
  const second = await ask('POST', '/', { body, duplex: 'half' })
  assert.equal(second.status, 429)
  assert.equal(await second.text(), 'error: too many pastes\ntry again in 120 s\n')
  assert.equal(second.headers.get('retry-after'), '120')
  assert.equal(second.headers.get('ratelimit'), '"create";r=0;t=60')
  assert.equal(made.length, 1)
  assert.deepEqual(limited, ['once'])
})

test('an Idempotency-Key reaches the create with its client and its body; a bad one does not', async () => {
  const keys: unknown[] = []
  const head = { id: testIds.make(), expiresAt: 1 }
  const { ask } = setup({
    async createPaste(_paste, key) {
      keys.push(key)
      return { head, deleteToken: 'the-token' }
    },
  })
  const key = { 'idempotency-key': '"0123456789abcdef"' }
  for (const headers of [{}, key, key]) await ask('PUT', '/', { body: 'x', headers })
  await ask('PUT', '/', { body: 'y', headers: key })
  const bad = await ask('PUT', '/', { body: 'x', headers: { 'idempotency-key': '"short"' } })
  assert.equal(bad.status, 400)
  const [none, one, same, other] = keys as ({ keyHash: string; bodyHash: string } | null)[]
  assert.equal(keys.length, 4)
  assert.equal(none, null)
  assert.deepEqual(one, same)
  assert.equal(other?.keyHash, one?.keyHash)
  assert.notEqual(other?.bodyHash, one?.bodyHash)
})

test('the right token deletes, in either header and at either place', async () => {
  const { ask, removed } = setup()
  const id = testIds.make()
  const token = tokens.make(id)
  for (const path of [`/${id}`, `/api/pastes/${id}`]) {
    for (const headers of [
      { 'x-token': token },
      { authorization: `Bearer ${token}` },
      { authorization: `bearer  ${token} ` },
    ]) {
      const response = await ask('DELETE', path, { headers })
      assert.equal(response.status, 200)
      assert.deepEqual(await response.json(), { id, propagated: true })
    }
  }
  assert.deepEqual(removed, Array(6).fill(`${id} deleted`))
})

test('the right token shows what became of a paste, to nobody else and kept by nobody', async () => {
  const asked: string[] = []
  const readStatus = async (id: string) => {
    asked.push(id)
    return statusOf(id)
  }
  const { ask } = setup({ readStatus })
  const id = testIds.make()
  const path = `/api/pastes/${id}`
  const headers = { 'x-token': tokens.make(id) }
  const response = await ask('GET', path, { headers })
  assert.equal(response.headers.get('cache-control'), 'no-store')
  assert.deepEqual(await response.json(), statusOf(id))
  const head = await ask('HEAD', path, { headers })
  assert.equal(head.headers.get('content-length'), response.headers.get('content-length'))
  assert.equal(await head.text(), '')
  assert.equal((await ask('GET', path)).status, 401)
  const wrong = { 'x-token': tokens.make(testIds.make()) }
  assert.equal((await ask('GET', path, { headers: wrong })).status, 403)
  assert.equal((await ask('GET', '/api/pastes/forged', { headers })).status, 404)
  assert.deepEqual(asked, [id, id])
})

test('without the right token nothing is deleted', async () => {
  const { ask, removed } = setup()
  const id = testIds.make()
  const basic = { authorization: `Basic ${tokens.make(id)}` }
  const cases: [headers: Record<string, string>, status: number][] = [
    [{}, 401],
    [{ 'x-token': '' }, 401],
    [basic, 401],
    [{ 'x-token': tokens.make(testIds.make()) }, 403],
    [{ authorization: 'Bearer x', 'x-token': tokens.make(id) }, 403],
  ]
  for (const [headers, status] of cases) {
    assert.equal((await ask('DELETE', `/${id}`, { headers })).status, status)
  }
  assert.deepEqual(removed, [])
})

test('an id that was never made is 404 whatever the token, and nobody is asked', async () => {
  const { ask, removed } = setup({ openPaste: () => assert.fail('asked') })
  const token = tokens.make('forged')
  for (const id of ['forged', testIds.make().slice(1), '~name']) {
    const headers = { 'x-token': token }
    assert.equal((await ask('DELETE', `/${id}`, { headers })).status, 404)
    assert.equal((await ask('POST', `/${id}/open`)).status, 404)
  }
  assert.deepEqual(removed, [])
})

test('what is opened is sent once, kept by nobody, and has no validator', async () => {
  const { ask } = setup()
  const headers = { range: 'bytes=0-1', 'if-none-match': '*' }
  const response = await ask('POST', `/${testIds.make()}/open`, { headers })
  assert.equal(response.status, 200)
  assert.equal(await response.text(), 'opened\n')
  assert.equal(response.headers.get('cache-control'), 'no-store')
  for (const name of ['etag', 'accept-ranges', 'x-accel-expires']) {
    assert.equal(response.headers.get(name), null, name)
  }
})

test('what is opened has the face that was asked for', async () => {
  const { ask } = setup()
  const headers = { accept: 'application/xhtml+xml' }
  const response = await ask('POST', `/${testIds.make()}/open`, { headers })
  assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8')
  assert.match(await response.text(), /opened\n/)
})

test('what is opened is JSON for a program', async () => {
  const { ask } = setup()
  const id = testIds.make()
  const headers = { accept: 'application/json' }
  const response = await ask('POST', `/${id}/open`, { headers })
  assert.equal(response.headers.get('cache-control'), 'no-store')
  assert.equal(response.headers.get('etag'), null)
  const paste = (await response.json()) as Record<string, unknown>
  assert.deepEqual([paste.url, paste.text], [`https://p.example/${id}`, 'opened\n'])
})

test('what is large is opened as a whole', async () => {
  const bytes = randomBytes(2_000_000)
  const { ask } = setup({ openPaste: async (id) => makeTestRecord(bytes, { id, burn: true }) })
  const response = await ask('POST', `/${testIds.make()}/open`)
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes)
})

test('what is taken down is 451 with whom to ask', async () => {
  const { ask } = setup({ openPaste: () => Promise.reject(problems.gone('removed')) })
  const response = await ask('POST', `/${testIds.make()}/open`)
  assert.equal(response.status, 451)
  assert.match(await response.text(), /questions: abuse@example\.invalid/)
})

test('a database that is away, or full, is told from each other and from readers’ trouble', async () => {
  const cases: [code: string, status: number, text: RegExp][] = [
    ['57P01', 503, /the database is away\nreading still works; try again in 5 s/],
    ['53100', 507, /storage is full/],
  ]
  for (const [code, status, text] of cases) {
    const cause = Object.assign(new Error('canary'), { code })
    const failed = () => Promise.reject(new DatabaseError('canary', { cause }))
    const response = await setup({ createPaste: failed }).ask('PUT', '/', { body: 'x' })
    assert.equal(response.status, status)
    const body = await response.text()
    assert.match(body, text)
    assert.doesNotMatch(body, /canary/)
  }
})

test('GET / tells a terminal what it can do; each command has this place’s own URL', async () => {
  const { ask } = setup()
  const response = await ask('GET', '/')
  assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8')
  const lines = (await response.text()).trim().split('\n')
  assert.equal(lines.length, 6)
  for (const line of lines.slice(1)) assert.ok(line.includes('https://p.example'), line)
  const head = await ask('HEAD', '/')
  assert.equal(head.status, 200)
  assert.equal(await head.text(), '')
})

test('the favicon is a picture that runs nothing', async () => {
  const response = await setup().ask('GET', '/favicon.svg')
  assert.equal(response.headers.get('content-type'), 'image/svg+xml')
  assert.match(response.headers.get('content-security-policy') ?? '', /sandbox/)
  assert.match(await response.text(), /^<svg /)
})

test('robots may read links, and nothing that is an owner’s', async () => {
  const response = await setup().ask('GET', '/robots.txt')
  assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8')
  const text = await response.text()
  assert.match(text, /^User-agent: \*\nDisallow: \/api\/\n/)
  assert.doesNotMatch(text, /^Disallow: \/$/m)
})

test('security.txt names whom to write to, until a day within a year', async () => {
  const path = '/.well-known/security.txt'
  const { ask } = setup({ clock: { now: () => Date.UTC(2026, 5, 1, 12) } })
  assert.deepEqual((await (await ask('GET', path)).text()).split('\n'), [
    'Contact: mailto:abuse@example.invalid',
    'Expires: 2026-08-30T00:00:00.000Z',
    'Preferred-Languages: en',
    'Canonical: https://p.example/.well-known/security.txt',
    '',
  ])
  const link = await setup({ contact: 'https://p.example/help', publicUrl: null }).ask('GET', path)
  assert.match(await link.text(), /^Contact: https:\/\/p\.example\/help\nExpires: .*\n.*\n$/)
  const nobody = await setup({ contact: null }).ask('GET', path)
  assert.equal(nobody.status, 404)
  assert.match(await nobody.text(), /^error: nothing is here\n/)
})

test('routes are observed by name, never by path', async () => {
  const { ask, seen } = setup()
  const id = testIds.make()
  await ask('PUT', '/notes.md', { body: 'x' })
  await ask('DELETE', `/${id}`)
  await ask('POST', `/${id}/open`)
  await ask('PATCH', `/${id}`)
  await ask('POST', '/a/b/c')
  assert.deepEqual(
    seen.map(({ method, route, status }) => `${method} ${route} ${status}`),
    ['PUT create 201', 'DELETE delete 401', 'POST open 200', 'PATCH paste 405', 'POST none 404'],
  )
})

test('a browser gets the editor at /, and what is kept of either face is kept apart', async () => {
  const { ask } = setup({ writeTokens: ['w'.repeat(32)] })
  const page = await ask('GET', '/', { headers: { accept: 'application/xhtml+xml' } })
  assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
  assert.match(page.headers.get('content-security-policy') ?? '', /script-src 'sha256-/)
  assert.match(await page.text(), /<textarea name="text"[^]*<input type="password" name="token"/)
  for (const answer of [page, await ask('GET', '/')]) {
    assert.equal(answer.headers.get('vary'), 'Accept, User-Agent')
  }
})

test('what no page shows is handed over as a file when it is opened once', async () => {
  const headers = { accept: 'application/xhtml+xml' }
  const bytes = Buffer.from([0, 255, 0])
  const openPaste = async (id: string) => makeTestRecord(bytes, { id, burn: true })
  const { ask } = setup({ openPaste })
  const response = await ask('POST', `/${testIds.make()}/open`, { headers })
  assert.match(response.headers.get('content-disposition') ?? '', /^attachment/)
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes)
})
