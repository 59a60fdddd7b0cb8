import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** What the local bucket answers. */
export interface Reply {
  status: number
  headers?: Readonly<Record<string, string | number>>
  body?: Buffer | Readable | string
}

/** Resolves when it is sent; a body that fails half-way ends the connection. */
export async function sendReply(response: ServerResponse, reply: Reply): Promise<void> {
  const { status, headers = {}, body = '' } = reply
  response.writeHead(status, headers)
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    response.end(body)
    return
  }
  await pipeline(body, response)
}

export function jsonReply(status: number, value: unknown): Reply {
  const body = Buffer.from(JSON.stringify(value))
  const type = 'application/json; charset=UTF-8'
  return { status, headers: { 'content-type': type, 'content-length': body.length }, body }
}

/** An error as the JSON API words it. */
export function jsonError(status: number, reason: string, message: string): Reply {
  const errors = [{ domain: 'global', reason, message }]
  return jsonReply(status, { error: { code: status, message, errors } })
}

/** An error as the XML API words it. @param message of no character that XML escapes */
export function xmlError(
  status: number,
  code: string,
  message: string,
  headers: Reply['headers'] = {},
): Reply {
  const body = `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>${message}</Message></Error>`
  const type = 'application/xml; charset=UTF-8'
  return {
    status,
    headers: { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers },
    body,
  }
}
