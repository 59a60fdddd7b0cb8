import { html } from 'hono/html'
import { formatBytes } from '../../shared/http/bytes.ts'
import { visible } from '../../shared/http/visible.ts'
import { type Html, renderLayout, renderRequestId } from '../../shared/pages/layout.ts'
import type { GoneReason } from '../../shared/record.ts'
import type { PasteStatus } from '../status-query.ts'

export interface ManagePage {
  id: string
  /** What links begin with. */
  base: string
  token: string
  /** Null when the row is gone, or was lost. */
  status: PasteStatus | null
  /** What a deletion just now said, or null when there was none. */
  deletion: { propagated: boolean } | null
}

const dates = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
})

const WENT: Record<GoneReason, string> = {
  expired: 'It expired',
  deleted: 'It was deleted',
  burned: 'It was opened, and so deleted',
  removed: 'It was removed after a report',
}

/** What whoever made a paste sees of it. */
export function renderManagePage(page: ManagePage): string {
  const { id, status, deletion } = page
  const title = visible(status?.title ?? '').trim() || id
  const isThere = status?.state === 'visible' || status?.state === 'pending'
  const body = html`<header><a class="home" href="/">Ledge</a></header>
<main class="note">
<h1 dir="auto">${title}</h1>
${deletion === null ? '' : html`<p role="status">${outcomeOf(deletion)}</p>`}
${isThere ? renderLink(page) : ''}
${renderFacts(page)}
${isThere || status === null ? renderDelete(id) : ''}
</main>`
  return renderLayout({
    title: `Manage ${title}`,
    description: null,
    rawUrl: null,
    body,
    script: 'manage',
  })
}

function outcomeOf({ propagated }: { propagated: boolean }): string {
  return propagated
    ? 'It is deleted, everywhere.'
    : 'It is deleted. The last copies are gone within seconds.'
}

function renderLink({ id, base }: ManagePage): Html {
  const url = `${base}/${id}`
  return html`<p class="link"><a href="${url}">${url}</a></p>
<button class="js-only" data-copy="${url}">Copy link</button>`
}

function renderFacts({ id, base, token, status }: ManagePage): Html {
  if (status === null) {
    return html`<p>Nothing is known of it any more: it went over 30 days ago.</p>`
  }
  const { state, createdAt, expiresAt, goneAt, size, burn } = status
  const isThere = state === 'visible' || state === 'pending'
  const rawUrl = `${base}/raw/${id}`
  const command = `curl -X DELETE -H "X-Token: ${token}" ${base}/${id}`
  return html`<dl>
<dt>Fate</dt><dd>${fateOf(status)}${goneAt === null ? '' : html`, ${renderTime(goneAt)}`}.</dd>
${isThere && !burn ? html`<dt>Raw</dt><dd><a href="${rawUrl}">${rawUrl}</a></dd>` : ''}
<dt>Made</dt><dd>${renderTime(createdAt)}</dd>
${isThere ? html`<dt>Expires</dt><dd>${renderTime(expiresAt)}</dd>` : ''}
<dt>Size</dt><dd>${formatBytes(size)}</dd>
<dt>Id</dt><dd><code>${id}</code></dd>
${isThere ? html`<dt>To delete</dt><dd><code>${command}</code></dd>` : ''}
</dl>`
}

function fateOf({ state, burn }: PasteStatus): string {
  if (state === 'pending') return 'It is being made'
  if (state !== 'visible') return WENT[state]
  return burn ? 'It waits to be opened, once' : 'It can be read'
}

function renderTime(time: Date): Html {
  return html`<time datetime="${time.toISOString()}">${dates.format(time)} UTC</time>`
}

/** Two steps without a script. */
function renderDelete(id: string): Html {
  return html`<details><summary>Delete it</summary>
<form method="post" action="/${id}/manage"><input type="hidden" name="delete" value="1">
<button>Delete for good</button></form></details>`
}

export interface TokenPage {
  id: string
  /** True when one was sent that is not the right one. */
  wrong: boolean
  requestId: string
}

/** Asks for the delete token, for a browser that does not have it. */
export function renderTokenPage({ id, wrong, requestId }: TokenPage): string {
  const question = wrong ? 'That is not its delete token.' : 'This page is for who made the paste.'
  const body = html`<header><a class="home" href="/">Ledge</a></header>
<main class="note">
<p class="status">403</p>
<h1>${question}</h1>
<p>The delete token came with the link when the paste was made.</p>
<form method="post" action="/${id}/manage">
<label>Delete token <input name="token" required autocomplete="off" autocapitalize="off"
  spellcheck="false"></label>
<button>Open</button>
</form>
${renderRequestId(requestId)}
</main>`
  return renderLayout({ title: 'Manage a paste', description: null, rawUrl: null, body })
}
