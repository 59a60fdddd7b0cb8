import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { renderBurnPage } from './burn.ts'
import { MAX_SHOWN_BYTES, type PastePage, renderPastePage } from './paste.ts'

const RAW_URL = 'https://ledge.example/raw/7Kq2mX9aBcDe'

function render(text: string | null, head: Partial<PastePage['head']> = {}): string {
  return renderPastePage({
    head: {
      id: '7Kq2mX9aBcDe',
      size: Buffer.byteLength(text ?? ''),
      title: null,
      language: null,
      expiresAt: Date.UTC(2026, 6, 1, 8, 3),
      text: true,
      burn: false,
      ...head,
    },
    text,
    rawUrl: RAW_URL,
  })
}

function descriptionOf(page: string): string | undefined {
  return /<meta name="description" content="([^"]*)">/.exec(page)?.[1]
}

test('the paste stands in <main>, a line to an item, escaped', () => {
  const page = render('\n<script>alert("1")</script> & more\n')
  const escaped = '&lt;script>alert("1")&lt;/script> &amp; more\n'
  assert.ok(page.includes(`><div><ol><li>\n<li>${escaped}</ol></div></main>`))
  assert.doesNotMatch(page, /<script>alert/)
})

test('characters that change the order of others are pointed at', () => {
  const page = render('one\ntwo \u202E eerht\n')
  assert.match(page, /<strong>Hidden characters<\/strong>[^]*<a href="#L2">line 2<\/a>/)
  // Marks and letters of languages that are written from the right are no trick.
  assert.doesNotMatch(render('\u05e9\u05dc\u05d5\u05dd\u200f!'), /Hidden characters/)
})

test('more lines than a phone can hold are cut, with a link to all of them', () => {
  const page = render('x\n'.repeat(20_001))
  assert.equal(page.match(/<li>/g)?.length, 20_000)
  assert.match(page, /These are the first 20,000 lines\.\n<a href="https:.*\/raw\//)
  assert.doesNotMatch(render('x\n'.repeat(20_000)), /These are the first/)
})

test('what was opened once is all there, said to be gone, and linked to nowhere', () => {
  const page = render('x\n'.repeat(20_001), { burn: true })
  assert.equal(page.match(/<li>/g)?.length, 20_001)
  assert.match(page, /This paste was deleted as you opened it/)
  assert.doesNotMatch(page, /\/raw\/|alternate/)
  assert.match(page, /<button id="copy" class="js-only" data-raw="">/)
})

test('size, language and expiry are told, the expiry as a <time>', () => {
  const page = render('x', { size: 6543, language: 'c++' })
  assert.match(page, /6\.4 KiB · c\+\+ · expires/)
  assert.match(page, /<time datetime="2026-07-01T08:03:00\.000Z">1 Jul 2026, 08:03 UTC<\/time>/)
})

test('an expiry that no calendar knows still gives a page', () => {
  assert.match(render('x', { expiresAt: Number.MAX_SAFE_INTEGER }), /<time datetime="\+275760/)
})

test('the bytes are linked to, to read and to download', () => {
  const page = render('x')
  assert.ok(page.includes(`<a href="${RAW_URL}">Raw</a>`))
  assert.ok(page.includes(`<a href="${RAW_URL}?download">Download</a>`))
  assert.ok(page.includes(`<link rel="alternate" type="text/plain" href="${RAW_URL}">`))
})

test('the title names the page, else the id; nothing in it can hide or reorder', () => {
  assert.match(render('x', { title: 'notes.md' }), /<title>notes\.md · Ledge<\/title>/)
  assert.match(render('x'), /<h1 dir="auto">7Kq2mX9aBcDe<\/h1>/)
  assert.match(render('x', { title: ' \n ' }), /<title>7Kq2mX9aBcDe · Ledge<\/title>/)
  const page = render('x', { title: 'a\u202Etxt\u0007</title><img src=x>' })
  assert.ok(
    page.includes('<title>a\u{fffd}txt\u{fffd}&lt;/title&gt;&lt;img src=x&gt; · Ledge</title>'),
  )
  assert.doesNotMatch(page.replaceAll('\n', ''), /\p{Cc}|\p{Bidi_Control}|<img/u)
})

test('the description is the first 160 visible characters', () => {
  assert.equal(
    descriptionOf(render('\n\n  one\n\ttwo\u202E "three"')),
    'one two\u{fffd} &quot;three&quot;',
  )
  assert.equal(descriptionOf(render('🙂'.repeat(161))), `${'🙂'.repeat(159)}…`)
  assert.equal(descriptionOf(render(`${' '.repeat(10_000)}late`)), 'late')
  assert.equal(descriptionOf(render(' \n ')), 'Text, 3 bytes')
})

test('binary bytes are said to be binary, and linked to', () => {
  const page = render(null, { size: 1_234_567, text: false })
  assert.match(page, /This paste is not text, so it is not shown here \(1\.2 MiB\)\./)
  assert.ok(page.includes(`<a class="button" href="${RAW_URL}?download">Download it</a>`))
  assert.doesNotMatch(page, /<ol|Open as plain text|id="copy"/)
  assert.equal(descriptionOf(page), 'Binary data, 1.2 MiB')
})

test('a text over the limit is never put on a page, whoever hands it in', () => {
  const text = 'y'.repeat(MAX_SHOWN_BYTES + 1)
  const page = render(text)
  assert.ok(page.length < 20_000)
  assert.match(page, /This paste is too large to show here/)
  assert.ok(page.includes(`<a class="button" href="${RAW_URL}">Open as plain text</a>`))
  assert.ok(render(text.slice(1)).length > MAX_SHOWN_BYTES)
})

test('the page of a small paste is small', () => {
  const { length } = gzipSync(render('x'))
  assert.ok(length < 5000, String(length))
})

test('a paste to be opened once is opened by a POST alone, and nothing is said of it', () => {
  const page = renderBurnPage({ id: '7Kq2mX9aBcDe', requestId: 'request-1' })
  assert.match(page, /<small>Request <code>request-1<\/code><\/small>/)
  assert.match(page, /<form method="post" action="\/7Kq2mX9aBcDe\/open"><button>/)
  assert.match(page, /This paste can be opened once/)
  assert.doesNotMatch(page, /alternate|\/raw\//)
  assert.match(renderBurnPage({ id: '"><x>', requestId: '' }), /action="\/%22%3E%3Cx%3E\/open"/)
})
