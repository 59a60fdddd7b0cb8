import type { Context } from 'hono'
import type { Route } from '../../shared/http/handle.ts'
import { problems } from '../../shared/http/problems.ts'
import type { CreatedPaste, NewPaste } from '../create.ts'

/** What routes are made with. */

/** The one way through which every paste is made, whichever dialect asked for it. */
export type Create = (c: Context, paste: NewPaste) => Promise<CreatedPaste>

export interface RouteTools {
  route: Route
  /** What links begin with, without a slash at the end. */
  baseUrl(c: Context): string
  /** @throws Problem 404 for what was never made here, whatever else was sent */
  idOf(c: Context): string
}

/** Answers a method that is not among those. */
export function only(...allowed: string[]) {
  return (c: Context): never => {
    throw problems.methodNotAllowed(c.req.method, allowed)
  }
}
