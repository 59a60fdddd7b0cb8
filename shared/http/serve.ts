import { getRequestListener } from '@hono/node-server'
import { once } from 'node:events'
import {
  type IncomingMessage,
  type RequestListener,
  ServerResponse,
  createServer,
  type Server,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setImmediate as afterPoll, setTimeout as sleep } from 'node:timers/promises'
import { timing } from '../timing.ts'
import { drainUnread } from './drain.ts'
import { continueWhenRead } from './expect-continue.ts'
import { RAW_SECURITY_HEADERS } from './headers.ts'

/** A listener with its own end: what every service stands on. */

/** `env` carries Node's own `incoming` and `outgoing`, as hono's apps know it. */
export type Fetch = (request: Request, env: object) => Response | Promise<Response>

export interface ServeLog {
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface ServeOptions {
  fetch: Fetch
  host: string
  /** 0: any free one. */
  port: number
  log: ServeLog
  drainNoticeMs?: number
  drainMs?: number
}

export interface Served {
  port: number
  /** Where it listens, without a slash at the end. */
  url: string
  server: Server
  /**
   * Ends well: tells clients to go (`Connection: close`) for drainNoticeMs, stops listening, lets
   * requests under way finish for drainMs, cuts the rest. Once for all calls.
   */
  drain: () => Promise<void>
  /** Ends now. */
  close: () => Promise<void>
}

/** It could not listen; the message says why and what to do. */
export class ListenError extends Error {
  override name = 'ListenError'
}

const LIMITS = {
  // Longer than NGINX keeps an upstream connection (60 s): whoever closes first must be NGINX, or
  // a request may run into a connection that is just going away.
  keepAliveTimeout: 75_000,
  headersTimeout: 20_000,
  // 10 MiB at 35 KiB a second: an upload over a bad mobile link.
  requestTimeout: 300_000,
  maxHeaderSize: 16 * 1024,
  // An HTTP/1.1 request without Host gets its 400 from here, with the headers of all answers.
  requireHostHeader: false,
}

/** How often a connection that fell idle is looked for while draining. */
const SWEEP_MS = 25
/** How long a connection that has sent nothing yet is waited for while draining. */
const UNUSED_MS = 100

/** @throws ListenError */
export async function serve({
  fetch,
  host,
  port,
  log,
  drainNoticeMs = timing.drainNoticeMs,
  drainMs = timing.drainMs,
}: ServeOptions): Promise<Served> {
  const server = createHttpServer(listener(fetch, log))
  const sockets = trackSockets(server)
  await listen(server, host, port)
  server.on('error', (error) => log.error({ err: error }, 'listener failed'))
  const bound = server.address() as AddressInfo

  const ended = once(server, 'close').then(() => {})
  const now = new AbortController()
  let draining: Promise<void> | null = null

  async function runDrain() {
    server.prependListener('request', (_request, response: ServerResponse) => {
      response.shouldKeepAlive = false
    })
    await sleep(drainNoticeMs, undefined, { signal: now.signal }).catch(() => {})
    // Closing resets whoever waits to be accepted: right after the poll phase, hardly anyone does.
    await afterPoll()
    await endWithin(now.signal.aborted ? 0 : drainMs)
  }

  async function endWithin(limitMs: number) {
    server.close()
    const sweeper = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
    // Node counts a connection that never sent a byte as busy. Its request may be on the way.
    const unused = setTimeout(() => {
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
    }, UNUSED_MS)
    const cut = setTimeout(() => {
      log.warn({ connections: sockets.size }, 'cut off requests that did not end in time')
      for (const socket of sockets) socket.destroy()
    }, limitMs)
    await ended
    clearInterval(sweeper)
    clearTimeout(unused)
    clearTimeout(cut)
  }

  return {
    port: bound.port,
    url: `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`,
    server,
    drain: () => (draining ??= runDrain()),
    async close() {
      now.abort()
      server.close()
      for (const socket of sockets) socket.destroy()
      await ended
      await draining
    },
  }
}

function createHttpServer(answerRequest: RequestListener): Server {
  const server = createServer(LIMITS, answerRequest)
  server.on('checkContinue', continueWhenRead(answerRequest))
  server.on('clientError', answerBrokenRequest)
  return server
}

/** What createAdaptorServer makes, but with answers of ours where it would send bare ones. */
function listener(fetch: Fetch, log: ServeLog) {
  const answer = getRequestListener(fetch, {
    // It would give up after half a second.
    autoCleanupIncoming: false,
    errorHandler(error) {
      if (error instanceof Error && error.name === 'RequestError') {
        return plainAnswer(400, 'bad request', 'send a path and a Host header that make up a URL')
      }
      log.error({ err: error }, 'request failed')
      return plainAnswer(500, 'something went wrong', 'try again later')
    },
  })
  return (request: IncomingMessage, response: ServerResponse) => {
    drainUnread(request, response)
    void answer(request, response)
  }
}

function plainAnswer(status: number, what: string, advice: string): Response {
  return new Response(`error: ${what}\n${advice}\n`, {
    status,
    headers: { ...RAW_SECURITY_HEADERS, 'content-type': 'text/plain; charset=utf-8' },
  })
}

function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    server.listen({ host, port })
    await once(server, 'listening')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    const why = new Map([
      ['EADDRINUSE', 'it is in use; stop what listens there, or choose another port'],
      ['EACCES', 'it is not allowed; choose a port above 1023'],
      ['EADDRNOTAVAIL', 'this machine has no such address'],
      ['ENOTFOUND', 'there is no host of that name'],
    ])
    throw new ListenError(`cannot listen on ${host} port ${port}: ${why.get(code) ?? code}`, {
      cause: error,
    })
  }
}

/** What Node's parser refuses never becomes a request: it is answered on the bare connection. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Duplex): void {
  // An answer that has begun must not get another one into its body.
  if (error.code === 'ECONNRESET' || !socket.writable || hasAnswerBegun(socket)) {
    socket.destroy()
    return
  }
  const [status, what, advice] = brokenRequest(error.code)
  const body = `error: ${what}\n${advice}\n`
  const headers = {
    ...RAW_SECURITY_HEADERS,
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`, () => socket.destroy())
}

function brokenRequest(code: string | undefined): [status: string, what: string, advice: string] {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return ['431 Request Header Fields Too Large', 'headers too large', 'the limit is 16 KiB']
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return ['408 Request Timeout', 'the request took too long', 'try again']
  }
  return ['400 Bad Request', 'bad request', 'this is not HTTP as RFC 9112 has it']
}

/** As Node's own handler tells it: the connection knows the answer that it is carrying. */
function hasAnswerBegun(socket: Duplex): boolean {
  const answer: unknown = Reflect.get(socket, '_httpMessage')
  return answer instanceof ServerResponse && answer.headersSent
}
