import type { Context } from 'hono'
import { problems } from '../shared/http/problems.ts'
import type { Ids } from '../shared/id.ts'

/** The id in a path. @throws Problem 404 for what was never made here, whatever else was sent */
export type PathId = (c: Context) => string

export function createPathId(ids: Pick<Ids, 'verify'>): PathId {
  return function pathId(c) {
    const id = c.req.param('id') ?? ''
    if (!ids.verify(id)) throw problems.notFound()
    return id
  }
}
