import type { Context } from 'hono'
import { header, type Route } from '../../shared/http/handle.ts'
import { answerOptions } from '../../shared/http/options.ts'
import { problems } from '../../shared/http/problems.ts'
import type { CreatedPaste, NewPaste } from '../create.ts'
import type { PathId } from '../path-id.ts'

/** What routes are made with. */

/**
 * The one way through which every paste is made, whichever dialect asked for it.
 * @param read reads the upload, once it is known that the client may make one
 */
export type Create = (c: Context, read: () => Promise<NewPaste>) => Promise<Made>

export interface Made extends CreatedPaste {
  /** What the client's limit is, and what is left of it. */
  headers: Readonly<Record<string, string>>
}

export interface RouteTools {
  route: Route
  /** What links begin with, without a slash at the end. */
  baseUrl(c: Context): string
  idOf: PathId
}

/** Answers a method that is not among those, and OPTIONS for them. */
export function only(...allowed: string[]) {
  return (c: Context): Response => {
    if (c.req.method === 'OPTIONS') return answerOptions(requestedMethod(c), allowed)
    throw problems.methodNotAllowed(c.req.method, allowed)
  }
}

/** Answers where nothing is: 404, and OPTIONS for these methods. */
export function nothingFor(...allowed: string[]) {
  return (c: Context): Response => {
    if (c.req.method === 'OPTIONS') return answerOptions(requestedMethod(c), allowed)
    throw problems.notFound()
  }
}

/** What a preflight asks for. */
function requestedMethod(c: Context): string | undefined {
  return header(c, 'access-control-request-method')
}
