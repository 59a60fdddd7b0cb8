/** The token of an Authorization header. RFC 6750: the scheme is written in any case. */
export function bearer(authorization: string | undefined): string | undefined {
  return authorization?.match(/^bearer +(\S+) *$/i)?.[1]
}
