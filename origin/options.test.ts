import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../shared/http/problems.ts'
import { readOptions } from './options.ts'

const NOW = 1_800_000_000_000
const HOUR = 3_600_000
const LIMITS = {
  maxPasteBytes: 1000,
  minTtlMs: 1000,
  defaultTtlMs: 24 * HOUR,
  maxTtlMs: 365 * 24 * HOUR,
}

interface Given {
  query?: Record<string, string>
  field?: Record<string, string>
  ttlHeader?: string
  name?: string
}

function read({ query = {}, field = {}, ttlHeader, name = '' }: Given) {
  return readOptions(
    {
      query: (option) => query[option],
      field: (option) => field[option],
      ttlHeader,
      name: name === '' ? null : name,
      nowMs: NOW,
    },
    LIMITS,
  )
}

function refused(given: Given): boolean {
  try {
    read(given)
    return false
  } catch (error) {
    return error instanceof Problem && error.status === 400
  }
}

test('the query wins over a field, a field over the header', () => {
  const query = { e: '1h', lang: 'c', title: 'query', burn: '0' }
  const field = { ttl: '2h', lang: 'd', title: 'field', burn: '1' }
  const ttlHeader = '3h'
  const name = 'name.e'
  const all = { ttlMs: HOUR, language: 'c', title: 'query', burn: false }
  assert.deepEqual(read({ query, field, ttlHeader, name }), all)
  const second = { ttlMs: 2 * HOUR, language: 'd', title: 'field', burn: true }
  assert.deepEqual(read({ field, ttlHeader, name }), second)
  const third = { ttlMs: 3 * HOUR, language: 'e', title: 'name.e', burn: false }
  assert.deepEqual(read({ ttlHeader, name }), third)
})

test('a field that was not filled in says nothing', () => {
  const field = { ttl: '', expires: '', lang: '', title: '' }
  const usual = { ttlMs: LIMITS.defaultTtlMs, language: null, title: null, burn: false }
  assert.deepEqual(read({ field }), usual)
  assert.equal(read({ field, ttlHeader: '1h' }).ttlMs, HOUR)
  assert.equal(read({ field: { ttl: '', e: '2h' } }).ttlMs, 2 * HOUR)
})

test('expires is hours or a moment in a form, and a ttl in a query', () => {
  assert.equal(read({ field: { expires: '24' } }).ttlMs, 24 * HOUR)
  assert.equal(read({ field: { expires: String(NOW + HOUR) } }).ttlMs, HOUR)
  assert.equal(read({ field: { expires: '90s' } }).ttlMs, 90_000)
  assert.equal(read({ query: { expires: '24' } }).ttlMs, 24_000)
  for (const expires of ['0', '9999', '99999999999', String(NOW), String(NOW - 1), '1.5', 'x']) {
    assert.ok(refused({ field: { expires } }), expires)
  }
})

test('what is wrong in a field is refused as it is in a query', () => {
  for (const options of [{ ttl: 'x' }, { lang: 'C!' }, { title: 'a\0b' }, { burn: '2' }]) {
    assert.ok(refused({ field: options }))
    assert.ok(refused({ query: options }))
  }
})
