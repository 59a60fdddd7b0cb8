import { type Context, Hono } from 'hono'
import type { Ids } from '../shared/id.ts'
import { createFaces } from '../shared/http/faces.ts'
import { createRoute, header, type Observe } from '../shared/http/handle.ts'
import { CORS_HEADERS, RAW_SECURITY_HEADERS } from '../shared/http/headers.ts'
import { chooseFace } from '../shared/http/negotiate.ts'
import { type Problem, problems, toProblem } from '../shared/http/problems.ts'
import { respond } from '../shared/http/respond.ts'
import { type Admit, admitAnyone } from './admit.ts'
import type { CreatePaste } from './create.ts'
import { DatabaseError } from './database.ts'
import { readIdempotency } from './idempotency.ts'
import type { OpenPaste } from './open.ts'
import { FAVICON } from './pages/favicon.ts'
import { renderUsage } from './pages/usage.ts'
import type { RemovePaste } from './remove.ts'
import type { Tokens } from './tokens.ts'
import { readUpload, type UploadLimits } from './upload.ts'

/** The origin over HTTP: everything that writes. */

export interface OriginAppOptions {
  ids: Pick<Ids, 'verify'>
  tokens: Pick<Tokens, 'verify'>
  createPaste: CreatePaste
  /** None: no limit. */
  admit?: Admit
  removePaste: RemovePaste
  openPaste: OpenPaste
  limits: UploadLimits
  observe: Observe
  /** What links begin with, or null: the request's own origin. */
  publicUrl: string | null
  contact: string | null
}

/** Nothing that a writer is told is kept by anyone on the way. */
const ANSWER_HEADERS = {
  ...RAW_SECURITY_HEADERS,
  ...CORS_HEADERS,
  'cache-control': 'no-store',
} as const

export function createOriginApp(options: OriginAppOptions): Hono {
  const { ids, tokens, createPaste, removePaste, openPaste, limits, publicUrl } = options
  const route = createRoute({ observe: options.observe, explain: explainWith(options.contact) })
  const app = new Hono()

  app.get('/', route('usage', usage))
  app.get('/favicon.svg', route('favicon', favicon))
  app.on(
    ['POST', 'PUT'],
    '/',
    route('create', (c) => create(c, null)),
  )
  app.all('/', route('create', only('GET', 'HEAD', 'POST', 'PUT')))
  app.put(
    '/:name',
    route('create', (c) => create(c, c.req.param('name') ?? null)),
  )
  app.delete('/:id', route('delete', remove))
  app.all('/:id', route('paste', only('GET', 'HEAD', 'PUT', 'DELETE')))
  app.post('/:id/open', route('open', open))
  app.all('/:id/open', route('open', only('POST')))
  app.all('/raw/:id', route('raw', only('GET', 'HEAD')))
  app.all('*', route('none', rejectRest))
  return app

  async function create(c: Context, name: string | null): Promise<Response> {
    const base = baseUrl(c)
    const { client, headers } = (options.admit ?? admitAnyone)(c)
    const paste = await readUpload(c, limits, { name, url: base })
    const { head, deleteToken } = await createPaste(paste, readIdempotency(c, { client, paste }))
    const url = `${base}/${head.id}`
    return answer(201, 'text/plain; charset=utf-8', `${url}\n`, {
      location: url,
      'x-token': deleteToken,
      'x-expires': String(head.expiresAt),
      ...headers,
    })
  }

  async function remove(c: Context): Promise<Response> {
    const id = idOf(c)
    const token = bearer(header(c, 'authorization')) ?? header(c, 'x-token')
    if (token === undefined || token === '') throw problems.noToken()
    if (!tokens.verify(id, token)) throw problems.wrongToken()
    const { propagated } = await removePaste(id, 'deleted')
    return answer(200, 'application/json', `${JSON.stringify({ id, propagated })}\n`)
  }

  async function open(c: Context): Promise<Response> {
    const record = await openPaste(idOf(c))
    const face = chooseFace(header(c, 'accept'), header(c, 'user-agent'))
    const response = await respond(
      {
        head: false,
        form: face === 'html' ? 'html' : 'text',
        acceptEncoding: header(c, 'accept-encoding'),
        ifNoneMatch: undefined,
        range: undefined,
        ifRange: undefined,
      },
      {
        record,
        faces: createFaces(),
        keep: false,
        cacheStatus: 'ledge-origin; fwd=method',
        accelSeconds: 0,
        openBody: () => Promise.reject(problems.internal()),
      },
    )
    // It may be the only copy there will ever be: no validator, and nobody keeps it.
    for (const name of ['etag', 'accept-ranges', 'x-accel-expires']) response.headers.delete(name)
    response.headers.set('cache-control', 'no-store')
    return response
  }

  function usage(c: Context): Response {
    return answer(200, 'text/plain; charset=utf-8', renderUsage(baseUrl(c), limits))
  }

  /** @throws Problem 404 for what was never made here, whatever else was sent */
  function idOf(c: Context): string {
    const id = c.req.param('id') ?? ''
    if (!ids.verify(id)) throw problems.notFound()
    return id
  }

  function baseUrl(c: Context): string {
    return publicUrl ?? new URL(c.req.url).origin
  }
}

function favicon(): Response {
  return new Response(FAVICON, {
    headers: {
      ...RAW_SECURITY_HEADERS,
      'content-type': 'image/svg+xml',
      'content-length': String(Buffer.byteLength(FAVICON)),
      'cache-control': 'public, max-age=86400',
    },
  })
}

function answer(
  status: number,
  type: string,
  body: string,
  headers: Record<string, string> = {},
): Response {
  return new Response(body, {
    status,
    headers: {
      ...ANSWER_HEADERS,
      'content-type': type,
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
  })
}

/** What a failure means to a writer: reading goes on without any of this. */
function explainWith(contact: string | null) {
  return function explain(error: unknown): Problem {
    if (error instanceof DatabaseError) {
      if (error.full) return problems.full(error)
      const options = { stillWorks: 'reading', cause: error } as const
      return problems.unavailable('the database is away', options)
    }
    const problem = toProblem(error)
    return problem.status === 451 ? problems.gone('removed', contact) : problem
  }
}

function only(...allowed: string[]) {
  return (c: Context): never => {
    throw problems.methodNotAllowed(c.req.method, allowed)
  }
}

function rejectRest(): never {
  throw problems.notFound()
}

/** RFC 6750: the scheme is written in any case. */
function bearer(authorization: string | undefined): string | undefined {
  return authorization?.match(/^bearer +(\S+) *$/i)?.[1]
}
