import type { Context, Hono } from 'hono'
import { header, type Route } from '../shared/http/handle.ts'
import { Problem, problems } from '../shared/http/problems.ts'
import type { Ids } from '../shared/id.ts'
import { PAGE_SECURITY_HEADERS } from '../shared/pages/layout.ts'
import { readBytes } from './body.ts'
import { type ManagePage, renderManagePage, renderTokenPage } from './pages/manage.ts'
import { createPathId } from './path-id.ts'
import type { RemovePaste } from './remove.ts'
import { only } from './routes/tools.ts'
import type { FindStatus } from './status-query.ts'
import type { Tokens } from './tokens.ts'

/**
 * `/ID/manage`, for who made the paste. Its delete token is in a cookie of that path alone, which
 * no other site's request carries (SameSite=Strict): that, and not the Origin header, which
 * `Referrer-Policy: no-referrer` makes null, keeps others from deleting.
 */

export interface ManageOptions {
  ids: Pick<Ids, 'verify'>
  tokens: Pick<Tokens, 'verify'>
  findStatus: FindStatus
  removePaste: RemovePaste
  /** What links begin with. */
  baseUrl: (c: Context) => string
}

/** A token and the names around it are far below this. */
const MAX_FORM_BYTES = 4096

export function addManageRoutes(app: Hono, route: Route, options: ManageOptions): void {
  const { ids, tokens, findStatus, removePaste, baseUrl } = options
  const idOf = createPathId(ids)
  app.get('/:id/manage', unkept(route('manage', show)))
  app.post('/:id/manage', unkept(route('manage', act)))
  app.all('/:id/manage', unkept(route('manage', only('GET', 'HEAD', 'POST'))))

  async function show(c: Context): Promise<Response> {
    const id = idOf(c)
    return answerPage(c, id, ownerToken(tokens, c, id), null)
  }

  async function act(c: Context): Promise<Response> {
    const id = idOf(c)
    const form = await readForm(c)
    const given = form.get('token')?.trim()
    if (given !== undefined) return enter(c, id, given)
    const token = ownerToken(tokens, c, id)
    if (!form.has('delete')) throw new Problem(400, 'bad form', 'send token=… or delete=1')
    return answerPage(c, id, token, await removePaste(id, 'deleted'))
  }

  function enter(c: Context, id: string, token: string): Response {
    if (!tokens.verify(id, token)) throw needsToken(id, true)
    const cookie = manageCookie(id, token, baseUrl(c))
    return new Response(null, {
      status: 303,
      headers: { ...PAGE_SECURITY_HEADERS, location: managePath(id), 'set-cookie': cookie },
    })
  }

  async function answerPage(
    c: Context,
    id: string,
    token: string,
    deletion: ManagePage['deletion'],
  ): Promise<Response> {
    const status = await findStatus(id)
    return answer(renderManagePage({ id, base: baseUrl(c), token, status, deletion }))
  }
}

/** @throws Problem 403 */
function ownerToken(tokens: Pick<Tokens, 'verify'>, c: Context, id: string): string {
  const sent = tokensOf(header(c, 'cookie'))
  const token = sent.find((each) => tokens.verify(id, each))
  if (token === undefined) throw needsToken(id, sent.length > 0)
  return token
}

function answer(page: string): Response {
  return new Response(page, {
    headers: {
      ...PAGE_SECURITY_HEADERS,
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(Buffer.byteLength(page)),
    },
  })
}

function managePath(id: string): string {
  return `/${id}/manage`
}

/** A Set-Cookie that lets a browser manage one paste. @param base what links begin with */
export function manageCookie(id: string, token: string, base: string): string {
  const { pathname, protocol } = new URL(base)
  const path = `${pathname === '/' ? '' : pathname}${managePath(id)}`
  const cookie = `token=${token}; Path=${path}; HttpOnly; SameSite=Strict`
  return protocol === 'https:' ? `${cookie}; Secure` : cookie
}

/** Nobody keeps any of it, errors included: it shows the token, and it changes. */
function unkept(handle: ReturnType<Route>): ReturnType<Route> {
  return async function handleUnkept(c) {
    const response = await handle(c)
    response.headers.set('cache-control', 'no-store')
    response.headers.set('x-robots-tag', 'noindex')
    return response
  }
}

function needsToken(id: string, wrong: boolean): Problem {
  const { status, message, hint } = problems.wrongToken()
  return new Problem(status, wrong ? message : 'no delete token', hint, {
    page: (requestId) => renderTokenPage({ id, wrong, requestId }),
  })
}

function tokensOf(cookies: string | undefined): string[] {
  const pairs = cookies?.split(';').map((pair) => pair.trim()) ?? []
  return pairs.filter((pair) => pair.startsWith('token=')).map((pair) => pair.slice(6))
}

/** @throws Problem 400, 413, 415 */
async function readForm(c: Context): Promise<URLSearchParams> {
  return new URLSearchParams((await readBytes(c, MAX_FORM_BYTES)).toString())
}
