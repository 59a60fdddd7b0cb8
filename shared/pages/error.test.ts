import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderErrorPage } from './error.ts'

function render(message: string, hint: string): string {
  return renderErrorPage({ status: 404, message, hint, requestId: 'request-1' })
}

test('it says the status, what happened, what to do, and the request id in small print', () => {
  const page = render('no such paste', 'links are case-sensitive')
  assert.match(page, /<p class="status">404<\/p>\n<h1>No such paste\.<\/h1>\n/)
  assert.match(page, /<p>Links are case-sensitive\.<\/p>/)
  assert.match(page, /<small>Request <code>request-1<\/code><\/small>/)
  assert.match(page, /<title>No such paste · Ledge<\/title>/)
})

test('a link or a command at the end is left without a full stop', () => {
  const page = render('empty paste', 'try: echo hello | curl -T- https://ledge.example')
  assert.match(page, /<p>Try: echo hello \| curl -T- https:\/\/ledge\.example<\/p>/)
})

test('what a user sent is escaped', () => {
  const page = render('bad ttl "<img src=x>"', 'a & b')
  assert.match(page, /<h1>Bad ttl &quot;&lt;img src=x&gt;&quot;\.<\/h1>/)
  assert.doesNotMatch(page, /<img/)
})
