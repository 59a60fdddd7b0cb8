import type { Context, Hono } from 'hono'
import { header } from '../../shared/http/handle.ts'
import { problems } from '../../shared/http/problems.ts'
import { answerJson } from '../answer.ts'
import { bearer } from '../bearer.ts'
import { readBytes } from '../body.ts'
import { fieldText, readFields } from '../fields.ts'
import type { RemovePaste } from '../remove.ts'
import type { Tokens } from '../tokens.ts'
import type { RouteTools } from './tools.ts'

/** Deleting, by whoever has the paste's own token. */

export interface RemoveRoutesOptions extends Pick<RouteTools, 'route' | 'idOf'> {
  tokens: Pick<Tokens, 'verify'>
  removePaste: RemovePaste
}

/** A token and a word need no more. */
const MAX_FORM_BYTES = 16 * 1024

/** @returns the handler of DELETE, for other paths that end in `:id` */
export function addRemoveRoutes(app: Hono, options: RemoveRoutesOptions) {
  const { route, idOf, tokens, removePaste } = options

  app.delete('/:id', route('delete', remove))
  app.post('/:id', route('delete', removeByForm))
  return remove

  async function remove(c: Context): Promise<Response> {
    return removeWith(idOf(c), headerToken(c))
  }

  /** The idiom of 0x0: `token=…&delete=`. */
  async function removeByForm(c: Context): Promise<Response> {
    const id = idOf(c)
    const fields = readFields(header(c, 'content-type'), await readBytes(c, MAX_FORM_BYTES))
    if (fieldText(fields, 'delete') === undefined) {
      throw problems.badForm('it has no field delete')
    }
    return removeWith(id, fieldText(fields, 'token') ?? headerToken(c))
  }

  async function removeWith(id: string, token: string | undefined): Promise<Response> {
    if (token === undefined || token === '') throw problems.noToken()
    if (!tokens.verify(id, token)) throw problems.wrongToken()
    const { propagated } = await removePaste(id, 'deleted')
    return answerJson(200, `${JSON.stringify({ id, propagated })}\n`)
  }
}

function headerToken(c: Context): string | undefined {
  return bearer(header(c, 'authorization')) ?? header(c, 'x-token')
}
