import { CORS_HEADERS, RAW_SECURITY_HEADERS } from './headers.ts'

/** What a page of another site may send; none of it comes by itself, as cookies would. */
const PREFLIGHT_HEADERS = Object.freeze({
  'access-control-allow-headers': [
    'Authorization',
    'Content-Encoding',
    'Content-Type',
    'Idempotency-Key',
    'If-None-Match',
    'If-Range',
    'Range',
    'X-Request-Id',
    'X-TTL',
    'X-Token',
  ].join(', '),
  // Browsers keep it for two hours at most.
  'access-control-max-age': '7200',
})

/**
 * 204 to OPTIONS: what can be done here and, when a browser asks before it sends a page's request
 * (Fetch, "CORS-preflight request"), that it may be sent. Never with credentials.
 * @param asked the request's Access-Control-Request-Method
 * @param allowed the methods that this place knows, without OPTIONS
 */
export function answerOptions(asked: string | undefined, allowed: readonly string[]): Response {
  const preflight = {
    ...PREFLIGHT_HEADERS,
    'access-control-allow-methods': allowed.join(', '),
  }
  return new Response(null, {
    status: 204,
    headers: {
      ...RAW_SECURITY_HEADERS,
      ...CORS_HEADERS,
      'cache-control': 'no-store',
      vary: 'Access-Control-Request-Method',
      allow: [...allowed, 'OPTIONS'].join(', '),
      ...(asked === undefined ? {} : preflight),
    },
  })
}
