import type { Context } from 'hono'
import { header } from '../shared/http/handle.ts'
import { problems } from '../shared/http/problems.ts'
import type { Ids } from '../shared/id.ts'
import type { Tokens } from './tokens.ts'

export interface OwnerCheckOptions {
  ids: Pick<Ids, 'verify'>
  tokens: Pick<Tokens, 'verify'>
}

/**
 * The id in the path, of a request that carries its delete token: `Authorization: Bearer TOKEN`
 * or `X-Token`.
 * @throws Problem 404 for what was never made here, whatever else was sent; 401, 403
 */
export type OwnedId = (c: Context) => string

export function createOwnerCheck({ ids, tokens }: OwnerCheckOptions): OwnedId {
  return function ownedId(c) {
    const id = c.req.param('id') ?? ''
    if (!ids.verify(id)) throw problems.notFound()
    const token = bearer(header(c, 'authorization')) ?? header(c, 'x-token')
    if (token === undefined || token === '') throw problems.noToken()
    if (!tokens.verify(id, token)) throw problems.wrongToken()
    return id
  }
}

/** RFC 6750: the scheme is written in any case. */
function bearer(authorization: string | undefined): string | undefined {
  return authorization?.match(/^bearer +(\S+) *$/i)?.[1]
}
