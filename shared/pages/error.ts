import { html } from 'hono/html'
import { renderLayout, renderRequestId } from './layout.ts'

export interface ErrorPage {
  status: number
  /** What happened and what to do, as the two lines of a terminal say it: one line each. */
  message: string
  hint: string
  requestId: string
}

/** The page that a browser gets for an error: what happened, what to do, and the request's id. */
export function renderErrorPage({ status, message, hint, requestId }: ErrorPage): string {
  const body = html`<header><a class="home" href="/">Ledge</a></header>
<main class="note">
<p class="status">${status}</p>
<h1>${sentence(message)}</h1>
<p>${sentence(hint)}</p>
${renderRequestId(requestId)}
</main>`
  const title = sentence(message).replace(/\.$/, '')
  return renderLayout({ title, description: null, rawUrl: null, body })
}

/** A terminal's line as a sentence; one that ends in a link or a command gets no full stop. */
function sentence(line: string): string {
  const capital = line.charAt(0).toUpperCase() + line.slice(1)
  return /[.?!…]$|:\/\/\S*$/.test(line) ? capital : `${capital}.`
}
