import { type Context, Hono } from 'hono'
import { createRoute, faceOf, type Handler, header, type Observe } from '../shared/http/handle.ts'
import type { Form } from '../shared/http/faces.ts'
import { respondDocument, respondJson } from '../shared/http/json-faces.ts'
import { answerOptions } from '../shared/http/options.ts'
import { createExplain, Problem, problems } from '../shared/http/problems.ts'
import { type ReadRequest, respond, type Served } from '../shared/http/respond.ts'
import type { OpenBody } from './large.ts'
import type { Memory } from './memory.ts'
import type { ReadAnswer, Reader, Tier } from './read.ts'

/** The edge over HTTP: `/ID`, `/ID.ext`, `/raw/ID` and haste's `/documents/ID`, by GET and HEAD. */

export interface EdgeAppOptions {
  reader: Pick<Reader, 'read'>
  memory: Pick<Memory, 'account'>
  openBody: OpenBody
  observe: Observe
  /** Measures each answered read. */
  onRead?: (tier: Tier, durationMs: number) => void
  /** What links begin with, or null: the request's own origin. */
  publicUrl: string | null
  contact: string | null
}

const METHODS = ['GET', 'HEAD'] as const
const EXTENSION = /\.[A-Za-z0-9]{1,16}$/
const OPEN_PATH = /^\/[^/]+\/open$/

const UNSHOWN: ReadonlySet<number> = new Set([404, 410, 428, 451])

const CACHE_STATUS: Record<Tier, string> = {
  memory: 'ledge-edge; hit; detail=memory',
  redis: 'ledge-edge; fwd=miss; detail=redis',
  bucket: 'ledge-edge; fwd=miss; detail=bucket',
}

export function createEdgeApp(options: EdgeAppOptions): Hono {
  const { reader, memory, openBody, onRead, publicUrl, contact } = options
  const route = createRoute({ observe: options.observe, explain: createExplain(contact) })
  const app = new Hono()

  const document = asDocument((c, begun) => readPaste(c, 'document', begun))
  const routes = new Map([
    ['/', route('paste', (c, begun) => readPaste(c, faceOf(c), begun))],
    ['/raw/', route('raw', (c, begun) => readPaste(c, rawForm(c), begun))],
    ['/documents/', route('document', document)],
  ])
  // One pattern for all: where a literal stands beside a parameter, hono takes a slower router.
  app.get('/:path{(?:(?:raw|documents)/)?[^/]+}', (c) => {
    const { path } = c.req
    const read = routes.get(path.slice(0, path.lastIndexOf('/') + 1))
    return read === undefined ? c.notFound() : read(c)
  })
  // No route for the rest: a second one that matches would cost every read hono's async composition.
  app.notFound(route('none', answerRest))
  return app

  function readPaste(c: Context, form: Form, begun: number): Response | Promise<Response> {
    const id = idOf(c)
    const answer = reader.read(id)
    if (!(answer instanceof Promise)) return serve(c, form, id, answer, begun)
    return answer.then((walked) => serve(c, form, id, walked, begun))
  }

  function serve(
    c: Context,
    form: Form,
    id: string,
    answer: ReadAnswer,
    begun: number,
  ): Response | Promise<Response> {
    if (answer.kind === 'absent') throw problems.notFound()
    if (answer.kind === 'gone') throw problems.gone(answer.reason)
    const { entry, tier, knownAt } = answer
    if (entry.record.head.burn) throw problems.opensOnce({ id, url: `${baseUrl(c)}/${id}` })
    onRead?.(tier, performance.now() - begun)
    const request = readRequest(c, form)
    const served: Served = {
      record: entry.record,
      faces: entry.faces,
      keep: tier === 'memory',
      onGrown: () => memory.account(id, entry),
      cacheStatus: CACHE_STATUS[tier],
      accelSeconds: accelSeconds(entry.record.head.expiresAt, knownAt),
      openBody: (from) => openBody(entry, from),
    }
    if (form === 'document') return respondDocument(request, served)
    if (form !== 'json') return respond(request, served)
    return respondJson(request, served, { base: baseUrl(c), fixed: publicUrl !== null })
  }

  function baseUrl(c: Context): string {
    return publicUrl ?? new URL(c.req.url).origin
  }
}

function readRequest(c: Context, form: Form): ReadRequest {
  return {
    head: c.req.method === 'HEAD',
    form,
    acceptEncoding: header(c, 'accept-encoding'),
    ifNoneMatch: header(c, 'if-none-match'),
    range: header(c, 'range'),
    ifRange: header(c, 'if-range'),
  }
}

/** haste knows one way of not being there, and nothing that is opened once. */
function asDocument(read: Handler): Handler {
  return async function readDocument(c, begun) {
    try {
      return await read(c, begun)
    } catch (error) {
      if (error instanceof Problem && UNSHOWN.has(error.status)) throw problems.noDocument()
      throw error
    }
  }
}

/**
 * NGINX may serve until the end of this second: of the current one under a lease, else of the one
 * in which the bucket was asked; and never into the paste's last second.
 */
function accelSeconds(expiresAt: number, knownAt: number): number {
  return Math.min(Math.floor(expiresAt / 1000) - 1, Math.floor(knownAt / 1000))
}

function answerRest(c: Context): Response {
  const { method, path } = c.req
  if (method === 'OPTIONS') {
    const allowed = OPEN_PATH.test(path) ? ['POST'] : METHODS
    return answerOptions(header(c, 'access-control-request-method'), allowed)
  }
  const reads = method === 'GET' || method === 'HEAD'
  // Opening is the origin's: it changes something, and no preview may do it.
  if (reads && OPEN_PATH.test(path)) throw problems.methodNotAllowed(method, ['POST'])
  if (reads) throw problems.notFound()
  throw problems.methodNotAllowed(method, METHODS)
}

/** An extension says how to colour the text, not which text it is. */
function idOf(c: Context): string {
  const name = c.req.path.slice(c.req.path.lastIndexOf('/') + 1)
  return name.includes('.') ? name.replace(EXTENSION, '') : name
}

function rawForm(c: Context): Form {
  return c.req.query('download') === undefined ? 'raw' : 'download'
}
