import type { Context, Hono } from 'hono'
import type { Route } from '../../shared/http/handle.ts'
import { Problem } from '../../shared/http/problems.ts'
import { answerJson, answerText, createdHeaders } from '../answer.ts'
import type { UploadReader } from '../upload.ts'
import { type Create, only, type RouteTools } from './tools.ts'

/** What clients of haste and of bytebin say, and the bodies that they look for in an answer. */

export interface DialectRoutesOptions extends Pick<RouteTools, 'route' | 'baseUrl'> {
  /** Explains errors by `toHasteProblem`. */
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
export function toHasteProblem({ status, message, hint, headers, cause }: Problem): Problem {
  const tooLong = status === 413
  const told = tooLong ? 'Document exceeds maximum length.' : `${message}; ${hint}`
  return new Problem(tooLong ? 400 : status, message, hint, {
    headers,
    cause,
    body: { message: told },
  })
}
