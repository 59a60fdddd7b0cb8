import type { Fetch } from '../shared/http/serve.ts'
import { RAW_SECURITY_HEADERS } from '../shared/http/headers.ts'

/** What NGINX does for a team, in a few lines: one port, reads to the edge, the rest to the origin. */

export interface FrontOptions {
  edge: Fetch
  origin: Fetch
  /** True while reads can be answered. */
  isUp: () => boolean
}

/** What the origin answers of GET and HEAD. */
const ORIGIN_PATHS =
  /^\/(?:$|api(?:\/|$)|report\/|robots\.txt$|favicon\.svg$|\.well-known\/|[^/]+\/manage$)/

export function createFront({ edge, origin, isUp }: FrontOptions): Fetch {
  return function front(request, env) {
    const { pathname } = new URL(request.url)
    if (pathname === '/healthz') return health(isUp())
    const reads = request.method === 'GET' || request.method === 'HEAD'
    if (!reads || ORIGIN_PATHS.test(pathname)) return strip(origin(request, env))
    return strip(edge(request, env))
  }
}

/** Meant for NGINX alone; the front keeps nothing, so it has no use for it. */
function strip(answer: Response | Promise<Response>): Response | Promise<Response> {
  if (answer instanceof Promise) return answer.then(strip)
  answer.headers.delete('x-accel-expires')
  return answer
}

function health(up: boolean): Response {
  return new Response(up ? 'ok\n' : 'down\n', {
    status: up ? 200 : 503,
    headers: {
      ...RAW_SECURITY_HEADERS,
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
    },
  })
}
