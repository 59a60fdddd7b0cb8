import type { Context, Hono } from 'hono'
import { header } from '../../shared/http/handle.ts'
import { problems } from '../../shared/http/problems.ts'
import { answerObject } from '../answer.ts'
import { readBytes } from '../body.ts'
import { fieldText, readFields } from '../fields.ts'
import type { OwnedId } from '../delete-token.ts'
import type { RemovePaste } from '../remove.ts'
import type { RouteTools } from './tools.ts'

/** Deleting, by whoever has the paste's own token. */

export interface RemoveRoutesOptions extends Pick<RouteTools, 'route' | 'idOf'> {
  ownedId: OwnedId
  removePaste: RemovePaste
}

/** A token and a word need no more. */
const MAX_FORM_BYTES = 16 * 1024

/** @returns the handler of DELETE, for other paths that end in `:id` */
export function addRemoveRoutes(app: Hono, options: RemoveRoutesOptions) {
  const { route, idOf, ownedId, removePaste } = options

  app.delete('/:id', route('delete', remove))
  app.post('/:id', route('delete', removeByForm))
  return remove

  async function remove(c: Context): Promise<Response> {
    return removeId(ownedId(c))
  }

  /** The idiom of 0x0: `token=…&delete=`. */
  async function removeByForm(c: Context): Promise<Response> {
    idOf(c)
    const fields = readFields(header(c, 'content-type'), await readBytes(c, MAX_FORM_BYTES))
    if (fieldText(fields, 'delete') === undefined) {
      throw problems.badForm('it has no field delete')
    }
    return removeId(ownedId(c, fieldText(fields, 'token')))
  }

  async function removeId(id: string): Promise<Response> {
    const { propagated } = await removePaste(id, 'deleted')
    return answerObject(200, { id, propagated })
  }
}
