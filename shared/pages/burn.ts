import { html } from 'hono/html'
import { renderLayout, renderRequestId } from './layout.ts'

export interface BurnPage {
  id: string
  requestId: string
}

/**
 * Stands in front of a paste that is deleted when opened. A preview that fetches the link sees this
 * and destroys nothing; it says nothing of the paste itself.
 */
export function renderBurnPage({ id, requestId }: BurnPage): string {
  const body = html`<header><a class="home" href="/">Ledge</a></header>
<main class="note">
<h1>This paste can be opened once.</h1>
<p>Opening it deletes it: nobody can open it a second time, you included. Save what you need.</p>
<form method="post" action="/${encodeURIComponent(id)}/open"><button>Open and delete</button></form>
${renderRequestId(requestId)}
</main>`
  return renderLayout({
    title: 'A paste that can be opened once',
    description: 'It is deleted when it is opened.',
    rawUrl: null,
    body,
  })
}
