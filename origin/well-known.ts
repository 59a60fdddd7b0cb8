import type { Clock } from '../shared/clock.ts'
import { problems } from '../shared/http/problems.ts'
import { answer } from './answer.ts'

/** What machines look for at fixed places: `/robots.txt` and `/.well-known/security.txt`. */

/**
 * Links are left to the crawlers on purpose: who may not read a page never sees its `noindex`, and
 * link previews would be blank.
 */
const ROBOTS_TXT = `User-agent: *
Disallow: /api/
Disallow: /report/
Disallow: /*/manage
`

export function robots(): Response {
  return answer(200, TEXT, ROBOTS_TXT, { 'cache-control': 'public, max-age=86400' })
}

const TEXT = 'text/plain; charset=utf-8'

/** RFC 9116 wants less than a year; who reads it gets a fresh one. */
const LIFE_DAYS = 90
const DAY_MS = 86_400_000

export interface SecurityTextOptions {
  /** An e-mail address, or a https:, mailto: or tel: link; null: nobody is named. */
  contact: string | null
  /** What links begin with, or null where each request tells. */
  publicUrl: string | null
  clock: Pick<Clock, 'now'>
}

/** RFC 9116. The handler throws Problem 404 when nobody is named. */
export function createSecurityText({ contact, publicUrl, clock }: SecurityTextOptions) {
  return function securityText(): Response {
    if (contact === null) throw problems.notHere()
    const expiresAt = (Math.floor(clock.now() / DAY_MS) + LIFE_DAYS) * DAY_MS
    const lines = [
      `Contact: ${/^(?:https|mailto|tel):/.test(contact) ? contact : `mailto:${contact}`}`,
      `Expires: ${new Date(expiresAt).toISOString()}`,
      'Preferred-Languages: en',
      ...(publicUrl === null ? [] : [`Canonical: ${publicUrl}/.well-known/security.txt`]),
    ]
    return answer(200, TEXT, `${lines.join('\n')}\n`)
  }
}
