import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { html } from 'hono/html'
import { PAGE_SECURITY_HEADERS, renderLayout } from './layout.ts'
import { STYLE } from './style.ts'

const policy = PAGE_SECURITY_HEADERS['content-security-policy']
const page = renderLayout({
  title: '<b>&"title"',
  description: 'a "description"',
  rawUrl: 'https://ledge.example/raw/x?a&b"',
  body: html`<main>${'<script>'}</main>`,
})

test('the style that is sent is the one that the policy allows, and there is no other', () => {
  const styles = [...page.matchAll(/<style>([^]*?)<\/style>/g)]
  assert.equal(styles.length, 1)
  const hash = createHash('sha256')
    .update(styles[0]?.[1] ?? '')
    .digest('base64')
  assert.ok(policy.includes(`style-src 'sha256-${hash}';`), policy)
  assert.doesNotMatch(page, /\sstyle=|\son[a-z]+=/)
})

test('the scripts that are sent are those that the policy allows', () => {
  const allowed = /script-src ([^;]*);/.exec(policy)?.[1]?.split(' ')
  for (const script of ['paste', 'editor', 'manage'] as const) {
    const sent = renderLayout({
      title: 't',
      description: null,
      rawUrl: null,
      body: html`x`,
      script,
    })
    const scripts = [...sent.matchAll(/<script>([^]*?)<\/script>/g)].map(([, text = '']) => text)
    assert.equal(scripts.length, 2)
    for (const text of scripts) {
      const hash = createHash('sha256').update(text).digest('base64')
      assert.ok(allowed?.includes(`'sha256-${hash}'`), text.slice(0, 50))
    }
  }
  assert.equal(page.match(/<script/g)?.length, 1)
})

test('the policy begins with nothing allowed, and lets no one frame or rebase the page', () => {
  assert.match(policy, /^default-src 'none';/)
  for (const rule of ["base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"]) {
    assert.ok(policy.includes(rule), rule)
  }
  assert.doesNotMatch(policy, /unsafe|\*/)
})

test('every value is escaped, in text and in attributes', () => {
  assert.match(page, /<title>&lt;b&gt;&amp;&quot;title&quot; · Ledge<\/title>/)
  assert.match(page, /<meta name="description" content="a &quot;description&quot;">/)
  assert.match(page, /href="https:\/\/ledge\.example\/raw\/x\?a&amp;b&quot;"/)
  assert.match(page, /<main>&lt;script&gt;<\/main>/)
})

test('a page is never indexed and loads nothing from another host', () => {
  assert.match(page, /<meta name="robots" content="noindex">/)
  assert.doesNotMatch(STYLE, /url\(|@import/)
  assert.doesNotMatch(page, /\ssrc=/)
})

test('without a description or raw bytes their lines are left out', () => {
  const bare = renderLayout({ title: 't', description: null, rawUrl: null, body: html`x` })
  assert.doesNotMatch(bare, /description|alternate/)
})

test('a page that would have to wait is refused', () => {
  const body = html`${Promise.resolve('late')}`
  const render = () => renderLayout({ title: 't', description: null, rawUrl: null, body })
  assert.throws(render, TypeError)
})

/** WCAG 2.2, "contrast ratio", of two colours written #rgb or #rrggbb. */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const digits = colour.length === 4 ? colour.replace(/[0-9a-f]/g, '$&$&') : colour
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = parseInt(digits.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

test('every text colour has a contrast of 4.5 on what it stands on, light and dark', () => {
  const colours = new Map(
    [...STYLE.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\)/g)].map(
      ([, name, light, dark]) => [name, [light, dark]],
    ),
  )
  const pairs = ['text', 'faint', 'accent'].flatMap((name) => [
    [name, 'page'],
    [name, 'sheet'],
  ])
  for (const [text, ground] of [...pairs, ['on-accent', 'accent']]) {
    for (const theme of [0, 1]) {
      const ratio = contrast(colours.get(text)?.[theme] ?? '', colours.get(ground)?.[theme] ?? '')
      assert.ok(ratio >= 4.5, `${text} on ${ground}, theme ${theme}: ${ratio.toFixed(2)}`)
    }
  }
})
