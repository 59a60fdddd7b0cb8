import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { encodeRecord } from '../shared/record.ts'
import { makeTestRecord, testIds } from '../shared/testing/paste.ts'
import {
  BROWSER,
  type Call,
  CURL,
  deletePaste,
  headersOf,
  JSON_CLIENT,
  makePaste,
} from './support/client.ts'
import { checkHeaders } from './support/face-check.ts'
import { createStatusCheck, NO_STORE, TAGGED, TICKING } from './support/status-check.ts'
import { startTestSystem } from './support/system.ts'

/** Method × face × state on edge, origin and front: each status, and the headers that go with it. */

const LIMIT = 3 * 1024 * 1024
const system = await startTestSystem({ maxPasteBytes: LIMIT })
after(system.close)
const { apps, broken } = system

const { check, checkHead, statusesOf } = createStatusCheck(apps)

interface Face {
  name: string
  path: (id: string) => string
  headers: Record<string, string>
  type: RegExp
  /** Whether the bytes themselves go out, so that there are parts of them. */
  bytes: boolean
}

const link = (id: string) => `/${id}`
const FACES: Face[] = [
  { name: 'text', path: link, headers: CURL, type: /^text\/plain; /, bytes: true },
  { name: 'json', path: link, headers: JSON_CLIENT, type: /^application\/json$/, bytes: false },
  { name: 'html', path: link, headers: BROWSER, type: /^text\/html; /, bytes: false },
  ...[CURL, BROWSER].flatMap((headers) => [
    { name: 'raw', path: (id: string) => `/raw/${id}`, headers, type: /^text\/p/, bytes: true },
    {
      name: 'download',
      path: (id: string) => `/raw/${id}.txt?download`,
      headers,
      type: /^text\/plain; /,
      bytes: true,
    },
  ]),
  {
    name: 'document',
    path: (id) => `/documents/${id}`,
    headers: CURL,
    type: /^application\/json$/,
    bytes: false,
  },
]
const READERS = ['edge', 'otherEdge', 'front'] as const

test('what is there is 200 in every face, HEAD the same, 304 to who has it', async () => {
  const text = await makePaste(system, 'again and again\n'.repeat(100), '?title=notes.md')
  for (const app of READERS) {
    for (const { name, path, headers, type } of FACES) {
      for (const coding of ['identity', 'gzip']) {
        const call = { headers: { ...headers, 'accept-encoding': coding } }
        const get = await check(app, path(text.id), call, 200)
        checkHeaders(get, { ...TAGGED, 'content-type': type }, name)
        assert.equal(get.headers.get('content-encoding'), coding === 'gzip' ? 'gzip' : null, name)
        const tag = { 'if-none-match': get.headers.get('etag') ?? '' }
        for (const method of ['GET', 'HEAD']) {
          await check(app, path(text.id), { method, headers: { ...call.headers, ...tag } }, 304)
        }
        if (coding === 'identity') await checkHead(get, app, path(text.id), call)
      }
    }
  }
})

test('a part is 206, one beyond the end 416, and only of bytes', async () => {
  const paste = await makePaste(system, 'again and again\n'.repeat(100))
  for (const app of READERS) {
    for (const { path, headers, bytes } of FACES) {
      const part = { headers: { ...headers, range: 'bytes=0-1' } }
      await check(app, path(paste.id), part, bytes ? 206 : 200)
      await check(app, path(paste.id), { ...part, method: 'HEAD' }, 200)
      const beyond = { headers: { ...headers, range: 'bytes=9999-' } }
      await check(app, path(paste.id), beyond, bytes ? 416 : 200)
    }
  }
})

test('what is binary or large has the faces of the rest, none of them a type that runs', async () => {
  const bodies = [Buffer.from([0, 1, 2, 255]), randomBytes(2_000_000)]
  for (const body of bodies) {
    const paste = await makePaste(system, body)
    for (const app of READERS) {
      for (const { name, path, headers, type, bytes } of FACES) {
        const get = await check(app, path(paste.id), { headers }, 200)
        const expected = bytes ? /^application\/octet-stream$/ : type
        checkHeaders(get, { ...TAGGED, 'content-type': expected }, name)
        assert.equal(get.headers.has('content-disposition'), bytes)
        await get.arrayBuffer()
        const head = await check(app, path(paste.id), { headers, method: 'HEAD' }, 200)
        // The length of a large document is known only to those who read it all.
        const without = name === 'document' ? [...TICKING, 'content-length'] : TICKING
        assert.deepEqual(headersOf(head, ...without), headersOf(get, ...without), name)
      }
    }
  }
})

/** Puts a paste into the bucket past the origin. */
async function store(bytes: Buffer | null, expiresAt = Date.now() + 3_600_000): Promise<string> {
  const record = makeTestRecord('x', { expiresAt })
  const { id } = record.head
  await system.bucket.put(id, bytes ?? encodeRecord(record), {
    expiresAtMs: Date.now() + 3_600_000,
    metadata: {},
  })
  return id
}

async function makeStates(): Promise<[state: string, id: string, status: number, haste: number][]> {
  const deleted = await makePaste(system, 'x')
  await (await deletePaste(system, deleted)).text()
  const removed = await makePaste(system, 'x')
  await system.removePaste(removed.id, 'removed')
  const burn = await makePaste(system, 'x', '?burn')
  return [
    ['never made', testIds.make(), 404, 404],
    ['malformed', 'short', 404, 404],
    ['deleted', deleted.id, 410, 404],
    ['taken down', removed.id, 451, 404],
    ['expired', await store(null, Date.now() - 1), 410, 404],
    ['to be opened once', burn.id, 428, 404],
    ['damaged', await store(Buffer.from('not a record')), 500, 500],
  ]
}

test('what cannot be read has the same status in every face, haste’s own aside', async () => {
  for (const [state, id, status, haste] of await makeStates()) {
    for (const app of READERS) {
      for (const { name, path, headers } of FACES) {
        const call = { headers: { ...headers, range: 'bytes=9-', 'if-none-match': '*' } }
        const expected = name === 'document' ? haste : status
        const get = await check(app, path(id), call, expected)
        const body = await get.clone().text()
        if (name === 'document' && haste === 404) {
          assert.equal(body, '{"message":"Document not found."}', state)
        }
        await checkHead(get, app, path(id), call)
      }
    }
  }
})

test('storage that is away is 503 in every face', async () => {
  const id = await store(null)
  broken.bucket.add('get')
  try {
    for (const app of READERS) {
      for (const { path, headers } of FACES) await check(app, path(id), { headers }, 503)
    }
  } finally {
    broken.bucket.clear()
  }
})

const WRITERS = ['origin', 'front'] as const
const CLIENTS = { text: CURL, json: JSON_CLIENT, page: BROWSER }
const ERROR_TYPES = {
  text: 'text/plain; charset=utf-8',
  json: 'application/problem+json',
  page: 'text/html; charset=utf-8',
}

/** One row of the table: asked of origin and front, as a terminal, a program and a browser. */
async function checkWrite(status: number, path: string, call: Call): Promise<void> {
  for (const app of WRITERS) {
    for (const [face, headers] of Object.entries(CLIENTS)) {
      const asked = { ...call, headers: { ...headers, ...call.headers } }
      const response = await check(app, path, asked, status)
      const body = await response.text()
      if (status !== 204) {
        assert.equal(response.headers.get('content-length'), String(Buffer.byteLength(body)), path)
      }
      if (status < 400) continue
      const asWhom = path.startsWith('/api/') ? 'json' : face
      const type = ERROR_TYPES[asWhom as keyof typeof ERROR_TYPES]
      assert.equal(response.headers.get('content-type'), type, `${status} ${path}`)
    }
  }
}

test('making: each status, whoever asks', async () => {
  const put = { method: 'PUT', body: 'x' }
  const post = { ...put, method: 'POST' }
  await checkWrite(201, '/', put)
  await checkWrite(201, '/notes.md?ttl=1h', put)
  await checkWrite(201, '/', post)
  await checkWrite(400, '/?ttl=xx', put)
  await checkWrite(400, '/?lang=%00', post)
  await checkWrite(405, '/', { method: 'PATCH', body: 'x' })
  const declared = { 'content-length': String(LIMIT + 1) }
  await checkWrite(413, '/', { ...put, headers: declared })
  await checkWrite(415, '/', { ...post, headers: { 'content-encoding': 'br' } })
  await checkWrite(422, '/', { ...put, body: '' })
  broken.database = true
  await checkWrite(503, '/', put).finally(() => (broken.database = false))
  broken.full = true
  await checkWrite(507, '/', put).finally(() => (broken.full = false))
})

test('owning: each status, whoever asks', async () => {
  const paste = await makePaste(system, 'x')
  const token = { 'x-token': paste.token }
  const wrong = { authorization: 'Bearer wrong' }
  for (const [method, path] of [
    ['GET', `/api/pastes/${paste.id}`],
    ['DELETE', `/api/pastes/${paste.id}`],
    ['DELETE', `/${paste.id}`],
  ] as const) {
    const forged = path.replace(paste.id, testIds.make().slice(1))
    await checkWrite(401, path, { method })
    await checkWrite(403, path, { method, headers: wrong })
    await checkWrite(404, forged, { method, headers: token })
    broken.database = true
    const away = checkWrite(503, path, { method, headers: token })
    await away.finally(() => (broken.database = false))
    for (const app of WRITERS) {
      const done = await check(app, path, { method, headers: token }, 200)
      checkHeaders(done, { ...NO_STORE, 'content-type': 'application/json' })
      if (method === 'GET') await checkHead(done, app, path, { headers: token })
    }
  }
})

test('opening: each status, whoever asks', async () => {
  const [kept, deleted, removed] = [
    await makePaste(system, 'x'),
    await makePaste(system, 'x'),
    await makePaste(system, 'x'),
  ]
  await (await deletePaste(system, deleted)).text()
  await system.removePaste(removed.id, 'removed')
  await checkWrite(200, `/${kept.id}/open`, { method: 'POST' })
  await checkWrite(404, `/${testIds.make()}/open`, { method: 'POST' })
  await checkWrite(405, `/${kept.id}/open`, { method: 'DELETE' })
  await checkWrite(410, `/${deleted.id}/open`, { method: 'POST' })
  await checkWrite(451, `/${removed.id}/open`, { method: 'POST' })
  broken.bucket.add('get')
  const away = checkWrite(503, `/${kept.id}/open`, { method: 'POST' })
  await away.finally(() => broken.bucket.clear())
})

test('the origin’s own places are 200, HEAD the same', async () => {
  for (const path of ['/', '/favicon.svg', '/robots.txt', '/.well-known/security.txt']) {
    for (const app of WRITERS) {
      for (const headers of Object.values(CLIENTS)) {
        await checkHead(await check(app, path, { headers }, 200), app, path, { headers })
      }
    }
  }
})

const PLACES = ['', 'ID', 'ID.md', 'raw/ID', 'documents/ID', 'documents', 'post', 'ID/open']
const OTHER_PLACES = ['api/pastes', 'api/pastes/ID', 'ID/manage', 'robots.txt', 'a/b/c']

test('OPTIONS is 204 everywhere, and a preflight is allowed without credentials', async () => {
  for (const place of [...PLACES, ...OTHER_PLACES]) {
    const path = `/${place}`
    for (const app of ['edge', 'otherEdge', 'origin', 'front'] as const) {
      const plain = await check(app, path, { method: 'OPTIONS' }, 204)
      assert.equal(plain.headers.has('access-control-allow-methods'), false)
      const headers = { origin: 'https://a.example', 'access-control-request-method': 'PUT' }
      const preflight = await check(app, path, { method: 'OPTIONS', headers }, 204)
      checkHeaders(preflight, {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': /^[A-Z, ]+$/,
        'access-control-allow-headers': /Authorization, .*X-TTL, X-Token/,
        'access-control-max-age': /^\d+$/,
      })
    }
  }
})

test('an edge writes nothing: every other method is 405', async () => {
  const paste = await makePaste(system, 'x')
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND']) {
    for (const path of [`/${paste.id}`, `/raw/${paste.id}`, `/documents/${paste.id}`, '/']) {
      for (const headers of Object.values(CLIENTS)) {
        await check('edge', path, { method, headers }, 405)
      }
    }
  }
})

const READ_STATUSES = [200, 204, 206, 304, 404, 405, 410, 416, 428, 451, 500, 503]
const WRITE_STATUSES = [200, 201, 204, 400, 401, 403, 404, 405, 410, 413, 415, 422, 451, 503, 507]

test('each of them was seen with every status that it has', () => {
  assert.deepEqual(statusesOf('edge'), READ_STATUSES)
  assert.deepEqual(statusesOf('origin'), WRITE_STATUSES)
  const all = new Set([...READ_STATUSES, ...WRITE_STATUSES])
  assert.deepEqual(
    statusesOf('front'),
    [...all].toSorted((a, b) => a - b),
  )
})
