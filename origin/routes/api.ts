import type { Context, Hono } from 'hono'
import type { Route } from '../../shared/http/handle.ts'
import {
  type Problem,
  problems,
  renderProblem,
  type RenderOptions,
} from '../../shared/http/problems.ts'
import { answerJson, createdHeaders } from '../answer.ts'
import type { UploadReader } from '../upload.ts'
import { type Create, only, type RouteTools } from './tools.ts'

/** The JSON API. */

export interface ApiRoutesOptions extends Pick<RouteTools, 'baseUrl'> {
  /** Answers errors by `renderApiProblem`. */
  apiRoute: Route
  uploads: Pick<UploadReader, 'json'>
  create: Create
  /** Deletes the paste of the path's `:id`. */
  remove(c: Context): Promise<Response>
}

export function addApiRoutes(app: Hono, options: ApiRoutesOptions): void {
  const { apiRoute, baseUrl, uploads, create, remove } = options

  app.post('/api/pastes', apiRoute('api-create', post))
  app.all('/api/pastes', apiRoute('api-create', only('POST')))
  app.delete('/api/pastes/:id', apiRoute('api-delete', remove))
  app.all('/api/pastes/:id', apiRoute('api-paste', only('DELETE')))
  app.all(
    '/api/*',
    apiRoute('none', () => {
      throw problems.notFound()
    }),
  )

  async function post(c: Context): Promise<Response> {
    const base = baseUrl(c)
    const created = await create(c, await uploads.json(c, { url: base }))
    const { id, expiresAt } = created.head
    const url = `${base}/${id}`
    const body = {
      id,
      url,
      rawUrl: `${base}/raw/${id}`,
      expiresAt: new Date(expiresAt).toISOString(),
      deleteToken: created.deleteToken,
    }
    return answerJson(201, `${JSON.stringify(body)}\n`, createdHeaders(created, url))
  }
}

/** Problem details (RFC 9457), whoever asks. */
export function renderApiProblem(problem: Problem, options: RenderOptions): Response {
  return renderProblem(problem, { ...options, face: 'json' })
}
