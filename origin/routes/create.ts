import type { Context, Hono } from 'hono'
import { answer, answerText, createdHeaders } from '../answer.ts'
import { manageCookie } from '../manage.ts'
import type { MixedUpload, UploadReader } from '../upload.ts'
import { type Create, only, type RouteTools } from './tools.ts'

/** Ledge's own way in: a raw body, or what forms and the clients of other pastebins send. */

export interface CreateRoutesOptions extends Pick<RouteTools, 'route' | 'baseUrl'> {
  uploads: Pick<UploadReader, 'raw' | 'mixed'>
  create: Create
}

export function addCreateRoutes(app: Hono, options: CreateRoutesOptions): void {
  const { route, baseUrl, uploads, create } = options

  app.post('/', route('create', post))
  app.put(
    '/',
    route('create', (c) => put(c, null)),
  )
  app.all('/', route('create', only('GET', 'HEAD', 'POST', 'PUT')))
  app.put(
    '/:name',
    route('create', (c) => put(c, c.req.param('name') ?? null)),
  )

  async function put(c: Context, name: string | null): Promise<Response> {
    const url = baseUrl(c)
    const created = await create(c, () => uploads.raw(c, { name, url }))
    const link = `${url}/${created.head.id}`
    return answerText(201, `${link}\n`, createdHeaders(created, link))
  }

  async function post(c: Context): Promise<Response> {
    const url = baseUrl(c)
    const seen: Pick<MixedUpload, 'kind'> = { kind: 'raw' }
    const created = await create(c, async () => {
      const upload = await uploads.mixed(c, { url })
      seen.kind = upload.kind
      return upload.paste
    })
    const link = `${url}/${created.head.id}`
    if (seen.kind !== 'editor') {
      return answerText(seen.kind === 'raw' ? 201 : 200, `${link}\n`, createdHeaders(created, link))
    }
    return answer(303, 'text/plain; charset=utf-8', `${link}\n`, {
      ...createdHeaders(created, `${link}/manage`),
      'set-cookie': manageCookie(created.head.id, created.deleteToken, url),
    })
  }
}
