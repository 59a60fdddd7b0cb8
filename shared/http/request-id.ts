import { randomUUID } from 'node:crypto'

const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/

/** The id that a request is known by in logs and answers: the caller's X-Request-Id, or a UUID. */
export function requestId(header: string | undefined): string {
  return header !== undefined && REQUEST_ID.test(header) ? header : randomUUID()
}
