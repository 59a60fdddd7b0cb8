import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFaces } from './faces.ts'
import { createStamps, type Stamped } from './stamps.ts'

function stampedAt(accelSeconds: number, form: 'raw' | 'html' = 'raw'): Stamped {
  const face = { form, coding: 'identity' as const, body: Buffer.alloc(0), etag: '"x"' }
  return { face, accelSeconds, cacheStatus: 'hit', ok: {}, notModified: {} }
}

function wantedAt(accelSeconds: number, form: 'raw' | 'html' = 'raw') {
  return { form, coding: 'identity' as const, accelSeconds, cacheStatus: 'hit' }
}

test('what was answered is found again, each form by itself', () => {
  const stamps = createStamps()
  const faces = createFaces()
  const raw = stamps.keep(faces, stampedAt(5))
  const html = stamps.keep(faces, stampedAt(5, 'html'))
  assert.equal(stamps.find(faces, wantedAt(5)), raw)
  assert.equal(stamps.find(faces, wantedAt(5, 'html')), html)
  assert.equal(stamps.find(createFaces(), wantedAt(5)), undefined, 'another record')
  assert.equal(stamps.find(faces, { ...wantedAt(5), cacheStatus: 'miss' }), undefined)
  assert.equal(stamps.find(faces, { ...wantedAt(5), coding: 'gzip' }), undefined)
})

test('another second is another answer, and the one before is forgotten', () => {
  const stamps = createStamps()
  const [faces, others] = [createFaces(), createFaces()]
  stamps.keep(faces, stampedAt(5))
  assert.equal(stamps.find(faces, wantedAt(6)), undefined)
  stamps.keep(others, stampedAt(6))
  assert.equal(stamps.find(faces, wantedAt(5)), undefined)
})

test('a clock that is set back does not let them pile up', () => {
  const stamps = createStamps()
  const [first, faces] = [createFaces(), createFaces()]
  stamps.keep(first, stampedAt(9))
  stamps.keep(first, stampedAt(5))
  for (let n = 0; n < 20_000; n += 1) stamps.keep(faces, stampedAt(5))
  assert.equal(stamps.find(first, wantedAt(5)), undefined)
  assert.notEqual(stamps.find(faces, wantedAt(5)), undefined)
})
