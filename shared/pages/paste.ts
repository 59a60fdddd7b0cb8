import { html } from 'hono/html'
import { formatBytes } from '../http/bytes.ts'
import { cut, visible } from '../http/visible.ts'
import type { RecordHead } from '../record.ts'
import { type Html, renderLayout } from './layout.ts'

/** Pastes of more bytes are linked to, not shown: escaping them would hold up the event loop. */
export const MAX_SHOWN_BYTES = 512 * 1024

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
  head: Pick<RecordHead, 'id' | 'size' | 'title' | 'language' | 'expiresAt' | 'text'>
  /** Null when there is no text to show: the bytes are binary, or too many. */
  text: string | null
  rawUrl: string
}

/** The page that a paste is read on. Above MAX_SHOWN_BYTES the text is left out of it. */
export function renderPastePage({ head, text, rawUrl }: PastePage): string {
  const shown = head.size > MAX_SHOWN_BYTES ? null : text
  const title = visible(head.title ?? '').trim() || head.id
  const downloadUrl = `${rawUrl}?download`
  const body = html`<header>
<a class="home" href="/">Ledge</a>
<div class="facts">
<h1 dir="auto">${title}</h1>
<p>${renderFacts(head)}</p>
</div>
<nav aria-label="This paste"><a href="${rawUrl}">Raw</a><a href="${downloadUrl}">Download</a></nav>
</header>
<main class="paste">
${shown === null ? renderHidden(head, rawUrl, downloadUrl) : renderText(shown)}
</main>`
  const description = describe(head, text)
  return renderLayout({ title, description, rawUrl, body })
}

function renderFacts({ size, language, expiresAt }: PastePage['head']): Html {
  const expiry = new Date(Math.min(expiresAt, LAST_DATE_MS))
  return html`${formatBytes(size)}${language === null ? '' : ` · ${visible(language)}`} · expires
<time datetime="${expiry.toISOString()}">${dates.format(expiry)} UTC</time>`
}

function renderText(text: string): Html {
  // A parser drops a newline right behind <pre>: this one, not the paste's own.
  return html`<pre>
${text}</pre>`
}

function renderHidden(head: PastePage['head'], rawUrl: string, downloadUrl: string): Html {
  const reason = head.text ? 'too large to show here' : 'not text, so it is not shown here'
  const rawLink = head.text ? html`<a class="button" href="${rawUrl}">Open as plain text</a>` : ''
  return html`<div class="sheet">
<p>This paste is ${reason} (${formatBytes(head.size)}).</p>
<div>${rawLink}<a class="button" href="${downloadUrl}">Download it</a></div>
</div>`
}

function describe(head: PastePage['head'], text: string | null): string {
  const start = text === null ? -1 : text.search(/\S/)
  if (text === null || start < 0) {
    return `${head.text ? 'Text' : 'Binary data'}, ${formatBytes(head.size)}`
  }
  const beginning = visible(text.slice(start, start + DESCRIPTION_SOURCE)).trim()
  return cut(beginning, DESCRIPTION_CHARACTERS)
}

/**
 * Stands in front of a paste that is deleted when opened. A preview that fetches the link sees this
 * and destroys nothing; it says nothing of the paste itself.
 */
export function renderBurnPage({ id }: { id: string }): string {
  const body = html`<header><a class="home" href="/">Ledge</a></header>
<main class="note">
<h1>This paste can be opened once.</h1>
<p>Opening it deletes it: nobody can open it a second time, you included. Save what you need.</p>
<form method="post" action="/${encodeURIComponent(id)}/open"><button>Open and delete</button></form>
</main>`
  return renderLayout({
    title: 'A paste that can be opened once',
    description: 'It is deleted when it is opened.',
    rawUrl: null,
    body,
  })
}
