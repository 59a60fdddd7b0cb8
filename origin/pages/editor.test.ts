import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderEditorPage } from './editor.ts'

const DAY_MS = 86_400_000
const limits = {
  maxPasteBytes: 10_485_760,
  minTtlMs: 1000,
  defaultTtlMs: 7 * DAY_MS,
  maxTtlMs: 365 * DAY_MS,
}

function livesOf(page: string): (string | undefined)[] {
  return [...page.matchAll(/<option value="(\w+)"( selected)?/g)].map(
    ([, ttl = '', selected]) => `${ttl}${selected ?? ''}`,
  )
}

test('the form is sent as multipart to / with the fields that the origin knows', () => {
  const page = renderEditorPage({ limits, needsToken: false })
  assert.match(page, /method="post" action="\/" enctype="multipart\/form-data"/)
  const names = [...page.matchAll(/\sname="(\w+)"/g)].map(([, name]) => name)
  const known = ['form', 'text', 'file', 'title', 'lang', 'ttl', 'burn']
  assert.deepEqual(
    names.filter((name) => !['viewport', 'robots', 'description'].includes(name ?? '')),
    known,
  )
  assert.match(page, /up to 10 MiB/)
})

test('a week is chosen, unless the operator’s default is another', () => {
  const all = ['10m', '1h', '1d', '1w selected', '30d', '1y']
  assert.deepEqual(livesOf(renderEditorPage({ limits, needsToken: false })), all)
  const own = { ...limits, defaultTtlMs: 2 * DAY_MS }
  assert.deepEqual(livesOf(renderEditorPage({ limits: own, needsToken: false })), [
    '10m',
    '1h',
    '1d',
    '2d selected',
    '1w',
    '30d',
    '1y',
  ])
})

test('what the limits do not allow is not offered', () => {
  const narrow = { ...limits, minTtlMs: 3_600_000, maxTtlMs: 7 * DAY_MS }
  assert.deepEqual(livesOf(renderEditorPage({ limits: narrow, needsToken: false })), [
    '1h',
    '1d',
    '1w selected',
  ])
})

test('a field for a token is there only where one is needed', () => {
  assert.match(
    renderEditorPage({ limits, needsToken: true }),
    /<input type="password" name="token"/,
  )
  assert.doesNotMatch(renderEditorPage({ limits, needsToken: false }), /name="token"/)
})
