import { STATUS_CODES } from 'node:http'
import { BucketError, BucketFullError } from '../bucket/bucket.ts'
import { CacheError } from '../cache/cache.ts'
import { DURATION_HINT, formatDuration } from '../duration.ts'
import { renderErrorPage } from '../pages/error.ts'
import { PAGE_SECURITY_HEADERS } from '../pages/layout.ts'
import { renderBurnPage } from '../pages/burn.ts'
import { type GoneReason, MAX_TITLE_LENGTH, RecordError } from '../record.ts'
import { formatBytes, formatExactBytes } from './bytes.ts'
import { CORS_HEADERS, RAW_SECURITY_HEADERS, READ_HEADERS } from './headers.ts'
import type { Face } from './negotiate.ts'
import { quoted, visible } from './visible.ts'

export interface ProblemOptions {
  /** Sent with the answer; lower-case names. */
  headers?: Readonly<Record<string, string>>
  /** The page for browsers, where it is not the ordinary error page. */
  page?: (requestId: string) => string
  /** What other services' clients expect instead: this as JSON, in every face. */
  body?: Readonly<Record<string, string>>
  /** What went wrong underneath; for logs, never for the answer. */
  cause?: unknown
}

/**
 * An answer other than success, thrown wherever it is found out and rendered in one place. Its
 * message is the first line (what happened), its hint the second (what to do); each is kept to one
 * line that can act on no terminal, whatever it was made of.
 */
export class Problem extends Error {
  override name = 'Problem'
  readonly status: number
  readonly hint: string
  readonly headers: Readonly<Record<string, string>>
  readonly page: ((requestId: string) => string) | null
  readonly body: Readonly<Record<string, string>> | null

  constructor(status: number, message: string, hint: string, options: ProblemOptions = {}) {
    super(visible(message), { cause: options.cause })
    this.status = status
    this.hint = visible(hint)
    this.headers = options.headers ?? {}
    this.page = options.page ?? null
    this.body = options.body ?? null
  }
}

/** When a client should try again after something was away; seconds. */
const RETRY_AFTER_S = 5

/** Every problem there is, by what happened. Values that a user sent may be handed in as they are. */
export const problems = {
  /** @param value as it was sent @param minMs the shortest time to live @param maxMs the longest */
  badTtl(value: string, { minMs, maxMs }: { minMs: number; maxMs: number }): Problem {
    const limits = `${formatDuration(minMs)} to ${formatDuration(maxMs)}`
    const hint = `a ttl is ${DURATION_HINT}; from ${limits}, for example ttl=1h`
    return new Problem(400, `bad ttl ${quoted(value)}`, hint)
  },
  badLanguage(value: string): Problem {
    const hint = 'a lang is 1 to 32 of a-z 0-9 + # . -, for example lang=python'
    return new Problem(400, `bad lang ${quoted(value)}`, hint)
  },
  badTitle(value: string): Problem {
    const hint = `a title has at most ${MAX_TITLE_LENGTH} characters, for example title=notes.md`
    return new Problem(400, `bad title ${quoted(value)}`, hint)
  },
  /** @param allowed what the option may be, with an example */
  badOption(name: string, value: string, allowed: string): Problem {
    return new Problem(400, `bad ${name} ${quoted(value)}`, allowed)
  },
  bodyCutOff(): Problem {
    return new Problem(
      400,
      'the body was cut off',
      'fewer bytes came than announced; send it again',
    )
  },
  badGzip(): Problem {
    return new Problem(400, 'the gzip body is damaged or cut off', 'send it again, or unpacked')
  },
  /** @param why as `it has more than 100 fields` */
  badForm(why: string): Problem {
    return new Problem(400, `bad form: ${why}`, 'for example: curl -F text=hello URL')
  },
  /** @param why as `text: is missing` */
  badJson(why: string): Problem {
    return new Problem(400, `bad JSON: ${why}`, 'for example {"text":"hello","ttl":"1h"}')
  },
  noWriteToken(): Problem {
    const hint = 'ask the operator for one; send it as Authorization: Bearer TOKEN'
    return new Problem(401, 'no write token, or a wrong one', hint, {
      headers: { 'www-authenticate': 'Bearer' },
    })
  },
  badKey(): Problem {
    const hint =
      'it is 16 to 255 characters, for example ' +
      'Idempotency-Key: "9b2d3a60-6e0f-4b8c-9d27-5f0f4e1c7a35"'
    return new Problem(400, 'bad Idempotency-Key', hint)
  },
  noToken(): Problem {
    return new Problem(401, 'no delete token', 'use the X-Token you got when the paste was made', {
      headers: { 'www-authenticate': 'Bearer' },
    })
  },
  wrongToken(): Problem {
    return new Problem(403, 'wrong delete token', 'use the X-Token you got when the paste was made')
  },
  notFound(): Problem {
    const hint = 'it may have expired or been deleted; links are case-sensitive'
    return new Problem(404, 'no such paste', hint)
  },
  /** For a place that could be there, and here is not. */
  notHere(): Problem {
    return new Problem(404, 'nothing is here', 'this Ledge has none of that')
  },
  /** haste's own words, for everything that it would not show. */
  noDocument(): Problem {
    const message = 'Document not found.'
    return new Problem(404, message, '', { body: { message } })
  },
  /** @param allowed the methods that this place knows */
  methodNotAllowed(method: string, allowed: readonly string[]): Problem {
    const allow = allowed.join(', ')
    const name = /^[A-Z]{1,20}$/.test(method) ? method : quoted(method)
    return new Problem(405, `cannot ${name} here`, `what can be done here: ${allow}`, {
      headers: { allow },
    })
  },
  keyInUse(): Problem {
    const hint = 'the first request with it is not over; try again in 1 s'
    return new Problem(409, 'this Idempotency-Key is in use', hint, {
      headers: { 'retry-after': '1' },
    })
  },
  /** 410, or 451 for what was taken down. @param contact whom to ask then, if anyone is named */
  gone(reason: GoneReason, contact: string | null = null): Problem {
    if (reason === 'removed') {
      const ask = contact === null ? 'it will not come back' : `questions: ${contact}`
      return new Problem(451, 'removed after a report', ask)
    }
    const opened = 'it could be opened once, and it was'
    const hint = reason === 'burned' ? opened : 'it expired, or its owner deleted it'
    return new Problem(410, 'this paste is gone', hint)
  },
  /** @param sentBytes null when nobody knows, since reading stopped at the limit */
  tooLarge(limitBytes: number, sentBytes: number | null): Problem {
    const rounded = formatBytes(limitBytes)
    const sent = sentBytes === null ? 'more than that' : formatBytes(sentBytes)
    // "the limit is 10 MiB, you sent 10 MiB" helps nobody.
    const format = sent === rounded ? formatExactBytes : formatBytes
    const hint = sentBytes === null ? sent : format(sentBytes)
    return new Problem(413, `too large: the limit is ${format(limitBytes)}`, `you sent ${hint}`)
  },
  badEncoding(value: string): Problem {
    return new Problem(415, `cannot read Content-Encoding ${quoted(value)}`, 'gzip or none', {
      headers: { 'accept-encoding': 'gzip' },
    })
  },
  /** @param size bytes that there are, 1 or more */
  badRange(size: number): Problem {
    const hint = `it has ${formatExactBytes(size)}; the last range is bytes=${size - 1}-${size - 1}`
    return new Problem(416, 'this paste has no such range', hint, {
      headers: { 'content-range': `bytes */${size}` },
    })
  },
  /** @param url where pastes are sent to */
  emptyPaste(url: string): Problem {
    return new Problem(422, 'empty paste', `nothing arrived; try: echo hello | curl -T- ${url}`)
  },
  keyReused(): Problem {
    const hint = 'another paste needs another key'
    return new Problem(422, 'this Idempotency-Key was used with another body', hint)
  },
  /** @param url the paste's own link */
  opensOnce({ id, url }: { id: string; url: string }): Problem {
    const hint = `to open it once: curl -X POST ${url}/open`
    return new Problem(428, 'this paste is deleted when opened', hint, {
      page: (requestId) => renderBurnPage({ id, requestId }),
    })
  },
  /** @param afterS when one more fits; whole seconds @param headers what the limit is */
  tooMany(afterS: number, headers: Readonly<Record<string, string>>): Problem {
    return new Problem(429, 'too many pastes', `try again in ${afterS} s`, {
      headers: { ...headers, 'retry-after': String(afterS) },
    })
  },
  damaged(cause?: unknown): Problem {
    const hint = 'its stored form is damaged; the operator has been told'
    return new Problem(500, 'this paste cannot be read', hint, { cause })
  },
  internal(cause?: unknown): Problem {
    const hint = 'this is not your fault; try again later'
    return new Problem(500, 'something went wrong here', hint, { cause })
  },
  /** @param what is the matter, as `storage is away` */
  unavailable(what: string, options: Unavailable = {}): Problem {
    const { stillWorks = null, retryAfterS = RETRY_AFTER_S, cause } = options
    const again = `try again in ${retryAfterS} s`
    const hint = stillWorks === null ? again : `${stillWorks} still works; ${again}`
    return new Problem(503, what, hint, { headers: { 'retry-after': String(retryAfterS) }, cause })
  },
  full(cause?: unknown): Problem {
    return new Problem(507, 'storage is full', 'try again later, or a shorter ttl', { cause })
  },
} as const

export interface Unavailable {
  /** The other half of the service, where it is known to be up. */
  stillWorks?: 'reading' | 'writing' | null
  /** Whole seconds. */
  retryAfterS?: number
  cause?: unknown
}

/** The one table of what a thrown error means to a client; the unknown gives nothing away. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof BucketFullError) return problems.full(error)
  if (error instanceof BucketError) return problems.unavailable('storage is away', { cause: error })
  if (error instanceof CacheError)
    return problems.unavailable('the cache is away', { cause: error })
  if (error instanceof RecordError) return problems.damaged(error)
  return problems.internal(error)
}

/** `toProblem`, for who has somebody to ask about what was taken down. */
export function createExplain(contact: string | null): (error: unknown) => Problem {
  return function explain(error) {
    const problem = toProblem(error)
    return problem.status === 451 ? problems.gone('removed', contact) : problem
  }
}

/** Names that RFC 9110 changed and Node keeps. */
const TITLES = new Map([
  [413, 'Content Too Large'],
  [422, 'Unprocessable Content'],
])

/** Nothing of an error is kept by anyone: 0 is for nginx, which strips it. */
const ERROR_HEADERS = { ...READ_HEADERS, ...CORS_HEADERS, 'x-accel-expires': '0' }

const HEADERS_OF_FACE = {
  html: {
    ...ERROR_HEADERS,
    ...PAGE_SECURITY_HEADERS,
    'content-type': 'text/html; charset=utf-8',
  },
  text: {
    ...ERROR_HEADERS,
    ...RAW_SECURITY_HEADERS,
    'content-type': 'text/plain; charset=utf-8',
  },
  json: {
    ...ERROR_HEADERS,
    ...RAW_SECURITY_HEADERS,
    'content-type': 'application/problem+json',
  },
} as const satisfies Record<Face, Readonly<Record<string, string>>>

export interface RenderOptions {
  face: Face
  requestId: string
  /** True for HEAD: the same headers, no body. */
  head?: boolean
}

/** The one place where an error becomes an answer: a page, two lines, or RFC 9457 JSON. */
export function renderProblem(problem: Problem, options: RenderOptions): Response {
  const { face, requestId, head = false } = options
  const { body: own } = problem
  const body = own === null ? renderBody(problem, face, requestId) : JSON.stringify(own)
  return new Response(head ? null : body, {
    status: problem.status,
    headers: {
      ...problem.headers,
      ...HEADERS_OF_FACE[own === null ? face : 'json'],
      ...(own === null ? {} : { 'content-type': 'application/json' }),
      'content-length': String(Buffer.byteLength(body)),
      'x-request-id': requestId,
    },
  })
}

function renderBody(problem: Problem, face: Face, requestId: string): string {
  const { status, message, hint, page } = problem
  if (face === 'text') return `error: ${message}\n${hint}\n`
  if (face === 'html') {
    return page === null ? renderErrorPage({ status, message, hint, requestId }) : page(requestId)
  }
  return JSON.stringify({
    type: 'about:blank',
    title: TITLES.get(status) ?? STATUS_CODES[status] ?? 'Error',
    status,
    detail: `${message}; ${hint}`,
    requestId,
  })
}
