import type { Context } from 'hono'
import { chooseFace, type Face } from './negotiate.ts'
import { type Problem, type RenderOptions, renderProblem, toProblem } from './problems.ts'
import { requestId } from './request-id.ts'

/**
 * What stands around every route of edge and origin: one outermost catch, one observation. It is
 * no middleware, since even an idle one would cost a tenth of a memory hit.
 */

/** What happened to one request; nothing in it was made up by a client but the id. */
export interface Observation {
  method: string
  /** The route's name, from a closed set. */
  route: string
  status: number
  durationMs: number
  /** Made on demand: most requests are never written about. */
  requestId: () => string
  /** What a 5xx hides from the client. */
  cause?: unknown
}

export type Observe = (observation: Observation) => void

export interface RouteOptions {
  observe: Observe
  /** Knows more errors than the shared table. */
  explain?: (error: unknown) => Problem
  /** In place of the ordinary answer, for those who speak to clients with bodies of their own. */
  render?: (problem: Problem, options: RenderOptions) => Response
}

/** @param begun when the request came, as performance.now() has it */
export type Handler = (c: Context, begun: number) => Response | Promise<Response>
export type Route = (name: string, handler: Handler) => (c: Context) => Response | Promise<Response>

export function createRoute({
  observe,
  explain = toProblem,
  render = renderProblem,
}: RouteOptions): Route {
  return (name, handler) =>
    function handle(c) {
      const begun = performance.now()
      try {
        const response = handler(c, begun)
        if (!(response instanceof Promise)) return finish(c, name, begun, response)
        return response.then(
          (answer) => finish(c, name, begun, answer),
          (error: unknown) => fail(c, name, begun, error),
        )
      } catch (error) {
        return fail(c, name, begun, error)
      }
    }

  function finish(c: Context, route: string, begun: number, response: Response): Response {
    observe({
      method: c.req.method,
      route,
      status: response.status,
      durationMs: performance.now() - begun,
      requestId: () => requestId(header(c, 'x-request-id')),
    })
    return response
  }

  function fail(c: Context, route: string, begun: number, error: unknown): Response {
    const problem = explain(error)
    const id = requestId(header(c, 'x-request-id'))
    observe({
      method: c.req.method,
      route,
      status: problem.status,
      durationMs: performance.now() - begun,
      requestId: () => id,
      ...(problem.status >= 500 ? { cause: problem.cause ?? problem } : {}),
    })
    const face = faceOf(c)
    return render(problem, { face, requestId: id, head: c.req.method === 'HEAD' })
  }
}

/**
 * A request header by its lower-case name. Node's own parse is asked where there is one: building
 * a Headers costs a tenth of a memory hit.
 */
export function header(c: Context, name: string): string | undefined {
  const incoming = (
    c.env as { incoming?: { headers?: NodeJS.Dict<string | string[]> } } | undefined
  )?.incoming
  if (incoming?.headers === undefined) return c.req.raw.headers.get(name) ?? undefined
  const value = incoming.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/** The face that a request asks for. */
export function faceOf(c: Context): Face {
  return chooseFace(header(c, 'accept'), header(c, 'user-agent'))
}
