import { CORS_HEADERS, RAW_SECURITY_HEADERS } from '../shared/http/headers.ts'

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
  headers: Record<string, string> = {},
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

export function answerJson(value: object): Response {
  return answer(200, 'application/json', `${JSON.stringify(value)}\n`)
}
