import { html, raw } from 'hono/html'
import { formatBytes } from '../http/bytes.ts'
import { cut, visible } from '../http/visible.ts'
import type { RecordHead } from '../record.ts'
import { type Html, renderLayout } from './layout.ts'
import { renderLines } from './lines.ts'

/** Pastes of more bytes are linked to, not shown: escaping them would hold up the event loop. */
export const MAX_SHOWN_BYTES = 512 * 1024

/** Pages with more lines than these are heavy on a phone; the rest is behind a link. */
const MAX_SHOWN_LINES = 20_000

/** What overrides the order of characters (Unicode UAX 9), so that code can look like other code. */
const REORDERING = /[\u202A-\u202E\u2066-\u2069]/

const DESCRIPTION_CHARACTERS = 160
/** Enough of a text to find that many visible characters in. */
const DESCRIPTION_SOURCE = 4000
const LAST_DATE_MS = 8.64e15

const dates = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
})

export interface PastePage {
  head: Pick<RecordHead, 'id' | 'size' | 'title' | 'language' | 'expiresAt' | 'text' | 'burn'>
  /** Null when there is no text to show: the bytes are binary, or too many. */
  text: string | null
  rawUrl: string
}

/** The page that a paste is read on. Above MAX_SHOWN_BYTES the text is left out of it. */
export function renderPastePage({ head, text, rawUrl }: PastePage): string {
  const shown = head.size > MAX_SHOWN_BYTES ? null : text
  const title = visible(head.title ?? '').trim() || head.id
  const body = html`<header>
<a class="home" href="/">Ledge</a>
<div class="facts">
<h1 dir="auto">${title}</h1>
<p>${renderFacts(head)}</p>
</div>
${renderNav(head, shown !== null, rawUrl)}
</header>
${shown === null ? renderHidden(head, rawUrl) : renderText(head, shown, rawUrl)}`
  return renderLayout({
    title,
    description: describe(head, text),
    // What was opened once is nowhere else.
    rawUrl: head.burn ? null : rawUrl,
    body,
    script: 'paste',
  })
}

function renderNav({ burn }: PastePage['head'], shown: boolean, rawUrl: string): Html {
  const links = html`<a href="${rawUrl}">Raw</a><a href="${rawUrl}?download">Download</a>`
  const copy = html`<button id="copy" class="js-only" data-raw="${burn ? '' : rawUrl}">Copy</button>`
  const wrap = html`<button id="wrap" class="js-only" aria-pressed="true">Wrap</button>`
  return html`<nav aria-label="This paste">${burn ? '' : links}${shown ? [copy, wrap] : ''}</nav>`
}

function renderFacts({ size, language, expiresAt }: PastePage['head']): Html {
  const expiry = new Date(Math.min(expiresAt, LAST_DATE_MS))
  return html`${formatBytes(size)}${language === null ? '' : ` · ${visible(language)}`} · expires
<time datetime="${expiry.toISOString()}">${dates.format(expiry)} UTC</time>`
}

function renderText(head: PastePage['head'], text: string, rawUrl: string): Html {
  const all = renderLines(text, head.burn ? Infinity : MAX_SHOWN_LINES)
  const reordered = lineOf(text, text.search(REORDERING))
  return html`${head.burn ? html`<aside class="banner"><p>${OPENED}</p></aside>` : ''}
${reordered === null ? '' : renderWarning(reordered)}
<main class="paste" tabindex="0" aria-label="Text">${raw(all.html)}</main>
${all.complete ? '' : renderRest(rawUrl)}`
}

const OPENED = 'This paste was deleted as you opened it. Save what you need: it is nowhere else.'

function renderWarning(line: number): Html {
  return html`<aside class="banner"><p><strong>Hidden characters</strong> change the order in which this
text is shown, first on <a href="#L${line}">line ${line}</a>: a program may read something else.</p></aside>`
}

function renderRest(rawUrl: string): Html {
  const shown = MAX_SHOWN_LINES.toLocaleString('en-US')
  return html`<aside class="banner"><p>These are the first ${shown} lines.
<a href="${rawUrl}">Open all of it as plain text</a></p></aside>`
}

/** @returns counted from 1, or null for a place that is none */
function lineOf(text: string, at: number): number | null {
  return at < 0 ? null : text.slice(0, at).split('\n').length
}

function renderHidden(head: PastePage['head'], rawUrl: string): Html {
  const reason = head.text ? 'too large to show here' : 'not text, so it is not shown here'
  const rawLink = head.text ? html`<a class="button" href="${rawUrl}">Open as plain text</a>` : ''
  return html`<main class="paste"><div class="sheet">
<p>This paste is ${reason} (${formatBytes(head.size)}).</p>
<div>${rawLink}<a class="button" href="${rawUrl}?download">Download it</a></div>
</div></main>`
}

function describe(head: PastePage['head'], text: string | null): string {
  const start = text === null ? -1 : text.search(/\S/)
  if (text === null || start < 0) {
    return `${head.text ? 'Text' : 'Binary data'}, ${formatBytes(head.size)}`
  }
  const beginning = visible(text.slice(start, start + DESCRIPTION_SOURCE)).trim()
  return cut(beginning, DESCRIPTION_CHARACTERS)
}
