import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import { pageSecurityHeaders } from '../http/headers.ts'
import { HEAD_SCRIPT, SCRIPT_HASHES, type ScriptName, SCRIPTS } from './scripts.ts'
import { STYLE } from './style.ts'

/** What `html` makes; a promise only when something in it is one, and nothing here is. */
export type Html = ReturnType<typeof html>

export interface Page {
  /** Shown in the tab; any text of a user's in it has been through visible(). */
  title: string
  /** For previews of the link. */
  description: string | null
  /** Where the bytes are, as plain text. */
  rawUrl: string | null
  body: Html
  script?: ScriptName
}

const style = createHash('sha256').update(STYLE).digest('base64')

/** Security headers of every page; the policy allows the one inline style and our own scripts. */
export const PAGE_SECURITY_HEADERS = pageSecurityHeaders({
  styles: [style],
  scripts: SCRIPT_HASHES,
})

/** The frame of every page. It is the same for everybody, so that one stored page serves all. */
export function renderLayout({ title, description, rawUrl, body, script }: Page): string {
  return renderHtml(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title} · Ledge</title>
<meta property="og:title" content="${title}">
${description === null ? '' : renderDescription(description)}
${rawUrl === null ? '' : html`<link rel="alternate" type="text/plain" href="${rawUrl}">`}
<link rel="icon" type="image/svg+xml" href="/favicon.svg">
<style>${raw(STYLE)}</style>
<script>${raw(HEAD_SCRIPT)}</script>
</head>
<body>
${body}
${script === undefined ? '' : html`<script>${raw(SCRIPTS[script])}</script>`}
</body>
</html>
`)
}

/** In small print, for whoever asks about what they saw. */
export function renderRequestId(requestId: string): Html {
  return html`<p><small>Request <code>${requestId}</code></small></p>`
}

function renderDescription(description: string): Html {
  return html`<meta name="description" content="${description}">
<meta property="og:description" content="${description}">`
}

function renderHtml(page: Html): string {
  if (page instanceof Promise) throw new TypeError('a page must not wait for anything')
  return page.toString()
}
