import { CORS_HEADERS, RAW_SECURITY_HEADERS } from '../shared/http/headers.ts'
import type { Made } from './routes/tools.ts'

/** Nothing that a writer is told is kept by anyone on the way. */
const ANSWER_HEADERS = {
  ...RAW_SECURITY_HEADERS,
  ...CORS_HEADERS,
  'cache-control': 'no-store',
} as const

/** @param headers lower-case names; they win */
export function answer(
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, {
    status,
    headers: {
      ...ANSWER_HEADERS,
      'content-type': type,
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
  })
}

export function answerText(status: number, body: string, headers?: Record<string, string>) {
  return answer(status, 'text/plain; charset=utf-8', body, headers)
}

export function answerJson(status: number, body: string, headers?: Record<string, string>) {
  return answer(status, 'application/json', body, headers)
}

/** An object as JSON, on a line. */
export function answerObject(status: number, value: object, headers?: Record<string, string>) {
  return answerJson(status, `${JSON.stringify(value)}\n`, headers)
}

/** On every answer to who made a paste. */
export function createdHeaders({ head, deleteToken, headers }: Made, location: string) {
  return {
    ...headers,
    location,
    'x-token': deleteToken,
    'x-expires': String(head.expiresAt),
  }
}
