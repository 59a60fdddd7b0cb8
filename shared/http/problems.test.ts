import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BucketError, BucketFullError } from '../bucket/bucket.ts'
import { CacheError } from '../cache/cache.ts'
import { RecordError } from '../record.ts'
import { Problem, problems, renderProblem, toProblem } from './problems.ts'

const MIB = 1024 * 1024
const REQUEST = 'request-1'
const TOKEN_HINT = 'use the X-Token you got when the paste was made'
const LIMITS = { minMs: 1000, maxMs: 365 * 86_400_000 }
const LINK = { id: '7Kq2mX9aBcDe', url: 'https://ledge.example/7Kq2mX9aBcDe' }

type Row = [problem: Problem, status: number, message: string, hint: string | RegExp]

const REQUESTS: Row[] = [
  [
    problems.badTtl('xx', LIMITS),
    400,
    'bad ttl "xx"',
    /^a ttl is 90s, .* from 1s to 1y, .*ttl=1h$/,
  ],
  [problems.badLanguage('C++!'), 400, 'bad lang "C++!"', /for example lang=python$/],
  [problems.badTitle('t'.repeat(201)), 400, `bad title "${'t'.repeat(39)}…"`, /200 characters/],
  [problems.badOption('burn', '2', 'burn=1 or none'), 400, 'bad burn "2"', 'burn=1 or none'],
  [problems.bodyCutOff(), 400, 'the body was cut off', /send it again$/],
  [problems.badGzip(), 400, 'the gzip body is damaged or cut off', /unpacked$/],
  [problems.badForm('it ends early'), 400, 'bad form: it ends early', /curl -F text=hello URL$/],
  [problems.badJson('text: is missing'), 400, 'bad JSON: text: is missing', /"ttl":"1h"}$/],
  [problems.noWriteToken(), 401, 'no write token, or a wrong one', /Bearer TOKEN$/],
  [problems.badKey(), 400, 'bad Idempotency-Key', /^it is 16 to 255 characters, for example /],
  [problems.keyInUse(), 409, 'this Idempotency-Key is in use', /try again in 1 s$/],
  [
    problems.keyReused(),
    422,
    'this Idempotency-Key was used with another body',
    'another paste needs another key',
  ],
  [problems.tooMany(34, {}), 429, 'too many pastes', 'try again in 34 s'],
  [problems.noToken(), 401, 'no delete token', TOKEN_HINT],
  [problems.wrongToken(), 403, 'wrong delete token', TOKEN_HINT],
  [problems.notFound(), 404, 'no such paste', /expired or been deleted; links are case-sensitive$/],
  [
    problems.methodNotAllowed('PATCH', ['GET', 'HEAD']),
    405,
    'cannot PATCH here',
    'what can be done here: GET, HEAD',
  ],
  [
    problems.tooLarge(10 * MIB, 12.4 * MIB),
    413,
    'too large: the limit is 10 MiB',
    'you sent 12.4 MiB',
  ],
  [
    problems.tooLarge(10 * MIB, 10 * MIB + 1),
    413,
    'too large: the limit is 10,485,760 bytes',
    'you sent 10,485,761 bytes',
  ],
  [
    problems.tooLarge(10 * MIB, null),
    413,
    'too large: the limit is 10 MiB',
    'you sent more than that',
  ],
  [problems.badEncoding('br'), 415, 'cannot read Content-Encoding "br"', 'gzip or none'],
  [problems.badRange(10), 416, 'this paste has no such range', /10 bytes; .* bytes=9-9$/],
  [
    problems.emptyPaste('https://ledge.example'),
    422,
    'empty paste',
    'nothing arrived; try: echo hello | curl -T- https://ledge.example',
  ],
]

const GONE_HINT = 'it expired, or its owner deleted it'
const STATES: Row[] = [
  [problems.gone('expired'), 410, 'this paste is gone', GONE_HINT],
  [problems.gone('deleted'), 410, 'this paste is gone', GONE_HINT],
  [problems.gone('burned'), 410, 'this paste is gone', 'it could be opened once, and it was'],
  [problems.gone('removed'), 451, 'removed after a report', 'it will not come back'],
  [
    problems.gone('removed', 'abuse@ledge.example'),
    451,
    'removed after a report',
    'questions: abuse@ledge.example',
  ],
  [
    problems.opensOnce(LINK),
    428,
    'this paste is deleted when opened',
    `to open it once: curl -X POST ${LINK.url}/open`,
  ],
  [problems.damaged(), 500, 'this paste cannot be read', /the operator has been told$/],
  [problems.internal(), 500, 'something went wrong here', /try again later$/],
  [problems.unavailable('storage is away'), 503, 'storage is away', 'try again in 5 s'],
  [
    problems.unavailable('the database is away', { stillWorks: 'reading', retryAfterS: 34 }),
    503,
    'the database is away',
    'reading still works; try again in 34 s',
  ],
  [problems.full(), 507, 'storage is full', 'try again later, or a shorter ttl'],
]

const character = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code))

test('each problem has its status, says what happened and what to do', () => {
  for (const [problem, status, message, hint] of [...REQUESTS, ...STATES]) {
    assert.equal(problem.status, status)
    assert.equal(problem.message, message)
    if (typeof hint === 'string') assert.equal(problem.hint, hint)
    else assert.match(problem.hint, hint)
  }
})

test('headers that a status calls for go with it', () => {
  assert.equal(problems.methodNotAllowed('PUT', ['GET', 'HEAD']).headers.allow, 'GET, HEAD')
  assert.equal(problems.badRange(10).headers['content-range'], 'bytes */10')
  assert.equal(problems.noToken().headers['www-authenticate'], 'Bearer')
  assert.equal(problems.badEncoding('br').headers['accept-encoding'], 'gzip')
  assert.equal(problems.unavailable('x', { retryAfterS: 34 }).headers['retry-after'], '34')
})

test('what the parts throw becomes its status; the unknown becomes a 500 that says nothing', () => {
  const known: [error: unknown, status: number][] = [
    [problems.notFound(), 404],
    [new BucketFullError('no room in /srv/secret'), 507],
    [new BucketError('secret-host refused'), 503],
    [new CacheError('secret-host refused'), 503],
    [new RecordError('secret body'), 500],
    [new Error('secret'), 500],
    ['secret', 500],
    [null, 500],
    [undefined, 500],
    [{ status: 200, message: 'secret' }, 500],
  ]
  for (const [error, status] of known) {
    const problem = toProblem(error)
    assert.equal(problem.status, status, String(error))
    assert.doesNotMatch(`${problem.message} ${problem.hint}`, /secret/)
  }
  assert.equal(toProblem(new RecordError('x')).message, 'this paste cannot be read')
  assert.equal(toProblem(new BucketError('x')).headers['retry-after'], '5')
})

test('the error underneath is kept for the log', () => {
  for (const error of [new Error('a'), new CacheError('b'), new RecordError('c')]) {
    assert.equal(toProblem(error).cause, error)
  }
})

test('a terminal gets exactly two lines', async () => {
  const answer = renderProblem(problems.notFound(), { face: 'text', requestId: REQUEST })
  assert.equal(answer.status, 404)
  assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8')
  assert.equal(
    await answer.text(),
    'error: no such paste\nit may have expired or been deleted; links are case-sensitive\n',
  )
})

test('a program gets RFC 9457', async () => {
  const problem = problems.tooLarge(10 * MIB, 12.4 * MIB)
  const answer = renderProblem(problem, { face: 'json', requestId: REQUEST })
  assert.equal(answer.headers.get('content-type'), 'application/problem+json')
  assert.deepEqual(await answer.json(), {
    type: 'about:blank',
    title: 'Content Too Large',
    status: 413,
    detail: 'too large: the limit is 10 MiB; you sent 12.4 MiB',
    requestId: REQUEST,
  })
})

test('a browser gets a page under the policy of pages', async () => {
  const answer = renderProblem(problems.notFound(), { face: 'html', requestId: REQUEST })
  assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
  assert.match(answer.headers.get('content-security-policy') ?? '', /style-src 'sha256-/)
  assert.match(await answer.text(), /<h1>No such paste\.<\/h1>[^]*request-1/)
})

test('before a paste that opens once, a browser gets the button, others the command', async () => {
  const page = renderProblem(problems.opensOnce(LINK), { face: 'html', requestId: REQUEST })
  assert.equal(page.status, 428)
  assert.match(await page.text(), /<form method="post" action="\/7Kq2mX9aBcDe\/open">/)
  const text = renderProblem(problems.opensOnce(LINK), { face: 'text', requestId: REQUEST })
  assert.match(await text.text(), /curl -X POST https:\/\/ledge\.example\/7Kq2mX9aBcDe\/open\n$/)
})

test('no face of any error may be kept, indexed, framed or sniffed', () => {
  for (const [problem] of [...REQUESTS, ...STATES]) {
    for (const face of ['html', 'text', 'json'] as const) {
      const { headers } = renderProblem(problem, { face, requestId: REQUEST })
      assert.equal(headers.get('cache-control'), 'no-cache')
      assert.equal(headers.get('cdn-cache-control'), 'no-store')
      assert.equal(headers.get('x-accel-expires'), '0')
      assert.equal(headers.get('x-robots-tag'), 'noindex')
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
      assert.equal(headers.get('access-control-allow-origin'), '*')
      assert.equal(headers.get('x-request-id'), REQUEST)
      assert.equal(headers.get('vary'), 'Accept, Accept-Encoding, User-Agent')
    }
  }
})

test('HEAD gets the headers of GET, with its length, and no body', async () => {
  const problem = problems.badLanguage('日本語')
  for (const face of ['html', 'text', 'json'] as const) {
    const get = renderProblem(problem, { face, requestId: REQUEST })
    const head = renderProblem(problem, { face, requestId: REQUEST, head: true })
    assert.deepEqual([...head.headers], [...get.headers])
    assert.equal(head.headers.get('content-length'), String((await get.arrayBuffer()).byteLength))
    assert.equal(head.body, null)
  }
})

test('whatever a user sent, two short lines stay two, without a control character', async () => {
  const value = fc.oneof(fc.string({ unit: character, maxLength: 300 }), fc.string())
  await fc.assert(
    fc.asyncProperty(value, async (sent) => {
      const made = [
        problems.badTtl(sent, LIMITS),
        problems.badOption('burn', sent, sent),
        problems.badEncoding(sent),
        problems.methodNotAllowed(sent, ['GET']),
        new Problem(400, sent, sent),
      ]
      for (const problem of made) {
        const answer = renderProblem(problem, { face: 'text', requestId: REQUEST })
        const text = await answer.text()
        assert.match(text, /^error: [^\n]*\n[^\n]*\n$/)
        assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Bidi_Control}]/u)
      }
      const [line = ''] = made.map((problem) => problem.message)
      assert.ok(line.length < 120)
    }),
  )
})
