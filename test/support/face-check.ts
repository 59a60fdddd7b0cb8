import assert from 'node:assert/strict'
import type { Fetch } from '../../shared/http/serve.ts'
import { ask, BROWSER, type Call, CURL, JSON_CLIENT } from './client.ts'
import type { AppName } from './system.ts'

/** An error is one thing in three forms, and each has to be right. */

export interface Expected {
  status: number
  message: RegExp
  hint: RegExp
  headers?: HeaderTable
}

/** On every answer, whatever its status. */
const SECURITY = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': /^default-src 'none'; .*frame-ancestors 'none'/,
}

/** On every error. */
const ERROR = {
  ...SECURITY,
  'x-request-id': /^[\w-]{36}$/,
  'x-robots-tag': 'noindex',
  'cache-control': 'no-cache',
  'access-control-allow-origin': '*',
}

/** What 5xx must not show: what the stand-ins say, names of parts, code. */
const INTERNALS = /canary|planned|sql|postgres|bucketerror|127\.0\.0\.1|node:|\.ts\b|stack| at /i

type HeaderTable = Record<string, string | RegExp>

/** @param where is said when it fails */
export function checkHeaders(response: Response, headers: HeaderTable, where = ''): void {
  for (const [name, expected] of Object.entries({ ...SECURITY, ...headers })) {
    const value = response.headers.get(name) ?? ''
    if (typeof expected === 'string') assert.equal(value, expected, `${where} ${name}`)
    else assert.match(value, expected, `${where} ${name}`)
  }
}

export function checkError(response: Response, headers: HeaderTable = {}, where = ''): void {
  checkHeaders(response, { ...ERROR, ...headers }, where)
}

function checkBody(face: string, response: Response, body: string, expected: Expected): void {
  const type = response.headers.get('content-type')
  const id = response.headers.get('x-request-id')
  if (face === 'text') {
    assert.equal(type, 'text/plain; charset=utf-8')
    const [first = '', second = '', ...rest] = body.split('\n')
    assert.match(first, new RegExp(`^error: ${expected.message.source}`))
    assert.match(second, expected.hint)
    assert.deepEqual(rest, [''])
  } else if (face === 'json') {
    assert.equal(type, 'application/problem+json')
    const problem = JSON.parse(body) as Record<string, unknown>
    assert.equal(problem.status, expected.status)
    assert.equal(problem.requestId, id)
    assert.match(String(problem.detail), expected.message)
    assert.match(String(problem.detail), expected.hint)
  } else {
    assert.equal(type, 'text/html; charset=utf-8')
    assert.match(body, /^<!doctype html>/i)
    assert.ok(body.includes(String(id)))
  }
}

/** Asks as a terminal, as a program and as a browser; and, where GET is asked, by HEAD too. */
export function createFaceCheck(apps: Record<AppName, Fetch>) {
  return async function checkFaces(app: AppName, path: string, call: Call, expected: Expected) {
    const where = `${app} ${call.method ?? 'GET'} ${path.slice(0, 60)}`
    const faces = { text: CURL, json: JSON_CLIENT, page: BROWSER }
    for (const [face, headers] of Object.entries(faces)) {
      const asked = { ...call, headers: { ...headers, ...call.headers } }
      const response = await ask(apps[app], path, asked)
      assert.equal(response.status, expected.status, `${where} ${face}`)
      checkError(response, expected.headers, where)
      const body = await response.text()
      assert.equal(response.headers.get('content-length'), String(Buffer.byteLength(body)))
      if (response.status >= 500) assert.doesNotMatch(body, INTERNALS)
      checkBody(face, response, body, expected)
    }
    await checkHead(apps[app], path, call, expected)
  }
}

async function checkHead(app: Fetch, path: string, call: Call, expected: Expected) {
  if (call.method !== undefined || expected.status === 416) return
  const response = await ask(app, path, { ...call, method: 'HEAD' })
  assert.equal(response.status, expected.status)
  checkError(response, expected.headers)
  assert.equal(await response.text(), '')
}
