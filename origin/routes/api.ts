import type { Context, Hono } from 'hono'
import type { Route } from '../../shared/http/handle.ts'
import { type Problem, renderProblem, type RenderOptions } from '../../shared/http/problems.ts'
import { answerObject, createdHeaders } from '../answer.ts'
import type { OwnedId } from '../delete-token.ts'
import type { ReadStatus } from '../status.ts'
import type { UploadReader } from '../upload.ts'
import { type Create, nothingFor, only, type RouteTools } from './tools.ts'

/** The JSON API. */

export interface ApiRoutesOptions extends Pick<RouteTools, 'baseUrl'> {
  /** Answers errors by `renderApiProblem`. */
  apiRoute: Route
  uploads: Pick<UploadReader, 'json'>
  create: Create
  ownedId: OwnedId
  readStatus: ReadStatus
  /** Deletes the paste of the path's `:id`. */
  remove(c: Context): Promise<Response>
}

export function addApiRoutes(app: Hono, options: ApiRoutesOptions): void {
  const { apiRoute, baseUrl, uploads, create, remove, ownedId, readStatus } = options

  app.post('/api/pastes', apiRoute('api-create', post))
  app.all('/api/pastes', apiRoute('api-create', only('POST')))
  app.delete('/api/pastes/:id', apiRoute('api-delete', remove))
  app.get('/api/pastes/:id', apiRoute('api-status', status))
  app.all('/api/pastes/:id', apiRoute('api-paste', only('GET', 'HEAD', 'DELETE')))
  app.all('/api/*', apiRoute('none', nothingFor('GET', 'POST')))

  async function status(c: Context): Promise<Response> {
    return answerObject(200, await readStatus(ownedId(c)))
  }

  async function post(c: Context): Promise<Response> {
    const base = baseUrl(c)
    const created = await create(c, () => uploads.json(c, { url: base }))
    const { id, expiresAt } = created.head
    const url = `${base}/${id}`
    const body = {
      id,
      url,
      rawUrl: `${base}/raw/${id}`,
      expiresAt: new Date(expiresAt).toISOString(),
      deleteToken: created.deleteToken,
    }
    return answerObject(201, body, createdHeaders(created, url))
  }
}

/** Problem details (RFC 9457), whoever asks. */
export function renderApiProblem(problem: Problem, options: RenderOptions): Response {
  return renderProblem(problem, { ...options, face: 'json' })
}
