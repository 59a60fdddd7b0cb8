const ENTITY_TAG = /(?:W\/)?("[^"]*")/y

/**
 * Whether an If-None-Match header names this ETag (RFC 9110 section 13.1.2; weak comparison), so
 * that the answer is 304. What is no entity tag is passed over: at worst the body is sent again.
 * @param etag with its quotes
 */
export function matchesIfNoneMatch(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  if (header === etag) return true
  if (header.trim() === '*') return true
  const opaque = withoutWeakness(etag)
  let at = 0
  while (at < header.length) {
    ENTITY_TAG.lastIndex = skipSeparators(header, at)
    const match = ENTITY_TAG.exec(header)
    if (match?.[1] === opaque) return true
    // A tag may hold commas: go on behind it, or, after garbage, behind the next comma.
    const comma = header.indexOf(',', match === null ? at : ENTITY_TAG.lastIndex)
    if (comma < 0) return false
    at = comma + 1
  }
  return false
}

function skipSeparators(header: string, from: number): number {
  let at = from
  while (header[at] === ' ' || header[at] === '\t') at += 1
  return at
}

function withoutWeakness(etag: string): string {
  return etag.startsWith('W/') ? etag.slice(2) : etag
}
