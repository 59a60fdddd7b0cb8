import { randomUUID } from 'node:crypto'
import { stringify } from 'node:querystring'
import { Readable } from 'node:stream'
import { type File, IdempotencyStrategy, Storage } from '@google-cloud/storage'
import { BucketError } from './bucket.ts'
import type { Call } from './call.ts'
import { type Answer, type Exchange, readText, toBucketError } from './exchange.ts'

/** What a service account's key file says, as far as it is needed. */
export interface GcsCredentials {
  client_email: string
  /** PEM. */
  private_key: string
}

/** An answer with a status that is no success. */
export class GcsStatusError extends BucketError {
  override name = 'GcsStatusError'
  readonly status: number
  /** What the answer says of it. */
  readonly detail: string

  constructor(status: number, detail: string) {
    super(`the bucket answered ${status}`)
    this.status = status
    this.detail = detail
  }
}

export interface GcsClient {
  storage: Storage
  /** Puts what is asked through `target` (a bucket or file made for it) under the limits of `call`. */
  limit: <T extends Pick<File, 'interceptors'>>(target: T, call: Call) => T
}

export interface GcsClientOptions {
  endpoint: string | null
  /** Without them, Google's application default credentials. */
  credentials: GcsCredentials | null
  exchange: Exchange
}

type Options = Parameters<Storage['makeAuthenticatedRequest']>[0]
type Part = { 'Content-Type'?: string; body: unknown }

/** Bytes of the longest answer that is read: a page of a listing has at most a few MiB. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/**
 * Google's client with its transport exchanged. Its own never gives up on a server that accepts
 * and does not answer (its fetch ignores `timeout`), cannot be cut off, and shares global agents.
 */
export function createGcsClient(options: GcsClientOptions): GcsClient {
  const { endpoint, credentials, exchange } = options
  const storage = new Storage({
    ...(endpoint !== null && { apiEndpoint: endpoint }),
    // No call of ours needs a project, but without one the client goes and looks for it.
    projectId: 'unused',
    // `maxRetries: 0` would be taken for "not set": three.
    retryOptions: { autoRetry: false, idempotencyStrategy: IdempotencyStrategy.RetryNever },
  })
  // The constructor's own option for this prints a warning.
  if (credentials !== null) storage.authClient.jsonContent = credentials

  const calls = new WeakMap<object, Call>()
  exchangeTransport(storage, (request, authorise) => {
    const call = calls.get(request)
    if (call === undefined) throw new BucketError('a request without limits')
    return perform(request, authorise, exchange, call)
  })
  return {
    storage,
    limit(target, call) {
      target.interceptors.push({
        request(request) {
          calls.set(request, call)
          return request as Options
        },
      })
      return target
    },
  }
}

/** Completes a request with what proves who asks. */
type Authorise = (request: Options) => Promise<Options>

function exchangeTransport(
  storage: Storage,
  transport: (request: Options, authorise: Authorise) => Promise<object>,
): void {
  const original = storage.makeAuthenticatedRequest
  const authorise: Authorise = (request) =>
    new Promise((resolve, reject) => {
      original(request, {
        onAuthenticated: (error, ready) =>
          ready === undefined ? reject(toBucketError(error)) : resolve(ready),
      })
    })
  async function send(request: Options, callback?: unknown): Promise<void> {
    if (typeof callback !== 'function') throw new BucketError('a request without a callback')
    try {
      // The client's own callback throws at an answer that is not as it expects.
      callback(null, await transport(request, authorise), {})
    } catch (error) {
      callback(toBucketError(error))
    }
  }
  storage.makeAuthenticatedRequest = Object.assign(
    (request: Options, callback?: unknown) => void send(request, callback),
    { getCredentials: original.getCredentials, authClient: original.authClient },
  ) as Storage['makeAuthenticatedRequest']
}

async function perform(
  request: Options,
  authorise: Authorise,
  exchange: Exchange,
  call: Call,
): Promise<object> {
  // Copied before the client puts a project's id in place of "{{projectId}}" in what users wrote.
  const multipart = (request.multipart as Part[] | undefined)?.map((part) => ({ ...part }))
  const authorised = await call.race(authorise(request))
  const boundary = randomUUID()
  const body = multipart && (await encodeMultipart(multipart, boundary))
  const answer = await exchange.send(
    {
      method: authorised.method ?? 'GET',
      path: pathOf(authorised),
      headers: {
        ...plainHeaders(authorised.headers),
        ...(body && { 'content-type': `multipart/related; boundary=${boundary}` }),
      },
      ...(body && { body }),
    },
    call,
  )
  return readJson(answer)
}

function pathOf(request: Options): string {
  const { pathname } = new URL(request.uri)
  return request.qs === undefined ? pathname : `${pathname}?${stringify(request.qs)}`
}

/** With a token in them they are a Headers object, else a plain one. */
function plainHeaders(headers: Options['headers']): Record<string, string> {
  if (headers instanceof Headers) return Object.fromEntries(headers)
  return { ...headers }
}

/**
 * RFC 2387, as the upload takes it: a part of JSON and a part of bytes.
 * @param boundary one that nobody can have foreseen and put into a paste
 */
async function encodeMultipart(parts: readonly Part[], boundary: string): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = []
  for (const { 'Content-Type': type = 'application/octet-stream', body } of parts) {
    pieces.push(Buffer.from(`--${boundary}\r\nContent-Type: ${type}\r\n\r\n`))
    if (body instanceof Readable) pieces.push(...(await body.toArray()))
    else pieces.push(Buffer.from(String(body)))
    pieces.push(Buffer.from('\r\n'))
  }
  pieces.push(Buffer.from(`--${boundary}--\r\n`))
  return pieces
}

async function readJson({ status, stream }: Answer): Promise<object> {
  const text = await readText(stream, MAX_ANSWER_BYTES)
  if (status < 200 || status > 299) throw new GcsStatusError(status, text)
  if (status === 204 || text === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new BucketError('the bucket answered with what is no JSON')
  }
  if (typeof value === 'object' && value !== null) return value
  throw new BucketError('the bucket answered with what is no object')
}
