import { memoise } from './memoise.ts'

/** What a link shows: a page, plain text, or JSON. */
export type Face = 'html' | 'text' | 'json'

/**
 * The patterns that choose the face. nginx keys its cache by the same ones, so they are written in
 * what JavaScript and PCRE share; media types and product names are taken in any case.
 * A weight is not looked at: who names application/json can read it.
 */
const ACCEPT_JSON = /(?:^|[,\s])application\/json\s*(?:$|[,;])/i
/** Every browser's navigation names it; Java's default Accept names text/html, so that is no sign. */
const ACCEPT_XHTML = /(?:^|[,\s])application\/xhtml\+xml\s*(?:$|[,;])/i
/** PowerShell calls itself Mozilla too. */
const BROWSER = /^Mozilla\/(?!.*PowerShell)/i
/** Link previews want a title and a description. Most bots begin with Mozilla/ and need no line. */
const PREVIEW_BOT = new RegExp(
  [
    'Slackbot',
    'Slack-ImgProxy',
    'TelegramBot',
    'Discordbot',
    'WhatsApp/',
    'SkypeUriPreview',
    'Twitterbot',
    'facebookexternalhit',
    'LinkedInBot',
    'Pinterest/',
    'Mattermost-Bot',
    'Mastodon/',
    'Synapse \\(bot',
    'Iframely',
  ].join('|'),
  'i',
)

const faceOfAccept = memoise((accept) => {
  if (ACCEPT_JSON.test(accept)) return 'json'
  return ACCEPT_XHTML.test(accept) ? 'html' : 'text'
})
const wantsPage = memoise((agent) => BROWSER.test(agent) || PREVIEW_BOT.test(agent))

/** @param accept the request's Accept header @param userAgent its User-Agent */
export function chooseFace(accept: string | undefined, userAgent: string | undefined): Face {
  const face = accept === undefined ? 'text' : faceOfAccept(accept)
  if (face !== 'text') return face
  return userAgent !== undefined && wantsPage(userAgent) ? 'html' : 'text'
}

/**
 * Whether the stored gzip may be sent as it is (RFC 9110 section 12.5.3): gzip is named with a
 * weight above 0, by itself or by `*`, and identity is not preferred to it. Without the header,
 * and for one that is garbled, identity: every client can read that.
 */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  return acceptEncoding !== undefined && prefersGzip(acceptEncoding)
}

const prefersGzip = memoise((header) => {
  let gzip: number | null = null
  let identity: number | null = null
  let others: number | null = null
  for (const item of header.split(',')) {
    const [name = '', ...parameters] = item.split(';')
    const weight = readWeight(parameters)
    if (weight === null) continue
    const coding = name.trim().toLowerCase()
    // Named twice, the lower weight counts: identity does no harm.
    if (coding === 'gzip' || coding === 'x-gzip') gzip = Math.min(gzip ?? 1, weight)
    else if (coding === 'identity') identity = Math.min(identity ?? 1, weight)
    else if (coding === '*') others = Math.min(others ?? 1, weight)
  }
  const weight = gzip ?? others ?? 0
  return weight > 0 && weight >= (identity ?? 0)
})

/** @returns 0…1 (1 when there is no weight), or null when it is none that RFC 9110 knows */
function readWeight(parameters: readonly string[]): number | null {
  for (const parameter of parameters) {
    const match = /^\s*q\s*=\s*(.*?)\s*$/i.exec(parameter)
    if (match === null) continue
    const value = match[1] ?? ''
    return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(value) ? Number(value) : null
  }
  return 1
}
