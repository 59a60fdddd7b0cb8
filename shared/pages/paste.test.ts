import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_SHOWN_BYTES, type PastePage, renderBurnPage, renderPastePage } from './paste.ts'

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
      ...head,
    },
    text,
    rawUrl: RAW_URL,
  })
}

function descriptionOf(page: string): string | undefined {
  return /<meta name="description" content="([^"]*)">/.exec(page)?.[1]
}

test('the paste stands in <main><pre>, escaped, with its own first newline kept', () => {
  const page = render('\n<script>alert("1")</script> & more\n')
  const escaped = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; more\n'
  assert.ok(page.includes(`<main class="paste">\n<pre>\n\n${escaped}</pre>`))
  assert.doesNotMatch(page, /<script/)
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
  assert.doesNotMatch(page, /<pre>|Open as plain text/)
  assert.equal(descriptionOf(page), 'Binary data, 1.2 MiB')
})

test('a text over the limit is never put on a page, whoever hands it in', () => {
  const text = 'y'.repeat(MAX_SHOWN_BYTES + 1)
  const page = render(text)
  assert.ok(page.length < 8192)
  assert.match(page, /This paste is too large to show here/)
  assert.ok(page.includes(`<a class="button" href="${RAW_URL}">Open as plain text</a>`))
  assert.ok(render(text.slice(1)).length > MAX_SHOWN_BYTES)
})

test('the page of a small paste is small', () => {
  assert.ok(render('').length < 6000, String(render('').length))
})

test('a paste to be opened once is opened by a POST alone, and nothing is said of it', () => {
  const page = renderBurnPage({ id: '7Kq2mX9aBcDe' })
  assert.match(page, /<form method="post" action="\/7Kq2mX9aBcDe\/open"><button>/)
  assert.match(page, /This paste can be opened once/)
  assert.doesNotMatch(page, /alternate|\/raw\//)
  assert.match(renderBurnPage({ id: '"><x>' }), /action="\/%22%3E%3Cx%3E\/open"/)
})
