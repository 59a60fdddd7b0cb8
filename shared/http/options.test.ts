import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerOptions } from './options.ts'

test('a preflight is allowed what this place knows, and never with credentials', () => {
  const response = answerOptions('PUT', ['GET', 'PUT'])
  const { headers } = response
  assert.equal(response.status, 204)
  assert.equal(headers.get('access-control-allow-origin'), '*')
  assert.equal(headers.get('access-control-allow-methods'), 'GET, PUT')
  assert.match(headers.get('access-control-max-age') ?? '', /^\d+$/)
  assert.equal(headers.get('access-control-allow-credentials'), null)
  const names = headers.get('access-control-allow-headers')?.toLowerCase().split(', ') ?? []
  const written = ['content-type', 'content-encoding', 'x-ttl', 'idempotency-key']
  for (const name of [...written, 'authorization', 'x-token', 'range']) {
    assert.ok(names.includes(name), name)
  }
})

test('a plain OPTIONS is told the methods, and nothing that only a browser asks for', () => {
  const { headers, status, body } = answerOptions(undefined, ['POST'])
  assert.deepEqual([status, body, headers.get('allow')], [204, null, 'POST, OPTIONS'])
  assert.equal(headers.get('access-control-allow-methods'), null)
  assert.equal(headers.get('x-content-type-options'), 'nosniff')
})
