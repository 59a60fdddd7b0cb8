import type { Context } from 'hono'
import { createFaces, type Form } from '../shared/http/faces.ts'
import { faceOf, header } from '../shared/http/handle.ts'
import { type Links, respondJson } from '../shared/http/json-faces.ts'
import { problems } from '../shared/http/problems.ts'
import { type ReadRequest, respond, type Served } from '../shared/http/respond.ts'
import { MAX_SHOWN_BYTES } from '../shared/pages/paste.ts'
import type { RecordHead } from '../shared/record.ts'
import type { OpenedPaste } from './open.ts'

/** A paste that was opened, in the face asked for: whole, without a validator, kept by nobody. */
export async function sendOnce(c: Context, record: OpenedPaste, links: Links): Promise<Response> {
  const face = faceOf(c)
  const form = face === 'html' ? pageForm(record.head) : face
  const request: ReadRequest = {
    head: false,
    form,
    acceptEncoding: header(c, 'accept-encoding'),
    ifNoneMatch: undefined,
    range: undefined,
    ifRange: undefined,
  }
  const served: Served = {
    record,
    faces: createFaces(),
    keep: false,
    cacheStatus: 'ledge-origin; fwd=method',
    accelSeconds: 0,
    openBody: () => Promise.reject(problems.internal()),
  }
  const sent = form === 'json' ? respondJson(request, served, links) : respond(request, served)
  const response = await sent
  // It may be the only copy there will ever be.
  for (const name of ['etag', 'accept-ranges', 'x-accel-expires']) response.headers.delete(name)
  response.headers.set('cache-control', 'no-store')
  return response
}

/** What no page shows is handed over as a file: there is no second chance to fetch it. */
function pageForm({ text, size }: RecordHead): Form {
  return text && size <= MAX_SHOWN_BYTES ? 'html' : 'download'
}
