import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { startTestSystem, type TestSystemOptions } from './support/system.ts'

/** Retries and limits over real connections. */

async function setup(t: TestContext, options: TestSystemOptions = {}) {
  const system = await startTestSystem(options)
  t.after(() => system.close())
  const url = await system.listen('front')
  const put = async (body: string | Buffer, headers: Record<string, string> = {}) => {
    const response = await fetch(url, { method: 'PUT', body, headers })
    return { response, text: await response.text() }
  }
  const metric = async (line: string) => (await system.metrics.registry.metrics()).includes(line)
  return { put, metric, url, database: system.database }
}

test('20 creates at once with one Idempotency-Key make one paste', async (t) => {
  const { put, database } = await setup(t)
  const headers = { 'idempotency-key': '"9b2d3a60-6e0f-4b8c-9d27-5f0f4e1c7a35"' }
  const answers = await Promise.all(Array.from({ length: 20 }, () => put('text', headers)))
  const statuses = new Set(answers.map(({ response }) => response.status))
  assert.ok(statuses.delete(201))
  statuses.delete(409)
  assert.deepEqual([...statuses], [])
  const made = new Set(
    answers
      .filter(({ response }) => response.ok)
      .map(({ text, response }) => `${text} ${response.headers.get('x-token')}`),
  )
  assert.equal(made.size, 1)
  const { count } = await database.query(`select 1 from pastes where state = 'visible'`)
  assert.equal(count, 1)
  const again = await put('text', headers)
  assert.ok(made.has(`${again.text} ${again.response.headers.get('x-token')}`))
  const other = await put('other', headers)
  assert.equal(other.response.status, 422)
  assert.match(other.text, /^error: this Idempotency-Key was used with another body\n/)
})

test('a client is limited by its connection, whatever it says, and told so in a large upload', async (t) => {
  const { put, metric } = await setup(t, { createLimit: 2 })
  for (const forwarded of ['198.51.100.1', '198.51.100.2']) {
    const { response } = await put('text', { 'x-forwarded-for': forwarded })
    assert.equal(response.status, 201)
    assert.match(response.headers.get('ratelimit') ?? '', /^"create";r=[01];t=\d+$/)
  }
  const { response, text } = await put(Buffer.alloc(5_000_000, 'x'))
  assert.equal(response.status, 429)
  const afterS = response.headers.get('retry-after')
  assert.equal(text, `error: too many pastes\ntry again in ${afterS} s\n`)
  assert.equal(response.headers.get('ratelimit-policy'), '"create";q=2;w=60')
  assert.ok(await metric('origin_rate_limited_total{policy="create"} 1'))
})

test('behind a trusted proxy each client has its own limit', async (t) => {
  const trustedProxies = [{ address: '127.0.0.0', prefix: 8, family: 'ipv4' as const }]
  const { put } = await setup(t, { createLimit: 1, trustedProxies })
  const statusFor = async (forwarded: string) =>
    (await put('text', { 'x-forwarded-for': forwarded })).response.status
  assert.equal(await statusFor('198.51.100.1'), 201)
  assert.equal(await statusFor('198.51.100.2'), 201)
  assert.equal(await statusFor('203.0.113.1, 198.51.100.1'), 429)
  assert.equal(await statusFor('2001:db8::1'), 201)
  assert.equal(await statusFor('2001:db8::2'), 429)
})
