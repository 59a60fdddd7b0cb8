import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Observation } from '../shared/http/handle.ts'
import { problems } from '../shared/http/problems.ts'
import { INLINE_BODY_BYTES, type PasteFacts } from '../shared/record.ts'
import { makeTestRecord, testIds } from '../shared/testing/paste.ts'
import { timing } from '../shared/timing.ts'
import { createEdgeApp, type EdgeAppOptions } from './app.ts'
import { leased, publish } from './testing/edge.ts'

const BROWSER = { 'user-agent': 'Mozilla/5.0 Firefox/140.0', accept: 'application/xhtml+xml' }

async function setup(its: Partial<EdgeAppOptions> = {}) {
  const { world, edge } = await leased()
  const seen: Observation[] = []
  const reads: string[] = []
  const app = createEdgeApp({
    ...edge,
    observe: (observation) => seen.push(observation),
    onRead: (tier) => reads.push(tier),
    publicUrl: null,
    contact: 'abuse@example.invalid',
    ...its,
  })
  return { world, edge, app, seen, reads }
}

type Setup = Awaited<ReturnType<typeof setup>>

async function make(
  { world }: Setup,
  facts: Partial<PasteFacts> = {},
  bytes: string | Buffer = 'hello\n',
) {
  const record = makeTestRecord(bytes, { nowMs: world.clock.now(), ...facts })
  const cached = !record.head.burn && record.head.storedSize <= INLINE_BODY_BYTES
  await publish(world, record, cached)
  return record.head.id
}

test('a link is text for a terminal and a page for a browser; raw is always the bytes', async () => {
  const its = await setup()
  const id = await make(its)
  const text = await its.app.request(`/${id}`)
  assert.equal(await text.text(), 'hello\n')
  const page = await its.app.request(`/${id}`, { headers: BROWSER })
  assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
  assert.match(await page.text(), /<!doctype html>/i)
  const raw = await its.app.request(`/raw/${id}`, { headers: BROWSER })
  assert.equal(await raw.text(), 'hello\n')
})

test('an encoded slash is no slash', async () => {
  const its = await setup()
  const id = await make(its)
  for (const path of [`/raw%2F${id}`, `/documents%2f${id}`, `/x/${id}`, `//${id}`, `/${id}/`]) {
    assert.equal((await its.app.request(path)).status, 404, path)
  }
})

test('an extension changes nothing but the hint; a long one, or two, are no extension', async () => {
  const its = await setup()
  const id = await make(its)
  for (const path of [`/${id}.md`, `/${id}.C`, `/raw/${id}.${'x'.repeat(16)}`]) {
    assert.equal((await its.app.request(path)).status, 200, path)
  }
  for (const path of [`/${id}.${'x'.repeat(17)}`, `/${id}.a.b`, `/${id}.`, `/${id}.a-b`]) {
    assert.equal((await its.app.request(path)).status, 404, path)
  }
})

test('?download makes an attachment of the raw bytes', async () => {
  const its = await setup()
  const id = await make(its, { title: 'notes.md' })
  const response = await its.app.request(`/raw/${id}?download`)
  assert.equal(response.headers.get('content-disposition'), 'attachment; filename="notes.md"')
  const plain = await its.app.request(`/raw/${id}`)
  assert.equal(plain.headers.get('content-disposition'), null)
})

test('the answer names the tier that gave it', async () => {
  const its = await setup()
  const id = await make(its)
  for (const expected of ['fwd=miss; detail=redis', 'hit; detail=memory']) {
    const response = await its.app.request(`/${id}`)
    assert.equal(response.headers.get('cache-status'), `ledge-edge; ${expected}`)
  }
  assert.deepEqual(its.reads, ['redis', 'memory'])
})

test('X-Accel-Expires is this second under a lease', async () => {
  const its = await setup()
  const id = await make(its)
  its.world.clock.advance(700)
  const response = await its.app.request(`/${id}`)
  const second = Math.floor(its.world.clock.now() / 1000)
  assert.equal(response.headers.get('x-accel-expires'), `@${second}`)
})

test('X-Accel-Expires is the second in which the bucket was asked, without one', async () => {
  const its = await setup()
  const id = await make(its)
  its.world.clock.advance(3 * timing.leaseMs)
  const askedAt = its.world.clock.now()
  for (let waited = 0; waited < timing.bucketTrustMs; waited += 250) {
    const response = await its.app.request(`/${id}`)
    assert.equal(response.headers.get('x-accel-expires'), `@${Math.floor(askedAt / 1000)}`)
    its.world.clock.advance(250)
  }
})

test('X-Accel-Expires never reaches into a paste’s last second', async () => {
  const its = await setup()
  const expiresAt = its.world.clock.now() + 1999
  const id = await make(its, { expiresAt })
  const limit = Math.floor(expiresAt / 1000) - 1
  for (const passed of [0, 900, 900]) {
    its.world.clock.advance(passed)
    const response = await its.app.request(`/${id}`)
    assert.ok(Number(response.headers.get('x-accel-expires')?.slice(1)) <= limit)
  }
})

test('an error is kept by nobody', async () => {
  const { app } = await setup()
  const response = await app.request(`/${testIds.make()}`)
  assert.equal(response.status, 404)
  assert.equal(response.headers.get('x-accel-expires'), '0')
})

test('a burn paste is shown to nobody, in no face and by no method', async () => {
  const its = await setup({ publicUrl: 'https://p.example' })
  const id = await make(its, { burn: true }, 'secret')
  for (const path of [`/${id}`, `/raw/${id}`, `/raw/${id}?download`]) {
    for (const method of ['GET', 'HEAD']) {
      for (const headers of [{}, BROWSER, { range: 'bytes=0-1' }, { 'if-none-match': '*' }]) {
        const response = await its.app.request(path, { method, headers })
        assert.equal(response.status, 428)
        assert.doesNotMatch(await response.text(), /secret/)
      }
    }
  }
  const hint = `to open it once: curl -X POST https://p.example/${id}/open\n`
  assert.ok((await (await its.app.request(`/${id}`)).text()).endsWith(hint))
  assert.deepEqual(its.reads, [])
})

test('gone is 410; removed is 451 with whom to ask, found out late or early', async () => {
  const removed = () => Promise.reject(problems.gone('removed'))
  const its = await setup({ openBody: removed })
  const late = await make(its, {}, randomBytes(1_100_000))
  const early = await make(its)
  its.edge.reader.invalidate(early, 'removed')
  for (const id of [late, early]) {
    const response = await its.app.request(`/${id}`)
    assert.equal(response.status, 451)
    assert.match(await response.text(), /questions: abuse@example\.invalid\n$/)
  }
  const deleted = await make(its)
  its.edge.reader.invalidate(deleted, 'deleted')
  assert.equal((await its.app.request(`/${deleted}`)).status, 410)
})

const JSON_CLIENT = { accept: 'application/json' }

test('a link is JSON for a program, with links of the public URL', async () => {
  const its = await setup({ publicUrl: 'https://p.example' })
  const id = await make(its, { title: 'notes.md', language: 'md' })
  const etags: (string | null)[] = []
  for (const path of [`/${id}`, `/${id}.md`, `/${id}`]) {
    const response = await its.app.request(path, { headers: JSON_CLIENT })
    assert.equal(response.headers.get('content-type'), 'application/json')
    const paste = (await response.json()) as Record<string, unknown>
    assert.equal(paste.url, `https://p.example/${id}`)
    assert.equal(paste.text, 'hello\n')
    etags.push(response.headers.get('etag'))
  }
  assert.equal(new Set(etags).size, 1)
  const headers = { ...JSON_CLIENT, 'if-none-match': etags[0] ?? '' }
  assert.equal((await its.app.request(`/${id}`, { headers })).status, 304)
  its.edge.reader.invalidate(id, 'deleted')
  assert.equal((await its.app.request(`/${id}`, { headers })).status, 410)
})

test('without a public URL nobody’s Host gets into another’s JSON', async () => {
  const its = await setup()
  const id = await make(its)
  for (const host of ['evil.example', 'evil.example', 'good.example']) {
    const request = new Request(`http://${host}/${id}`, { headers: JSON_CLIENT })
    const response = await its.app.fetch(request)
    const { rawUrl } = (await response.json()) as { rawUrl: string }
    assert.equal(rawUrl, `http://${host}/raw/${id}`)
    assert.equal(response.headers.get('x-accel-expires'), '0')
  }
})

test('haste reads documents; whatever is not there, was or opens once is not found', async () => {
  const its = await setup({ openBody: () => Promise.reject(problems.gone('removed')) })
  const id = await make(its)
  for (const headers of [{}, BROWSER]) {
    const response = await its.app.request(`/documents/${id}`, { headers })
    assert.equal(response.status, 200)
    assert.equal(await response.text(), JSON.stringify({ data: 'hello\n', key: id }))
  }
  const gone = await make(its)
  its.edge.reader.invalidate(gone, 'deleted')
  const burn = await make(its, { burn: true }, 'secret')
  const large = await make(its, {}, randomBytes(1_100_000))
  for (const absent of [testIds.make(), 'short', gone, burn, large]) {
    for (const headers of [{}, BROWSER, JSON_CLIENT]) {
      const response = await its.app.request(`/documents/${absent}`, { headers })
      assert.equal(response.status, 404)
      assert.equal(response.headers.get('content-type'), 'application/json')
      assert.equal(response.headers.get('x-accel-expires'), '0')
      assert.equal(await response.text(), '{"message":"Document not found."}')
    }
  }
  const head = await its.app.request(`/documents/${burn}`, { method: 'HEAD' })
  assert.deepEqual([head.status, await head.text()], [404, ''])
})

test('routes are observed by name, never by path', async () => {
  const its = await setup()
  const id = await make(its)
  const requests = [`/${id}`, `/raw/${id}`, '/a/b', `/${id}/open`]
  for (const path of requests) await its.app.request(path)
  await its.app.request(`/${id}`, { method: 'POST' })
  assert.deepEqual(
    its.seen.map(({ method, route, status }) => `${method} ${route} ${status}`),
    ['GET paste 200', 'GET raw 200', 'GET none 404', 'GET none 405', 'POST none 405'],
  )
})
