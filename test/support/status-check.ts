import assert from 'node:assert/strict'
import type { Fetch } from '../../shared/http/serve.ts'
import { ask, type Call, headersOf } from './client.ts'
import { checkError, checkHeaders } from './face-check.ts'
import type { AppName } from './system.ts'

/** Each status has headers that go with it, whatever was asked. */

export const NO_STORE = { 'cache-control': 'no-store' }
const READ = { 'x-robots-tag': 'noindex', 'cache-control': 'no-cache', 'x-expires': /^\d{13}$/ }
/** On what was read. */
export const TAGGED = { ...READ, etag: /^"[\w-]+"$/, vary: 'Accept, Accept-Encoding, User-Agent' }

/** What goes with a status, beside what every answer and every error has. */
const WITH_STATUS: Record<number, Record<string, string | RegExp>> = {
  201: { ...NO_STORE, location: /^http:\/\/ledge\.test\/\w{12}$/, 'x-token': /^\w+$/ },
  204: { ...NO_STORE, allow: /OPTIONS$/ },
  206: { ...TAGGED, 'content-range': /^bytes 0-1\/\d+$/, 'content-length': '2' },
  304: TAGGED,
  401: { 'www-authenticate': 'Bearer' },
  405: { allow: /[A-Z]/ },
  415: { 'accept-encoding': 'gzip' },
  416: { 'content-range': /^bytes \*\/\d+$/ },
  503: { 'retry-after': /^\d+$/ },
}

/** What the next request may have differently. */
export const TICKING = ['x-accel-expires', 'x-request-id', 'cache-status']

export function createStatusCheck(apps: Record<AppName, Fetch>) {
  const seen = new Map<AppName, Set<number>>()

  /** Asks, and holds the answer against its status. */
  async function check(app: AppName, path: string, call: Call, status: number): Promise<Response> {
    const response = await ask(apps[app], path, call)
    const where = `${app} ${call.method ?? 'GET'} ${path} ${JSON.stringify(call.headers)}`
    assert.equal(response.status, status, where)
    if (status >= 400) checkError(response, WITH_STATUS[status], where)
    else checkHeaders(response, WITH_STATUS[status] ?? {}, where)
    assert.equal(response.headers.has('access-control-allow-credentials'), false, where)
    const bodiless = status === 204 || status === 304
    assert.equal(response.headers.has('content-type'), !bodiless, `${where} content-type`)
    if (bodiless) assert.equal(response.headers.has('content-length'), false, where)
    if (app === 'front') assert.equal(response.headers.has('x-accel-expires'), false, where)
    seen.set(app, (seen.get(app) ?? new Set()).add(status))
    return response
  }

  return {
    check,
    /** HEAD has the headers of GET, and no body. */
    async checkHead(get: Response, app: AppName, path: string, call: Call): Promise<void> {
      const head = await check(app, path, { ...call, method: 'HEAD' }, get.status)
      const length = (await get.arrayBuffer()).byteLength
      assert.equal(get.headers.get('content-length'), String(length), path)
      assert.deepEqual(headersOf(head, ...TICKING), headersOf(get, ...TICKING), `HEAD ${path}`)
      assert.equal(await head.text(), '')
    },
    /** Every status that an app was seen to answer, in order. */
    statusesOf: (app: AppName) => [...(seen.get(app) ?? [])].toSorted((a, b) => a - b),
  }
}
