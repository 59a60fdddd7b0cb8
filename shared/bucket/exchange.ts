import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { BucketError } from './bucket.ts'
import type { Call } from './call.ts'

export interface Outgoing {
  method: string
  /** With the query. */
  path: string
  headers: Readonly<Record<string, string>>
  /** Pieces of the body; their total goes out as Content-Length. */
  body?: readonly Uint8Array[]
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  /** Brings the body as it was sent, or errs with BucketError; a cut body never ends. */
  stream: Readable
}

/** HTTP with one server over kept-alive connections, each request under the limits of its call. */
export interface Exchange {
  /** @throws BucketError when there is no answer */
  send(outgoing: Outgoing, call: Call): Promise<Answer>
  /** Closes the connections, those under way too. */
  close(): void
}

export function createExchange(endpoint: URL): Exchange {
  const tls = endpoint.protocol === 'https:'
  const agent = tls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const ask = tls ? httpsRequest : httpRequest
  const target = {
    hostname: endpoint.hostname.replace(/^\[|\]$/g, ''),
    port: endpoint.port === '' ? (tls ? 443 : 80) : Number(endpoint.port),
    agent,
  }

  function send(outgoing: Outgoing, call: Call): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { method, path, headers, body = [] } = outgoing
      const request = ask({ ...target, method, path, headers: withLength(headers, method, body) })
      let answered = false
      function fail(error: Error): void {
        if (answered) return
        answered = true
        if (mayRepeat(request, method, error)) {
          resolve(send(outgoing, call))
          return
        }
        request.destroy()
        reject(toBucketError(error))
      }
      call.onOver(fail)
      request.on('error', fail)
      request.on('close', () => fail(new BucketError('the bucket closed the connection')))
      request.on('response', (response) => {
        answered = true
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          stream: openBody(response, call),
        })
      })
      for (const piece of body) request.write(piece)
      request.end()
    })
  }

  return { send, close: () => agent.destroy() }
}

function withLength(
  headers: Outgoing['headers'],
  method: string,
  body: readonly Uint8Array[],
): Record<string, string | number> {
  if (method === 'GET') return headers
  return { ...headers, 'content-length': body.reduce((sum, piece) => sum + piece.length, 0) }
}

/**
 * A kept connection may be closed by the server just as it is used again: that says nothing about
 * the bucket. A POST is never sent twice: a late duplicate would raise what is gone.
 */
function mayRepeat(request: ClientRequest, method: string, error: Error): boolean {
  if (method === 'POST' || !request.reusedSocket || error instanceof BucketError) return false
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
}

/** The response as a stream of its own, so that whatever ends it early is a BucketError. */
function openBody(response: IncomingMessage, call: Call): Readable {
  const body = new Readable({
    read() {
      call.resume()
      response.resume()
    },
    destroy(error, done) {
      call.end()
      if (!response.readableEnded) response.destroy()
      done(error)
    },
  })
  function cut(cause?: Error): void {
    if (response.readableEnded) return
    body.destroy(new BucketError('the bucket cut its answer short', { cause }))
  }
  // The reader may come to the stream only after it has failed; until then nobody listens, and an
  // error without a listener would end the process. Whoever reads it then is told all the same.
  body.on('error', () => {})
  call.onOver((error) => body.destroy(error))
  response.on('error', cut)
  response.on('close', cut)
  response.on('end', () => body.push(null))
  response.on('data', (chunk: Buffer) => {
    if (body.push(chunk)) return
    call.pause()
    response.pause()
  })
  return body
}

/**
 * Reads a short answer to its end.
 * @throws BucketError when it is longer than `maxBytes`
 */
export async function readText(stream: Readable, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw new BucketError(`an answer of over ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Only the code of a network error is said: the request's path holds a signature. */
export function toBucketError(error: unknown): BucketError {
  if (error instanceof BucketError) return error
  const reason = error instanceof Error && 'code' in error ? String(error.code) : 'see its cause'
  return new BucketError(`the bucket call failed (${reason})`, { cause: error })
}
