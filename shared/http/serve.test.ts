import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Hono } from 'hono'
import { ListenError, serve, type Served } from './serve.ts'

const REQUEST = 'GET /x HTTP/1.1\r\nhost: a\r\n\r\n'

interface Setup {
  served: Served
  /** Each call lets one request to /slow go on. */
  release(): void
  /** Resolves when a request to /slow has come. */
  arrived: Promise<unknown>
  logged: string[]
}

async function setup(t: TestContext, options: { drainNoticeMs?: number; drainMs?: number } = {}) {
  const arrival = Promise.withResolvers<null>()
  const gate = Promise.withResolvers<null>()
  const logged: string[] = []
  const note = (_fields: object, message: string) => void logged.push(message)
  const app = new Hono()
  app.get('/slow', async () => {
    arrival.resolve(null)
    await gate.promise
    return new Response('slow')
  })
  app.get('/x', () => new Response('fine'))
  const fetch = (request: Request, env: object) => {
    if (request.url.endsWith('/throws')) throw new Error('planned')
    return app.fetch(request, env)
  }
  const log = { warn: note, error: note }
  const times = { drainNoticeMs: 0, drainMs: 5000, ...options }
  const served = await serve({ fetch, host: '127.0.0.1', port: 0, log, ...times })
  t.after(() => served.close())
  const release = () => gate.resolve(null)
  return { served, release, arrived: arrival.promise, logged } satisfies Setup
}

/** A bare connection, with all that came over it. */
function open(served: Served): Socket & { text(): string } {
  const socket = connect(served.port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => {})
  return Object.assign(socket, { text: () => Buffer.concat(chunks).toString() })
}

async function exchange(served: Served, bytes: string): Promise<string> {
  const socket = open(served)
  socket.write(bytes)
  await once(socket, 'close')
  return socket.text()
}

async function answerOn(socket: Socket & { text(): string }): Promise<string> {
  socket.write(REQUEST)
  await once(socket, 'data')
  return socket.text()
}

test('it listens, says where, and answers', async (t) => {
  const { served } = await setup(t)
  assert.equal(served.url, `http://127.0.0.1:${served.port}`)
  const response = await fetch(`${served.url}/x`)
  assert.equal(await response.text(), 'fine')
})

test('an IPv6 address stands in brackets', async (t) => {
  const log = { warn() {}, error() {} }
  const served = await serve({ fetch: () => new Response('six'), host: '::1', port: 0, log })
  t.after(() => served.close())
  assert.equal(served.url, `http://[::1]:${served.port}`)
})

test('a port in use is a clear error', async (t) => {
  const { served } = await setup(t)
  const log = { warn() {}, error() {} }
  const options = { fetch: () => new Response(''), host: '127.0.0.1', port: served.port, log }
  await assert.rejects(serve(options), (error) => {
    assert.ok(error instanceof ListenError)
    assert.match(error.message, /^cannot listen on 127\.0\.0\.1 port \d+: it is in use; /)
    return true
  })
})

test('connections are kept for longer than NGINX keeps them', async (t) => {
  const { served } = await setup(t)
  assert.ok(served.server.keepAliveTimeout > 60_000)
  assert.ok(served.server.requestTimeout >= 300_000)
})

test('bytes that are no request get two lines and the security headers', async (t) => {
  const { served } = await setup(t)
  const answer = await exchange(served, 'NONSENSE\r\n\r\n')
  assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/)
  assert.match(answer, /\r\nx-content-type-options: nosniff\r\n/)
  assert.match(answer, /\r\nreferrer-policy: no-referrer\r\n/)
  assert.match(answer, /\r\n\r\nerror: bad request\n[^\n]+\n$/)
})

test('headers over 16 KiB are 431, those below pass', async (t) => {
  const { served } = await setup(t)
  const start = 'GET /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: '
  const fitting = await exchange(served, `${start}${'y'.repeat(15 * 1024)}\r\n\r\n`)
  assert.match(fitting, /^HTTP\/1\.1 200 /)
  const answer = await exchange(served, `${start}${'y'.repeat(17 * 1024)}\r\n\r\n`)
  assert.match(answer, /^HTTP\/1\.1 431 .*\r\n\r\nerror: headers too large\n.+\n$/s)
})

test('a request that takes too long is 408', async (t) => {
  const { served } = await setup(t)
  const socket = open(served)
  const [accepted] = await once(served.server, 'connection')
  const late = Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
  served.server.emit('clientError', late, accepted)
  await once(socket, 'close')
  assert.match(socket.text(), /^HTTP\/1\.1 408 .*\r\n\r\nerror: the request took too long\n.+\n$/s)
})

test('an answer that has begun never gets an error into its body', async (t) => {
  const started = Promise.withResolvers<null>()
  const body = () =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('begun'))
        started.resolve(null)
      },
    })
  const log = { warn() {}, error() {} }
  const app = { fetch: () => new Response(body()) }
  const served = await serve({ ...app, host: '127.0.0.1', port: 0, log })
  t.after(() => served.close())
  const socket = open(served)
  socket.write(REQUEST)
  await once(socket, 'data')
  socket.write('NONSENSE\r\n\r\n')
  await once(socket, 'close')
  assert.match(socket.text(), /^HTTP\/1\.1 200 /)
  assert.doesNotMatch(socket.text(), /400/)
})

test('a request without a usable Host is 400, one that throws 500, in two lines', async (t) => {
  const { served, logged } = await setup(t)
  const close = 'connection: close\r\n\r\n'
  const hostless = await exchange(served, `GET /x HTTP/1.1\r\n${close}`)
  assert.match(hostless, /^HTTP\/1\.1 400 .*nosniff.*\r\n\r\nerror: bad request\n.+\n$/s)
  const odd = await exchange(served, `GET /x HTTP/1.1\r\nhost: a b\r\n${close}`)
  assert.match(odd, /^HTTP\/1\.1 400 .*nosniff/s)
  assert.deepEqual(logged, [])
  const thrown = await exchange(served, `GET /throws HTTP/1.1\r\nhost: a\r\n${close}`)
  assert.match(thrown, /^HTTP\/1\.1 500 .*nosniff.*\r\n\r\nerror: something went wrong\n.+\n$/s)
  assert.doesNotMatch(thrown, /planned/)
  assert.deepEqual(logged, ['request failed'])
})

test('drain lets a request under way finish, and closes its connection after it', async (t) => {
  const { served, release, arrived, logged } = await setup(t)
  const socket = open(served)
  socket.write(REQUEST.replace('/x', '/slow'))
  await arrived
  const drained = served.drain()
  while (served.server.listening) await setImmediate()
  release()
  await Promise.all([drained, once(socket, 'close')])
  assert.match(socket.text(), /^HTTP\/1\.1 200 OK\r\n.*\r\nslow$/s)
  assert.deepEqual(logged, [])
})

test('drain closes connections that are idle, used before or not', async (t) => {
  const { served } = await setup(t)
  const used = open(served)
  const unused = open(served)
  await once(unused, 'connect')
  assert.match(await answerOn(used), /connection: keep-alive/i)
  await Promise.all([served.drain(), once(used, 'close'), once(unused, 'close')])
})

test('drain cuts what does not end in time, and says so', async (t) => {
  const { served, arrived, logged } = await setup(t, { drainMs: 30 })
  const socket = open(served)
  socket.write(REQUEST.replace('/x', '/slow'))
  await arrived
  await Promise.all([served.drain(), once(socket, 'close')])
  assert.equal(socket.text(), '')
  assert.deepEqual(logged, ['cut off requests that did not end in time'])
})

test('while it gives notice, drain answers with Connection: close', async (t) => {
  const { served } = await setup(t, { drainNoticeMs: 60_000 })
  const before = open(served)
  assert.match(await answerOn(before), /connection: keep-alive/i)
  const drained = served.drain()
  assert.match(await exchange(served, REQUEST), /\r\nconnection: close\r\n.*\r\nfine$/is)
  await served.close()
  await drained
})

test('after drain nobody is let in; draining and closing again changes nothing', async (t) => {
  const { served } = await setup(t)
  const first = served.drain()
  assert.equal(served.drain(), first)
  await first
  await Promise.all([served.drain(), served.close()])
  await served.close()
  const socket = connect(served.port, '127.0.0.1')
  const [error] = (await once(socket, 'error')) as [Error & { code: string }]
  assert.equal(error.code, 'ECONNREFUSED')
})

test('close ends at once what is under way', async (t) => {
  const { served, arrived } = await setup(t)
  const socket = open(served)
  socket.write(REQUEST.replace('/x', '/slow'))
  await arrived
  await Promise.all([served.close(), once(socket, 'close')])
  assert.equal(socket.text(), '')
})

/** @returns the body, or null when a new connection did not get in */
function fetchOnce(url: string, agent: Agent): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response) => {
      response.setEncoding('utf8')
      let text = ''
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve(text))
      response.on('error', reject)
    })
    request.on('error', (error) => {
      if (request.reusedSocket) reject(error)
      else resolve(null)
    })
  })
}

test('clients that honour Connection: close lose no request to a drain', async (t) => {
  const { served } = await setup(t, { drainNoticeMs: 100 })
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  t.after(() => agent.destroy())
  let accepted = 0
  let answered = 0
  served.server.on('request', () => (accepted += 1))
  async function client() {
    for (;;) {
      const text = await fetchOnce(`${served.url}/x`, agent)
      if (text === null) return
      assert.equal(text, 'fine')
      answered += 1
      if (answered === 200) void served.drain()
    }
  }
  await Promise.all(Array.from({ length: 8 }, client))
  await served.drain()
  assert.ok(answered > 200, `${answered} answers`)
  assert.equal(answered, accepted)
})
