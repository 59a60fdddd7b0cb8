import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hono } from 'hono'
import { createRoute, header, type Observation, type RouteOptions } from './handle.ts'
import { Problem, problems } from './problems.ts'

function setup(options: Partial<RouteOptions> = {}) {
  const seen: Observation[] = []
  const route = createRoute({ observe: (observation) => seen.push(observation), ...options })
  const app = new Hono()
  app.get(
    '/sync',
    route('sync', () => new Response('fine')),
  )
  app.get(
    '/async',
    route('async', async () => new Response('fine', { status: 201 })),
  )
  app.get(
    '/throws',
    route('throws', () => {
      throw problems.notFound()
    }),
  )
  app.get(
    '/rejects',
    route('rejects', () => Promise.reject(new Error('secret detail'))),
  )
  app.get(
    '/away',
    route('away', () => Promise.reject(problems.unavailable('x', { cause: 'why' }))),
  )
  return { app, seen }
}

test('an answer passes as it is, and is observed once under its route', async () => {
  const { app, seen } = setup()
  assert.equal(await (await app.request('/sync')).text(), 'fine')
  assert.equal((await app.request('/async')).status, 201)
  await app.request('/sync', { method: 'HEAD' })
  assert.deepEqual(
    seen.map(({ method, route, status }) => [method, route, status]),
    [
      ['GET', 'sync', 200],
      ['GET', 'async', 201],
      ['HEAD', 'sync', 200],
    ],
  )
  for (const { durationMs } of seen) assert.ok(durationMs >= 0)
})

test('what is thrown, or rejected, becomes its answer', async () => {
  const { app, seen } = setup()
  const thrown = await app.request('/throws')
  assert.equal(thrown.status, 404)
  assert.match(await thrown.text(), /^error: no such paste\n/)
  const rejected = await app.request('/rejects')
  assert.equal(rejected.status, 500)
  assert.doesNotMatch(await rejected.text(), /secret/)
  assert.deepEqual(
    seen.map(({ status }) => status),
    [404, 500],
  )
})

test('the log learns what a 5xx hides, and nothing of a 4xx', async () => {
  const { app, seen } = setup()
  for (const path of ['/throws', '/rejects', '/away']) await app.request(path)
  const [notFound, internal, away] = seen
  assert.ok(notFound && !('cause' in notFound))
  assert.match(String(internal?.cause), /secret detail/)
  assert.equal(away?.cause, 'why')
})

test('an error carries the id that is observed: the caller’s, if it is one', async () => {
  const { app, seen } = setup()
  for (const [given, kept] of [
    ['abcdefgh', true],
    ['no', false],
    ['x'.repeat(65), false],
  ] as const) {
    const response = await app.request('/throws', { headers: { 'x-request-id': given } })
    const id = response.headers.get('x-request-id')
    assert.equal(id === given, kept)
    assert.equal(seen.at(-1)?.requestId(), id)
  }
})

test('an answer’s id is made when it is asked for', async () => {
  const { app, seen } = setup()
  await app.request('/sync', { headers: { 'x-request-id': 'abcdefgh' } })
  assert.equal(seen[0]?.requestId(), 'abcdefgh')
})

test('an error has the face that was asked for, and no body for HEAD', async () => {
  const { app } = setup()
  const json = await app.request('/throws', { headers: { accept: 'application/json' } })
  assert.equal(json.headers.get('content-type'), 'application/problem+json')
  const head = await app.request('/throws', { method: 'HEAD' })
  assert.equal(head.status, 404)
  assert.equal(await head.text(), '')
})

test('a service may know errors that the shared table does not', async () => {
  const explain = () => new Problem(418, 'short and stout', 'pour')
  const response = await setup({ explain }).app.request('/rejects')
  assert.equal(response.status, 418)
})

test('a header is read from Node’s own parse where there is one, else from the request', async () => {
  const app = new Hono()
  app.get('/', (c) => c.json([header(c, 'x-one') ?? null, header(c, 'x-two') ?? null]))
  const request = new Request('http://a/', { headers: { 'x-one': 'of the request' } })
  const read = async (env: object) => (await app.fetch(request, env)).json()
  assert.deepEqual(await read({}), ['of the request', null])
  const incoming = { headers: { 'x-one': 'of node', 'x-two': ['a', 'b'] } }
  assert.deepEqual(await read({ incoming }), ['of node', 'a, b'])
})
