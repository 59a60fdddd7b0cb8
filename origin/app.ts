import { type Context, Hono } from 'hono'
import type { Clock } from '../shared/clock.ts'
import type { Ids } from '../shared/id.ts'
import { createRoute, faceOf, type Observe } from '../shared/http/handle.ts'
import { RAW_SECURITY_HEADERS } from '../shared/http/headers.ts'
import { createExplain, type Problem, problems } from '../shared/http/problems.ts'
import { PAGE_SECURITY_HEADERS } from '../shared/pages/layout.ts'
import { type Admit, admitAnyone } from './admit.ts'
import { answer, answerText } from './answer.ts'
import type { CreatePaste, NewPaste } from './create.ts'
import { DatabaseError } from './database.ts'
import { createOwnerCheck } from './delete-token.ts'
import { readIdempotency } from './idempotency.ts'
import { addManageRoutes } from './manage.ts'
import { sendOnce } from './once.ts'
import type { OpenPaste } from './open.ts'
import type { UploadLimits } from './options.ts'
import { renderEditorPage } from './pages/editor.ts'
import { FAVICON } from './pages/favicon.ts'
import { renderUsage } from './pages/usage.ts'
import { createPathId } from './path-id.ts'
import type { RemovePaste } from './remove.ts'
import { addApiRoutes, renderApiProblem } from './routes/api.ts'
import { addCreateRoutes } from './routes/create.ts'
import { addDialectRoutes, toHasteProblem } from './routes/dialects.ts'
import { addRemoveRoutes } from './routes/remove.ts'
import { type Made, nothingFor, only } from './routes/tools.ts'
import type { ReadStatus } from './status.ts'
import type { FindStatus } from './status-query.ts'
import type { Tokens } from './tokens.ts'
import { createUploadReader } from './upload.ts'
import { createSecurityText, robots } from './well-known.ts'
import { createWriteGuard } from './write-guard.ts'

/** The origin over HTTP: everything that writes. */

export interface OriginAppOptions {
  ids: Pick<Ids, 'verify'>
  tokens: Pick<Tokens, 'verify'>
  createPaste: CreatePaste
  /** None: no limit. */
  admit?: Admit
  removePaste: RemovePaste
  openPaste: OpenPaste
  readStatus: ReadStatus
  findStatus: FindStatus
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
  const explainHaste = (error: unknown) => toHasteProblem(explain(error))
  const hasteRoute = createRoute({ observe, explain: explainHaste })
  const apiRoute = createRoute({ observe, explain, render: renderApiProblem })
  const guard = createWriteGuard(options.writeTokens)
  const uploads = createUploadReader({ limits, guard, clock: options.clock })
  const idOf = createPathId(ids)
  const ownedId = createOwnerCheck(options)
  const tools = { route, baseUrl, idOf, ownedId, uploads, create }
  const app = new Hono()

  app.get('/', route('usage', usage))
  app.get('/favicon.svg', route('favicon', favicon))
  app.get('/robots.txt', route('robots', robots))
  app.get('/.well-known/security.txt', route('security', createSecurityText(options)))
  addDialectRoutes(app, { ...tools, hasteRoute })
  addCreateRoutes(app, tools)
  const remove = addRemoveRoutes(app, { ...options, ...tools })
  addApiRoutes(app, { ...options, ...tools, apiRoute, remove })
  addManageRoutes(app, route, { ...options, baseUrl })
  app.all('/:id', route('paste', only('GET', 'HEAD', 'POST', 'PUT', 'DELETE')))
  app.post('/:id/open', route('open', open))
  app.all('/:id/open', route('open', only('POST')))
  app.all('/raw/:id', route('raw', only('GET', 'HEAD')))
  app.all('*', route('none', nothingFor('GET', 'HEAD', 'POST', 'PUT', 'DELETE')))
  return app

  /** Every paste passes here, whichever way in it came; nobody's body is read before. */
  async function create(c: Context, read: () => Promise<NewPaste>): Promise<Made> {
    const { client, headers } = (options.admit ?? admitAnyone)(c)
    const paste = await read()
    const created = await createPaste(paste, readIdempotency(c, { client, paste }))
    return { ...created, headers }
  }

  async function open(c: Context): Promise<Response> {
    const record = await openPaste(idOf(c))
    return sendOnce(c, record, { base: baseUrl(c), fixed: publicUrl !== null })
  }

  function usage(c: Context): Response {
    if (faceOf(c) !== 'html') {
      return answerText(200, renderUsage(baseUrl(c), limits), HOME_HEADERS)
    }
    const page = renderEditorPage({ limits, needsToken: options.writeTokens !== null })
    const headers = { ...PAGE_SECURITY_HEADERS, ...HOME_HEADERS }
    return answer(200, 'text/html; charset=utf-8', page, headers)
  }

  function baseUrl(c: Context): string {
    return publicUrl ?? new URL(c.req.url).origin
  }
}

/** One link with two faces: whoever keeps one must not hand it to who wants the other. */
const HOME_HEADERS = { vary: 'Accept, User-Agent' }

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
  const explainOther = createExplain(contact)
  return function explain(error: unknown): Problem {
    if (!(error instanceof DatabaseError)) return explainOther(error)
    if (error.full) return problems.full(error)
    const options = { stillWorks: 'reading', cause: error } as const
    return problems.unavailable('the database is away', options)
  }
}
