import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFront } from './front.ts'

function setup(its: { up?: boolean } = {}) {
  const asked: string[] = []
  const answer = (who: string) => (request: Request) => {
    asked.push(who)
    const headers = { 'x-accel-expires': '@1', 'x-other': 'stays' }
    const response = new Response(who, { headers })
    return request.url.includes('later') ? Promise.resolve(response) : response
  }
  const front = createFront({
    edge: answer('edge'),
    origin: answer('origin'),
    isUp: () => its.up ?? true,
  })
  const ask = async (path: string, method = 'GET') =>
    front(new Request(`http://ledge.test${path}`, { method }), {})
  return { ask, asked }
}

const ID = 'abcdefghijkm'

test('reads go to the edge', async () => {
  const { ask, asked } = setup()
  const paths = [
    `/${ID}`,
    `/${ID}.md`,
    `/raw/${ID}`,
    `/${ID}/md`,
    `/documents/${ID}`,
    '/a/b/c',
    '//x',
  ]
  const near = [
    '/apis',
    '/api.txt',
    '/robots.txt2',
    '/manage',
    '/a/b/manage',
    '/report',
    '/favicon_svg',
  ]
  for (const path of [...paths, ...near]) {
    for (const method of ['GET', 'HEAD']) await ask(path, method)
  }
  assert.deepEqual([...new Set(asked)], ['edge'])
})

test('pages of the origin’s own go to the origin', async () => {
  const { ask, asked } = setup()
  const paths = [
    '/',
    '/?x=1',
    '/api',
    '/api/pastes',
    `/${ID}/manage`,
    `/report/${ID}`,
    '/robots.txt',
  ]
  for (const path of [...paths, '/favicon.svg', '/.well-known/security.txt']) {
    for (const method of ['GET', 'HEAD']) await ask(path, method)
  }
  assert.deepEqual([...new Set(asked)], ['origin'])
})

test('whatever is no read goes to the origin', async () => {
  const { ask, asked } = setup()
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) await ask(`/${ID}`, method)
  assert.deepEqual([...new Set(asked)], ['origin'])
})

test('what is meant for NGINX stays inside', async () => {
  const { ask } = setup()
  for (const path of [`/${ID}`, `/${ID}?later`, '/?later', '/']) {
    const response = await ask(path)
    assert.equal(response.headers.get('x-accel-expires'), null)
    assert.equal(response.headers.get('x-other'), 'stays')
  }
})

test('/healthz is 200 while reads can be answered, else 503', async () => {
  for (const [up, status] of [
    [true, 200],
    [false, 503],
  ] as const) {
    const { ask, asked } = setup({ up })
    const response = await ask('/healthz')
    assert.equal(response.status, status)
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.deepEqual(asked, [])
  }
})
