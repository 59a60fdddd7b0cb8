import { Hono } from 'hono'
import type { Registry } from 'prom-client'
import { RAW_SECURITY_HEADERS } from './headers.ts'

/** Whether a service wants requests, and if not, each reason as a sentence. */
export interface Readiness {
  ready: boolean
  why: readonly string[]
}

const HEADERS = { ...RAW_SECURITY_HEADERS, 'cache-control': 'no-store' }
const TEXT = { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' }

/** What only the operator's machines may see: it listens on ADMIN_PORT, never through NGINX. */
export function createAdminApp({
  registry,
  isReady,
}: {
  registry: Pick<Registry, 'metrics' | 'contentType'>
  isReady: () => Readiness
}) {
  const app = new Hono()

  app.get('/metrics', async () => {
    const headers = { ...HEADERS, 'content-type': registry.contentType }
    return new Response(await registry.metrics(), { headers })
  })

  // An answer is all that it says: the event loop turns. Nothing remote may end a process.
  app.get('/livez', () => new Response('ok\n', { headers: TEXT }))

  app.get('/readyz', () => {
    const { ready, why } = isReady()
    if (ready) return new Response('ready\n', { headers: TEXT })
    const reasons = ['not ready', ...why].map((reason) => `${reason}\n`).join('')
    return new Response(reasons, { status: 503, headers: TEXT })
  })

  app.notFound(() => {
    const text = 'error: nothing here\ntry /metrics, /livez or /readyz\n'
    return new Response(text, { status: 404, headers: TEXT })
  })

  return app
}
