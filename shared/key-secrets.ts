import { EnvError } from 'envalid'
import { ANY_KEY } from './keys.ts'

/** The shortest secret that cannot be guessed even if its characters are hex digits. */
const MIN_SECRET_LENGTH = 32

export const KEYS_ALLOWED =
  `secrets of ${MIN_SECRET_LENGTH} characters or more, separated by commas (make one with: ` +
  `openssl rand -hex 32). The first signs, all are accepted; ${ANY_KEY} after one accepts any`

/** @throws EnvError without any value */
export function parseKeys(text: string): string[] {
  const secrets = text.split(',').map((secret) => secret.trim())
  for (const [index, secret] of secrets.entries()) {
    if (secret === ANY_KEY) continue
    const which = `entry ${index + 1} of ${secrets.length}`
    // A file with a secret on each line would otherwise be one secret that nobody meant.
    if (/\s/.test(secret)) throw new EnvError(`has white space in ${which}`)
    if (secret.length < MIN_SECRET_LENGTH) {
      throw new EnvError(`has only ${secret.length} characters in ${which}`)
    }
    if (new Set(secret).size < 8) throw new EnvError(`has a placeholder as ${which}`)
  }
  if (secrets.every((secret) => secret === ANY_KEY)) throw new EnvError('has no secret that signs')
  return secrets
}
