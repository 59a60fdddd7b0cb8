import assert from 'node:assert/strict'
import type { Fetch } from '../../shared/http/serve.ts'
import type { TestSystem } from './system.ts'

/** Talks to an app as a client does, without a socket. */

export const CURL = { 'user-agent': 'curl/8.14.1', accept: '*/*' }
export const JSON_CLIENT = { 'user-agent': 'node', accept: 'application/json' }
export const BROWSER = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
}

export interface Call {
  method?: string
  headers?: Record<string, string>
  body?: Uint8Array | string | ReadableStream
}

export function ask(app: Fetch, path: string, call: Call = {}): Promise<Response> {
  const { method = 'GET', headers = {}, body = null } = call
  const request = new Request(`http://ledge.test${path}`, {
    method,
    headers: { ...CURL, ...headers },
    body: body as Uint8Array<ArrayBuffer>,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  })
  return Promise.resolve(app(request, {}))
}

export interface Made {
  id: string
  token: string
  expiresAt: number
}

/** @param query with its question mark */
export async function makePaste(
  { apps }: Pick<TestSystem, 'apps'>,
  body: Uint8Array | string,
  query = '',
): Promise<Made> {
  const response = await ask(apps.origin, `/${query}`, { method: 'PUT', body })
  const text = await response.text()
  assert.equal(response.status, 201, text)
  return {
    id: text.trim().slice('http://ledge.test/'.length),
    token: response.headers.get('x-token') ?? '',
    expiresAt: Number(response.headers.get('x-expires')),
  }
}

export function deletePaste({ apps }: Pick<TestSystem, 'apps'>, { id, token }: Made) {
  return ask(apps.origin, `/${id}`, { method: 'DELETE', headers: { 'x-token': token } })
}

export async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer())
}

/** All headers but the ones named. */
export function headersOf(response: Response, ...without: string[]): Record<string, string> {
  return Object.fromEntries([...response.headers].filter(([name]) => !without.includes(name)))
}
