import type { CreatedPaste } from './create.ts'

/**
 * The delete token, for the page that manages the paste and for nothing else: no script reads it,
 * no other site's request carries it.
 */
export function manageCookie({ head, deleteToken }: CreatedPaste, baseUrl: string): string {
  const { pathname } = new URL(baseUrl)
  const path = `${pathname === '/' ? '' : pathname}/${head.id}/manage`
  const secure = baseUrl.startsWith('https:') ? '; Secure' : ''
  return `token=${deleteToken}; HttpOnly; SameSite=Strict; Path=${path}${secure}`
}
