import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { encodeHead } from '../shared/record.ts'
import { makeTestRecord, testIds } from '../shared/testing/paste.ts'
import { ask, deletePaste, type Made, makePaste } from './support/client.ts'
import { createFaceCheck } from './support/face-check.ts'
import { type AppName, startTestSystem, TEST_CONTACT } from './support/system.ts'

/** Every error in its three forms, wherever it is met; nothing that is stored comes to harm. */

const LIMIT = 2 * 1024 * 1024
const TOTAL = 8 * 1024 * 1024
const system = await startTestSystem({ maxPasteBytes: LIMIT, maxTotalBytes: TOTAL })
after(system.close)
const { apps, broken } = system
const kept = await makePaste(system, 'kept\n')

const checkFaces = createFaceCheck(apps)

/** The paste that was there before is there, and so is its object. */
async function checkKept(): Promise<void> {
  for (const name of ['edge', 'otherEdge', 'front'] as const) {
    const response = await ask(apps[name], `/raw/${kept.id}`)
    assert.deepEqual([response.status, await response.text()], [200, 'kept\n'])
  }
  assert.equal((await system.bucket.get(kept.id))?.kind, 'found')
}

function forged(): string {
  const id = testIds.make()
  return `${id.slice(0, 11)}${id.endsWith('2') ? '3' : '2'}`
}

const NOT_FOUND = { status: 404, message: /no such paste/, hint: /links are case-sensitive/ }

test('a forged or malformed id is 404 on every route, whatever the token', async () => {
  const token = { 'x-token': kept.token }
  const malformed = ['short', `${kept.id}x`, kept.id.toLowerCase(), '%00', '%ff%fe', '~name', '..;']
  for (const id of [forged(), testIds.make(), ...malformed]) {
    for (const app of ['edge', 'otherEdge', 'front'] as const) {
      await checkFaces(app, `/${id}`, {}, NOT_FOUND)
      await checkFaces(app, `/raw/${id}.txt`, { headers: token }, NOT_FOUND)
    }
  }
  for (const id of [forged(), ...malformed.filter((each) => each !== '..;')]) {
    for (const app of ['origin', 'front'] as const) {
      const headers = { ...token, authorization: `Bearer ${kept.token}` }
      await checkFaces(app, `/${id}`, { method: 'DELETE', headers }, NOT_FOUND)
      await checkFaces(app, `/${id}/open`, { method: 'POST', headers }, NOT_FOUND)
    }
  }
  await checkKept()
})

test('places that are none are 404', async () => {
  for (const path of ['/a/b/c', '//', '/raw/', '/raw', `/${kept.id}/x`, '/raw/a/b', '/%2e%2e/x']) {
    await checkFaces('edge', path, {}, NOT_FOUND)
    await checkFaces('front', path, {}, NOT_FOUND)
  }
  await checkFaces('origin', '/a/b/c', { method: 'POST', body: 'x' }, NOT_FOUND)
})

test('a bad option is 400, says what is allowed, and stores nothing', async () => {
  const before = await countRows()
  const cases: [query: string, message: RegExp, hint: RegExp][] = [
    ['ttl=xx', /bad ttl "xx"/, /^a ttl is 90s.*from 1s to 1y, for example ttl=1h|a ttl is/],
    ['ttl=', /bad ttl ""/, /for example/],
    ['ttl=-5', /bad ttl "-5"/, /for example/],
    ['ttl=0', /bad ttl "0"/, /from 1s/],
    ['ttl=366d', /bad ttl "366d"/, /to 1y/],
    ['ttl=99999999999999999999', /bad ttl/, /for example/],
    ['ttl=1h30', /bad ttl "1h30"/, /for example/],
    ['ttl=%F0%9F%99%82', /bad ttl "🙂"/, /for example/],
    ['expires=never', /bad ttl "never"/, /for example/],
    ['lang=C%2B%2B%20x', /bad lang/, /for example/],
    [`title=${'x'.repeat(201)}`, /bad title/, /200 characters/],
    ['title=a%00b', /bad title/, /without NUL/],
    ['burn=perhaps', /bad burn "perhaps"/, /1 or 0/],
  ]
  for (const [query, message, hint] of cases) {
    for (const [app, method] of [
      ['origin', 'PUT'],
      ['front', 'POST'],
    ] as const) {
      const call = { method, body: 'text' }
      await checkFaces(app, `/?${query}`, call, { status: 400, message, hint })
    }
  }
  assert.equal(await countRows(), before)
})

async function countRows(): Promise<number> {
  const { rows } = await system.database.query<{ count: number }>(
    'select count(*)::integer as count from pastes',
  )
  return rows[0]?.count ?? -1
}

test('an empty paste is 422, with a command that works', async () => {
  const expected = {
    status: 422,
    message: /empty paste/,
    hint: /echo hello \| curl -T- http:\/\/ledge\.test/,
  }
  await checkFaces('origin', '/', { method: 'PUT' }, expected)
  await checkFaces('front', '/notes.txt', { method: 'PUT', body: '' }, expected)
})

test('too large is 413, declared or not, and an encoding that nobody reads is 415', async () => {
  const before = await countRows()
  const big = new Uint8Array(LIMIT + 1)
  const chunked = () => new Blob([big]).stream()
  for (const app of ['origin', 'front'] as const) {
    const response = await ask(apps[app], '/', { method: 'PUT', body: chunked() })
    assert.equal(response.status, 413)
    assert.match(await response.text(), /^error: too large: the limit is 2 MiB\nyou sent more/)
    const declared = { 'content-length': String(LIMIT + 1) }
    await checkFaces(
      app,
      '/',
      { method: 'POST', body: 'x', headers: declared },
      {
        status: 413,
        message: /too large: the limit is 2,097,152 bytes/,
        hint: /you sent 2,097,153 bytes/,
      },
    )
    await checkFaces(
      app,
      '/',
      { method: 'PUT', body: 'x', headers: { 'content-encoding': 'br' } },
      {
        status: 415,
        message: /cannot read Content-Encoding "br"/,
        hint: /gzip or none/,
        headers: { 'accept-encoding': 'gzip' },
      },
    )
  }
  assert.equal(await countRows(), before)
})

test('no delete token is 401, a wrong one 403, and neither deletes', async () => {
  const other = await makePaste(system, 'other\n')
  for (const app of ['origin', 'front'] as const) {
    const path = `/${kept.id}`
    const none = { status: 401, message: /no delete token/, hint: /use the X-Token/ }
    await checkFaces(
      app,
      path,
      { method: 'DELETE' },
      {
        ...none,
        headers: { 'www-authenticate': 'Bearer' },
      },
    )
    await checkFaces(app, path, { method: 'DELETE', headers: { 'x-token': '' } }, none)
    await checkFaces(app, `${path}?token=${kept.token}`, { method: 'DELETE' }, none)
    for (const token of [other.token, 'x', `${kept.token}x`, kept.token.slice(1)]) {
      const wrong = { status: 403, message: /wrong delete token/, hint: /use the X-Token/ }
      await checkFaces(app, path, { method: 'DELETE', headers: { 'x-token': token } }, wrong)
      const headers = { authorization: `bearer ${token}` }
      await checkFaces(app, path, { method: 'DELETE', headers }, wrong)
    }
  }
  await checkKept()
})

test('a method that is none of a place’s own is 405 with Allow', async () => {
  const cases: [app: AppName, method: string, path: string, allow: string][] = [
    ['edge', 'POST', `/${kept.id}`, 'GET, HEAD'],
    ['edge', 'DELETE', `/raw/${kept.id}`, 'GET, HEAD'],
    ['edge', 'GET', `/${kept.id}/open`, 'POST'],
    ['front', 'GET', `/${kept.id}/open`, 'POST'],
    ['origin', 'DELETE', '/', 'GET, HEAD, POST, PUT'],
    ['front', 'PATCH', `/${kept.id}`, 'GET, HEAD, POST, PUT, DELETE'],
    ['front', 'DELETE', `/raw/${kept.id}`, 'GET, HEAD'],
    ['front', 'PUT', `/${kept.id}/open`, 'POST'],
  ]
  for (const [app, method, path, allow] of cases) {
    await checkFaces(
      app,
      path,
      { method },
      {
        status: 405,
        message: new RegExp(`cannot ${method} here`),
        hint: new RegExp(allow),
        headers: { allow },
      },
    )
  }
  await checkKept()
})

test('a range beyond the end is 416 and says how much there is', async () => {
  await checkFaces(
    'front',
    `/raw/${kept.id}`,
    { headers: { range: 'bytes=9-' } },
    {
      status: 416,
      message: /this paste has no such range/,
      hint: /it has 5 bytes/,
      headers: { 'content-range': 'bytes */5' },
    },
  )
})

test('gone is 410, taken down is 451 with whom to ask, burn is 428 with how to open', async () => {
  const gone = await makePaste(system, 'gone\n')
  await (await deletePaste(system, gone)).text()
  const removed = await makePaste(system, 'removed\n')
  await system.removePaste(removed.id, 'removed')
  const burn = await makePaste(system, 'burn\n', '?burn')
  for (const app of ['edge', 'otherEdge', 'front'] as const) {
    const is410 = { status: 410, message: /this paste is gone/, hint: /it expired, or its owner/ }
    await checkFaces(app, `/${gone.id}`, {}, is410)
    const hint = new RegExp(`questions: ${TEST_CONTACT}`)
    const is451 = { status: 451, message: /removed after a report/, hint }
    await checkFaces(app, `/raw/${removed.id}`, {}, is451)
    await checkFaces(
      app,
      `/${burn.id}`,
      {},
      {
        status: 428,
        message: /this paste is deleted when opened/,
        hint: new RegExp(`curl -X POST http://ledge.test/${burn.id}/open`),
      },
    )
  }
})

const AWAY = { status: 503, headers: { 'retry-after': '5' } }

async function whileBroken(breakIt: () => void, run: () => Promise<void>): Promise<void> {
  breakIt()
  try {
    await run()
  } finally {
    broken.bucket.clear()
    broken.full = false
    broken.database = false
    system.cacheServer.down = false
  }
}

test('a bucket that is away is 503, and what memory and cache hold is served', async () => {
  const uncached = await makePaste(system, 'uncached\n')
  system.cacheServer.state.values.delete(uncached.id)
  const away = { ...AWAY, message: /storage is away/, hint: /try again in 5 s/ }
  const operations = ['get', 'put', 'delete'] as const
  await whileBroken(
    () => operations.forEach((operation) => broken.bucket.add(operation)),
    async () => {
      await checkFaces('edge', `/${uncached.id}`, {}, away)
      await checkFaces('origin', `/${uncached.id}/open`, { method: 'POST' }, away)
      await checkFaces('front', '/', { method: 'PUT', body: 'x' }, away)
      assert.equal(await (await ask(apps.edge, `/raw/${kept.id}`)).text(), 'kept\n')
    },
  )
  assert.equal(await (await ask(apps.edge, `/raw/${uncached.id}`)).text(), 'uncached\n')
  await checkKept()
})

test('a database that is away is 503 to writers; readers notice nothing', async () => {
  const away = { ...AWAY, message: /the database is away/, hint: /reading still works; try again/ }
  await whileBroken(
    () => (broken.database = true),
    async () => {
      await checkFaces('front', '/', { method: 'PUT', body: 'x' }, away)
      const headers = { 'x-token': kept.token }
      await checkFaces('origin', `/${kept.id}`, { method: 'DELETE', headers }, away)
      await checkFaces('origin', `/${kept.id}/open`, { method: 'POST' }, away)
      await checkKept()
    },
  )
  await checkKept()
})

test('a cache that is away costs nobody anything but time', async () => {
  await whileBroken(
    () => (system.cacheServer.down = true),
    async () => {
      const made = await makePaste(system, 'made meanwhile\n')
      assert.equal(await (await ask(apps.edge, `/${made.id}`)).text(), 'made meanwhile\n')
      await checkKept()
    },
  )
})

test('no room is 507, for the bucket’s sake or the operator’s', async () => {
  const full = { status: 507, message: /storage is full/, hint: /a shorter ttl/ }
  await whileBroken(
    () => (broken.full = true),
    () => checkFaces('front', '/', { method: 'PUT', body: 'x' }, full),
  )
  const body = randomBytes(LIMIT)
  for (let made = 0; made < TOTAL / LIMIT; made += 1) {
    const response = await ask(apps.origin, '/', { method: 'PUT', body })
    if (response.status === 507) break
  }
  await checkFaces('front', '/', { method: 'PUT', body }, full)
  await checkKept()
})

const DAMAGED = {
  status: 500,
  message: /this paste cannot be read/,
  hint: /the operator has been told/,
}

/** Puts other bytes where the paste's record was. */
async function damage({ id, expiresAt }: Made, bytes: Buffer): Promise<void> {
  system.cacheServer.state.values.delete(id)
  await system.bucket.delete(id)
  await system.bucket.put(id, bytes, { expiresAtMs: expiresAt, metadata: {} })
}

test('a record that is damaged in the bucket is 500 and told of; nothing of it is served', async () => {
  const bytes = [
    Buffer.from('not a record'),
    Buffer.from('{"gone":"deleted"}\n'),
    Buffer.concat([encodeHead(makeTestRecord('x').head), Buffer.from('x')]),
    Buffer.alloc(2_000_000, 'x'),
  ]
  for (const each of bytes) {
    const paste = await makePaste(system, 'whole\n')
    await damage(paste, each)
    await checkFaces('edge', `/${paste.id}`, {}, DAMAGED)
    await checkFaces('front', `/raw/${paste.id}`, {}, DAMAGED)
  }
  assert.ok(system.logged.some((line) => line.includes('"damaged record"')))
})

test('a record that is damaged in the shared cache is served from the bucket', async () => {
  const paste = await makePaste(system, 'whole\n')
  const stored = system.cacheServer.state.values.get(paste.id)
  assert.ok(stored)
  const damaged = Buffer.from(stored.bytes)
  damaged[damaged.length - 2] = 0
  system.cacheServer.state.values.set(paste.id, { ...stored, bytes: damaged })
  const response = await ask(apps.edge, `/raw/${paste.id}`)
  assert.equal(response.headers.get('cache-status'), 'ledge-edge; fwd=miss; detail=bucket')
  assert.equal(await response.text(), 'whole\n')
})
