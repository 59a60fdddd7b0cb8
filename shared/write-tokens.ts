import { EnvError } from 'envalid'

export const WRITE_TOKENS_ALLOWED =
  'tokens of 16 to 200 of A-Z a-z 0-9 - . _ ~ + / =, separated by commas'

/** What a Bearer header can carry (RFC 6750, 2.1). @throws EnvError without the value */
export function parseWriteTokens(text: string): string[] {
  const tokens = text.split(',').map((token) => token.trim())
  for (const [index, token] of tokens.entries()) {
    if (!/^[\w.~+/=-]{16,200}$/.test(token)) {
      throw new EnvError(`has no token as entry ${index + 1} of ${tokens.length}`)
    }
  }
  return tokens
}
