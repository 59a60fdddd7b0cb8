import type { Context, Hono } from 'hono'
import type { Route } from '../../shared/http/handle.ts'
import { type Problem, renderProblem, type RenderOptions } from '../../shared/http/problems.ts'
import { answerJson, answerText, createdHeaders } from '../answer.ts'
import type { UploadReader } from '../upload.ts'
import { type Create, only, type RouteTools } from './tools.ts'

/** What clients of haste and of bytebin say, and the bodies that they look for in an answer. */

export interface DialectRoutesOptions extends Pick<RouteTools, 'route' | 'baseUrl'> {
  /** Answers errors by `renderHasteProblem`. */
  hasteRoute: Route
  uploads: Pick<UploadReader, 'raw' | 'multipart'>
  create: Create
}

export function addDialectRoutes(app: Hono, options: DialectRoutesOptions): void {
  const { route, hasteRoute, baseUrl, uploads, create } = options

  app.post('/documents', hasteRoute('haste', postDocument))
  app.all('/documents', hasteRoute('haste', only('POST')))
  app.all('/documents/:id', hasteRoute('haste', only('GET', 'HEAD')))
  app.post('/post', route('bytebin', post))
  app.put('/post', route('bytebin', put))
  app.all('/post', route('bytebin', only('POST', 'PUT')))

  async function postDocument(c: Context): Promise<Response> {
    const url = baseUrl(c)
    const created = await create(c, () => uploads.multipart(c, { url }))
    const { id } = created.head
    return answerJson(200, keyBody(id), createdHeaders(created, `${url}/${id}`))
  }

  async function post(c: Context): Promise<Response> {
    const created = await create(c, () => uploads.raw(c, { url: baseUrl(c) }))
    const { id } = created.head
    return answerJson(201, keyBody(id), createdHeaders(created, id))
  }

  async function put(c: Context): Promise<Response> {
    const url = baseUrl(c)
    const created = await create(c, () => uploads.raw(c, { url }))
    const link = `${url}/${created.head.id}`
    return answerText(201, `${link}\n`, createdHeaders(created, link))
  }
}

function keyBody(id: string): string {
  return JSON.stringify({ key: id })
}

/** Haste's clients know one body of errors, and 400 for what is too long. */
export function renderHasteProblem(problem: Problem, options: RenderOptions): Response {
  const tooLong = problem.status === 413
  const message = tooLong
    ? 'Document exceeds maximum length.'
    : `${problem.message}; ${problem.hint}`
  const body = JSON.stringify({ message })
  const { headers } = renderProblem(problem, { ...options, face: 'json' })
  headers.set('content-type', 'application/json')
  headers.set('content-length', String(Buffer.byteLength(body)))
  return new Response(options.head === true ? null : body, {
    status: tooLong ? 400 : problem.status,
    headers,
  })
}
