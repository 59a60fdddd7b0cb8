import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Counter, Registry } from 'prom-client'
import { createAdminApp, type Readiness } from './admin.ts'

function setup(readiness: Readiness = { ready: true, why: [] }) {
  const registry = new Registry()
  new Counter({ name: 'tests_total', help: 'Tests.', registers: [registry] }).inc(3)
  return createAdminApp({ registry, isReady: () => readiness })
}

test('/metrics is what Prometheus reads', async () => {
  const response = await setup().request('/metrics')
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  assert.match(await response.text(), /^tests_total 3$/m)
})

test('/livez says that the event loop turns, ready or not', async () => {
  const response = await setup({ ready: false, why: ['draining'] }).request('/livez')
  assert.equal(response.status, 200)
  assert.equal(await response.text(), 'ok\n')
})

test('/readyz is 200 while the service wants requests', async () => {
  const response = await setup().request('/readyz')
  assert.equal(response.status, 200)
  assert.equal(await response.text(), 'ready\n')
})

test('/readyz is 503 with each reason on a line of its own', async () => {
  const why = ['draining', 'Postgres is away']
  const response = await setup({ ready: false, why }).request('/readyz')
  assert.equal(response.status, 503)
  assert.equal(await response.text(), 'not ready\ndraining\nPostgres is away\n')
})

test('anything else is 404; every answer carries the security headers', async () => {
  const app = setup()
  const elsewhere = await app.request('/')
  assert.equal(elsewhere.status, 404)
  assert.match(await elsewhere.text(), /^error: .+\n.+\n$/)
  for (const path of ['/', '/metrics', '/livez', '/readyz']) {
    const { headers } = await app.request(path)
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    assert.equal(headers.get('cache-control'), 'no-store', path)
  }
})
