/**
 * The headers that every answer is put together from. They are plain frozen objects with lower-case
 * names, to be spread into the one object that is given to `new Response(body, { headers })`:
 * that is the form which hono's node server writes without building a Headers.
 */

/** On every answer, whatever its status; a content-security-policy goes with them. */
const SECURITY_HEADERS = Object.freeze({
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  // Stops others from embedding; who fetches with CORS is not affected.
  'cross-origin-resource-policy': 'same-origin',
})

/** Security headers of all that is no page: bytes, text, JSON. */
export const RAW_SECURITY_HEADERS = Object.freeze({
  ...SECURITY_HEADERS,
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
})

/**
 * Security headers of a page whose only style sheets and scripts are the inline ones with these
 * hashes. Its scripts may fetch from where it came from: copying takes the bytes, not what is shown.
 * @param hashes base64 SHA-256 of what stands between the tags, one or more of each
 */
export function pageSecurityHeaders(hashes: {
  styles: readonly string[]
  scripts: readonly string[]
}) {
  const sources = (of: readonly string[]) => of.map((hash) => `'sha256-${hash}'`).join(' ')
  return Object.freeze({
    ...SECURITY_HEADERS,
    'content-security-policy':
      `default-src 'none'; script-src ${sources(hashes.scripts)}; ` +
      `style-src ${sources(hashes.styles)}; img-src 'self'; connect-src 'self'; ` +
      "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  })
}

/** On what is read by link, errors included: never indexed, never kept without asking again. */
export const READ_HEADERS = Object.freeze({
  'x-robots-tag': 'noindex',
  'cache-control': 'no-cache',
  'cdn-cache-control': 'no-store',
  vary: 'Accept, Accept-Encoding, User-Agent',
})

/** Scripts of any site may read answers; cookies never count. */
export const CORS_HEADERS = Object.freeze({
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Location, X-Token, X-Expires',
})
