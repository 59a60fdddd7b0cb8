import { fingerprint, type KeyList } from '../shared/keys.ts'
import type { Queryable } from './database.ts'
import { findFingerprint, storeFingerprint } from './queries.ts'

/** The data was written under another key than the settings give. */
export class KeyMismatchError extends Error {
  override name = 'KeyMismatchError'
}

/**
 * Postgres remembers under which key it was written, so that a wrong setting is found before every
 * link is broken by it. A list with `*` takes over: its first key is the one from now on.
 * @throws KeyMismatchError
 */
export async function checkFingerprint(
  db: Queryable,
  setting: 'ID_KEY' | 'TOKEN_KEY',
  keys: KeyList,
): Promise<void> {
  const stored = await findFingerprint(db, setting)
  const signing = fingerprint(keys.signing)
  if (stored === signing) return
  const known = stored !== null && keys.verifying.some((key) => fingerprint(key) === stored)
  if (stored !== null && !known && !keys.acceptsAny) throw new KeyMismatchError(mismatch(setting))
  // A key that is listed, but not first, is being replaced: it stays the one on record until the
  // old one leaves the list, so that going back is possible.
  if (!known) await storeFingerprint(db, setting, signing)
}

function mismatch(setting: 'ID_KEY' | 'TOKEN_KEY'): string {
  const cost = setting === 'ID_KEY' ? 'every link would break' : 'no delete token would work'
  return (
    `${setting}: this database was written under another key, and with this one ${cost}; ` +
    `set the key that it was made with, or "NEW_KEY,*" if that is lost`
  )
}
