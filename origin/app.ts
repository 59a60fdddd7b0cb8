import { type Context, Hono } from 'hono'
import type { Clock } from '../shared/clock.ts'
import type { Ids } from '../shared/id.ts'
import { createFaces } from '../shared/http/faces.ts'
import { createRoute, header, type Observe } from '../shared/http/handle.ts'
import { RAW_SECURITY_HEADERS } from '../shared/http/headers.ts'
import { chooseFace } from '../shared/http/negotiate.ts'
import { type Problem, problems, toProblem } from '../shared/http/problems.ts'
import { respond } from '../shared/http/respond.ts'
import { answerText } from './answer.ts'
import type { CreatedPaste, CreatePaste, NewPaste } from './create.ts'
import { DatabaseError } from './database.ts'
import type { OpenPaste } from './open.ts'
import type { UploadLimits } from './options.ts'
import { FAVICON } from './pages/favicon.ts'
import { renderUsage } from './pages/usage.ts'
import type { RemovePaste } from './remove.ts'
import { addApiRoutes, renderApiProblem } from './routes/api.ts'
import { addCreateRoutes } from './routes/create.ts'
import { addDialectRoutes, renderHasteProblem } from './routes/dialects.ts'
import { addRemoveRoutes } from './routes/remove.ts'
import { only } from './routes/tools.ts'
import type { Tokens } from './tokens.ts'
import { createUploadReader } from './upload.ts'
import { createWriteGuard } from './write-guard.ts'

/** The origin over HTTP: everything that writes. */

export interface OriginAppOptions {
  ids: Pick<Ids, 'verify'>
  tokens: Pick<Tokens, 'verify'>
  createPaste: CreatePaste
  removePaste: RemovePaste
  openPaste: OpenPaste
  limits: UploadLimits
  /** Of which writing needs one; null: anybody may write. */
  writeTokens: readonly string[] | null
  clock: Pick<Clock, 'now'>
  observe: Observe
  /** What links begin with, or null: the request's own origin. */
  publicUrl: string | null
  contact: string | null
}

export function createOriginApp(options: OriginAppOptions): Hono {
  const { ids, createPaste, openPaste, limits, publicUrl, observe } = options
  const explain = explainWith(options.contact)
  const route = createRoute({ observe, explain })
  const hasteRoute = createRoute({ observe, explain, render: renderHasteProblem })
  const apiRoute = createRoute({ observe, explain, render: renderApiProblem })
  const guard = createWriteGuard(options.writeTokens)
  const uploads = createUploadReader({ limits, guard, clock: options.clock })
  const tools = { route, baseUrl, idOf, uploads, create }
  const app = new Hono()

  app.get('/', route('usage', usage))
  app.get('/favicon.svg', route('favicon', favicon))
  addDialectRoutes(app, { ...tools, hasteRoute })
  addCreateRoutes(app, tools)
  const remove = addRemoveRoutes(app, { ...options, ...tools })
  addApiRoutes(app, { ...tools, apiRoute, remove })
  app.all('/:id', route('paste', only('GET', 'HEAD', 'POST', 'PUT', 'DELETE')))
  app.post('/:id/open', route('open', open))
  app.all('/:id/open', route('open', only('POST')))
  app.all('/raw/:id', route('raw', only('GET', 'HEAD')))
  app.all('*', route('none', rejectRest))
  return app

  /** Every paste passes here, whichever way in it came. */
  function create(_c: Context, paste: NewPaste): Promise<CreatedPaste> {
    return createPaste(paste)
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
    return answerText(200, renderUsage(baseUrl(c), limits))
  }

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

function rejectRest(): never {
  throw problems.notFound()
}
