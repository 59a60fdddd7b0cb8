import type { Context } from 'hono'
import { header } from '../shared/http/handle.ts'
import { problems } from '../shared/http/problems.ts'
import { bearer } from './bearer.ts'
import { sameText } from './tokens.ts'

/** Who may write: everybody, or who has one of the operator's tokens. */
export interface WriteGuard {
  /** @param formToken the form's field `token` @throws Problem 401 */
  check(c: Context, formToken?: string): void
}

/** @param tokens null: everybody may write */
export function createWriteGuard(tokens: readonly string[] | null): WriteGuard {
  return {
    check(c, formToken) {
      if (tokens === null) return
      const given = [bearer(header(c, 'authorization')), c.req.query('token'), formToken]
      // All are compared, so that the time does not tell which one came close.
      const fits = given.flatMap((text) => tokens.map((token) => sameText(token, text ?? '')))
      if (!fits.includes(true)) throw problems.noWriteToken()
    },
  }
}
