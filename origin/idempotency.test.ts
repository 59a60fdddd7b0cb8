import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Hono } from 'hono'
import type { IdempotencyKey } from './claims.ts'
import type { NewPaste } from './create.ts'
import { parseIdempotencyKey, readIdempotency } from './idempotency.ts'
import { newPaste } from './testing/origin.ts'

const KEY = '9b2d3a60-6e0f-4b8c-9d27-5f0f4e1c7a35'

interface Sent {
  key?: string
  client?: string
  method?: string
  path?: string
  paste?: Partial<NewPaste>
}

async function read({ key, client = '192.0.2.1', method, path, paste }: Sent = {}) {
  let found: IdempotencyKey | null = null
  const app = new Hono().all('*', (c) => {
    found = readIdempotency(c, { client, paste: newPaste(paste) })
    return c.body(null)
  })
  app.onError((error) => {
    throw error
  })
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key }
  await app.request(path ?? '/', { method: method ?? 'POST', headers })
  return found as IdempotencyKey | null
}

test('a key is a string in quotes, and a bare word is taken for one', () => {
  assert.equal(parseIdempotencyKey(`"${KEY}"`), KEY)
  assert.equal(parseIdempotencyKey(` ${KEY} `), KEY)
  assert.equal(parseIdempotencyKey('"a \\"quoted\\" \\\\ one"'), 'a "quoted" \\ one')
  assert.equal(parseIdempotencyKey('"with, commas and spaces"'), 'with, commas and spaces')
})

test('a key has 16 to 255 characters without its quotes', () => {
  for (const length of [16, 255]) {
    assert.equal(parseIdempotencyKey('k'.repeat(length)), 'k'.repeat(length))
    assert.equal(parseIdempotencyKey(`"${'k'.repeat(length)}"`), 'k'.repeat(length))
  }
  for (const length of [0, 1, 15, 256, 10_000]) {
    assert.equal(parseIdempotencyKey('k'.repeat(length)), null)
    assert.equal(parseIdempotencyKey(`"${'k'.repeat(length)}"`), null)
  }
})

test('what is neither is refused: half quotes, two keys, parameters, other characters', () => {
  for (const text of [
    `"${KEY}`,
    `${KEY}"`,
    `"${KEY}\\"`,
    `"${KEY}\\x"`,
    `"${KEY}", "${KEY}"`,
    `${KEY}, ${KEY}`,
    `"${KEY}";a=1`,
    `${KEY} ${KEY}`,
    `${KEY}\u{fc}`,
    `"${KEY}\u{fc}"`,
    `"${KEY}\t"`,
  ]) {
    assert.equal(parseIdempotencyKey(text), null, text)
  }
})

test('every string that can be sent is read back as it was', () => {
  const characters = fc.string({ unit: 'grapheme-ascii', minLength: 16, maxLength: 255 })
  fc.assert(
    fc.property(characters, (key) => {
      assert.equal(parseIdempotencyKey(`"${key.replaceAll(/["\\]/g, '\\$&')}"`), key)
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const key = parseIdempotencyKey(text)
      assert.ok(key === null || (key.length >= 16 && key.length <= 255))
    }),
  )
})

test('without the header there is no key, a bad one is 400 and not repeated', async () => {
  assert.equal(await read(), null)
  for (const key of ['short', '', `"${KEY}`]) {
    await assert.rejects(read({ key }), { status: 400, message: 'bad Idempotency-Key' })
  }
})

test('a key is of one client, one method and one path', async () => {
  const sent = { key: KEY, client: '192.0.2.1', method: 'PUT', path: '/a' }
  const one = await read(sent)
  assert.deepEqual(await read({ ...sent, key: `"${KEY}"`, path: '/a?ttl=1h' }), one)
  const others = [{ key: `${KEY}x` }, { client: '192.0.2.2' }, { method: 'POST' }, { path: '/b' }]
  for (const other of others) {
    assert.notEqual((await read({ ...sent, ...other }))?.keyHash, one?.keyHash)
  }
  assert.doesNotMatch(JSON.stringify(one), new RegExp(`${KEY}|192`))
})

test('another body is other bytes, or another option', async () => {
  const one = await read({ key: KEY })
  assert.deepEqual(await read({ key: KEY }), one)
  const changes: Partial<NewPaste>[] = [
    { bytes: Buffer.from('other') },
    { ttlMs: 1 },
    { language: 'c' },
    { title: 'c' },
    { burn: true },
  ]
  const bodies = await Promise.all(changes.map((paste) => read({ key: KEY, paste })))
  const hashes = new Set([one, ...bodies].map((each) => each?.bodyHash))
  assert.equal(hashes.size, 6)
})
