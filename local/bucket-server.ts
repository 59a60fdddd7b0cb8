import { type KeyObject, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../shared/clock.ts'
import { createBucketApi } from './bucket-api.ts'
import { jsonError, type Reply, sendReply, xmlError } from './bucket-reply.ts'
import { readObject } from './bucket-read.ts'
import { createObjectStore, type ObjectStore, type ObjectStoreOptions } from './object-store.ts'
import { findSignatureFault } from './signature.ts'

/**
 * A bucket on a disk, for those who have none at Google's: it speaks what the real client speaks.
 * Writes, deletions and listings come under a secret path; reads come by signed URL, verified.
 */
export interface BucketServer {
  /**
   * @param host the loopback address when not given
   * @returns what goes into the client as its endpoint: it holds the secret
   */
  listen(host?: string, port?: number): Promise<{ endpoint: string; port: number }>
  /** Answers what is under way, for a moment. Idempotent. */
  close(): Promise<void>
}

export interface BucketServerOptions extends ObjectStoreOptions {
  bucket: string
  secretPath: string
  publicKey: KeyObject
  clientEmail: string
  clock: Pick<Clock, 'now'>
  maxObjectBytes?: number
  log: { error(details: object, message: string): void }
}

const DEFAULT_MAX_OBJECT_BYTES = 256 * 1024 * 1024
/** Longer than clients keep a connection that they do not use. */
const KEEP_ALIVE_MS = 65_000
const REQUEST_MS = 30_000
const CLOSE_MS = 1000

export function createBucketServer(options: BucketServerOptions): BucketServer {
  const { secretPath, log, maxObjectBytes = DEFAULT_MAX_OBJECT_BYTES } = options
  const store = createObjectStore(options)
  const api = createBucketApi({ ...options, store, maxObjectBytes })
  let closing: Promise<void> | null = null

  async function answer(request: IncomingMessage): Promise<Reply> {
    const url = request.url ?? '/'
    const path = splitSecret(url, secretPath)
    if (path === null) return answerSigned(request, url, { ...options, store })
    const [pathname = '', query = ''] = path.split('?')
    return api.answer(request, pathname, new URLSearchParams(query))
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await sendReply(response, await answer(request))
    } catch (error) {
      // Who asks has hung up: a deadline of its own, mostly.
      if (request.socket.destroyed) return
      log.error({ err: error, method: request.method }, 'the local bucket failed')
      if (response.headersSent) response.destroy()
      else await sendReply(response, jsonError(500, 'backendError', 'Internal error.'))
    }
  }

  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_MS },
    (request, response) => void handle(request, response),
  )

  return {
    async listen(host = '127.0.0.1', port = 0) {
      await store.start()
      await listenOn(server, port, host)
      const address = server.address() as AddressInfo
      const named = host.includes(':') ? `[${host}]` : host
      return { endpoint: `http://${named}:${address.port}/${secretPath}`, port: address.port }
    },
    close() {
      closing ??= new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
      })
      return closing
    },
  }
}

type SignedOptions = Pick<BucketServerOptions, 'publicKey' | 'clientEmail' | 'clock' | 'bucket'> & {
  store: Pick<ObjectStore, 'open'>
}

async function answerSigned(
  request: IncomingMessage,
  url: string,
  { publicKey, clientEmail, clock, bucket, store }: SignedOptions,
): Promise<Reply> {
  const signed = { method: request.method ?? '', url, headers: request.headers }
  const fault = findSignatureFault(signed, { publicKey, clientEmail, nowMs: clock.now() })
  if (fault === 'unsigned') return xmlError(403, 'AccessDenied', 'Access denied.')
  if (fault !== null) return xmlError(403, 'SignatureDoesNotMatch', `Access denied: ${fault}.`)
  if (request.method !== 'GET') return xmlError(405, 'MethodNotAllowed', 'Only GET is.')
  const [, named, name = '', more] = (url.split('?')[0] ?? '').split('/')
  if (named !== bucket) {
    return xmlError(404, 'NoSuchBucket', 'The specified bucket does not exist.')
  }
  if (more !== undefined) return xmlError(404, 'NoSuchKey', 'The specified key does not exist.')
  return readObject(store, decodeURIComponent(name), request.headers)
}

function listenOn(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** @returns what comes behind the secret, or null when the path does not begin with it */
function splitSecret(url: string, secretPath: string): string | null {
  const prefix = Buffer.from(`/${secretPath}/`)
  const start = Buffer.from(url.slice(0, prefix.length))
  if (start.length !== prefix.length || !timingSafeEqual(start, prefix)) return null
  return url.slice(prefix.length - 1)
}
