import { type Context, Hono } from 'hono'
import type { Clock } from '../shared/clock.ts'
import type { Ids } from '../shared/id.ts'
import { createRoute, header, type Observe } from '../shared/http/handle.ts'
import { RAW_SECURITY_HEADERS } from '../shared/http/headers.ts'
import { chooseFace } from '../shared/http/negotiate.ts'
import { answerOptions } from '../shared/http/options.ts'
import { type Problem, problems, toProblem } from '../shared/http/problems.ts'
import { PAGE_SECURITY_HEADERS } from '../shared/pages/layout.ts'
import { answer, answerJson } from './answer.ts'
import type { CreatePaste } from './create.ts'
import { DatabaseError } from './database.ts'
import { createOwnerCheck } from './delete-token.ts'
import { sendOnce } from './once.ts'
import type { OpenPaste } from './open.ts'
import { addManageRoutes } from './manage.ts'
import { type EditorPage, renderEditorPage } from './pages/editor.ts'
import { FAVICON } from './pages/favicon.ts'
import { renderUsage } from './pages/usage.ts'
import type { RemovePaste } from './remove.ts'
import type { ReadStatus } from './status.ts'
import type { FindStatus } from './status-query.ts'
import type { Tokens } from './tokens.ts'
import { readUpload, type UploadLimits } from './upload.ts'
import { createSecurityText, robots } from './well-known.ts'

/** The origin over HTTP: everything that writes. */

export interface OriginAppOptions {
  ids: Pick<Ids, 'verify'>
  tokens: Pick<Tokens, 'verify'>
  createPaste: CreatePaste
  removePaste: RemovePaste
  openPaste: OpenPaste
  readStatus: ReadStatus
  limits: UploadLimits
  clock: Pick<Clock, 'now'>
  observe: Observe
  /** What links begin with, or null: the request's own origin. */
  publicUrl: string | null
  contact: string | null
  findStatus: FindStatus
  /** True when making a paste takes a token. */
  needsToken?: boolean
}

const EVERY_METHOD = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const

export function createOriginApp(options: OriginAppOptions): Hono {
  const { ids, createPaste, removePaste, openPaste, readStatus, limits, publicUrl } = options
  const ownedId = createOwnerCheck(options)
  const route = createRoute({ observe: options.observe, explain: explainWith(options.contact) })
  const app = new Hono()

  app.get('/', route('usage', usage))
  app.get('/favicon.svg', route('favicon', favicon))
  app.get('/robots.txt', route('robots', robots))
  app.get('/.well-known/security.txt', route('security', createSecurityText(options)))
  app.get(
    '/api/pastes/:id',
    route('status', async (c) => answerJson(await readStatus(ownedId(c)))),
  )
  app.delete('/api/pastes/:id', route('delete', remove))
  app.all('/api/pastes/:id', route('status', only('GET', 'HEAD', 'DELETE')))
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
  addManageRoutes(app, route, { ...options, baseUrl })
  app.all('/raw/:id', route('raw', only('GET', 'HEAD')))
  app.all('*', route('none', rejectRest))
  return app

  async function create(c: Context, name: string | null): Promise<Response> {
    const base = baseUrl(c)
    const paste = await readUpload(c, limits, { name, url: base })
    const { head, deleteToken } = await createPaste(paste)
    const url = `${base}/${head.id}`
    return answer(201, 'text/plain; charset=utf-8', `${url}\n`, {
      location: url,
      'x-token': deleteToken,
      'x-expires': String(head.expiresAt),
    })
  }

  async function remove(c: Context): Promise<Response> {
    const id = ownedId(c)
    const { propagated } = await removePaste(id, 'deleted')
    return answerJson({ id, propagated })
  }

  async function open(c: Context): Promise<Response> {
    const record = await openPaste(idOf(c))
    return sendOnce(c, record, { base: baseUrl(c), fixed: publicUrl !== null })
  }

  function usage(c: Context): Response {
    if (chooseFace(header(c, 'accept'), header(c, 'user-agent')) === 'html')
      return answerEditor({ limits, needsToken: options.needsToken ?? false })
    return answer(200, 'text/plain; charset=utf-8', renderUsage(baseUrl(c), limits), HOME_HEADERS)
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

/** One link with two faces: whoever keeps one must not hand it to who wants the other. */
const HOME_HEADERS = { vary: 'Accept, User-Agent' } as const

function answerEditor(page: EditorPage): Response {
  const headers = { ...PAGE_SECURITY_HEADERS, ...HOME_HEADERS }
  return answer(200, 'text/html; charset=utf-8', renderEditorPage(page), headers)
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

function only(...allowed: string[]) {
  return (c: Context): Response => {
    if (c.req.method === 'OPTIONS') return answerOptions(requestedMethod(c), allowed)
    throw problems.methodNotAllowed(c.req.method, allowed)
  }
}

function requestedMethod(c: Context): string | undefined {
  return header(c, 'access-control-request-method')
}

function rejectRest(c: Context): Response {
  if (c.req.method === 'OPTIONS') return answerOptions(requestedMethod(c), EVERY_METHOD)
  throw problems.notFound()
}
