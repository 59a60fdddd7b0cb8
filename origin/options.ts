import { parseDuration } from '../shared/duration.ts'
import { problems } from '../shared/http/problems.ts'
import { LANGUAGE_PATTERN, MAX_TITLE_LENGTH } from '../shared/record.ts'
import type { NewPaste } from './create.ts'

/** What a writer asks for beside the bytes: by query, by form field or by header. */

export interface UploadLimits {
  maxPasteBytes: number
  minTtlMs: number
  defaultTtlMs: number
  maxTtlMs: number
}

/** @returns what was given under a name; undefined for nothing */
export type OptionSource = (name: string) => string | undefined

export interface OptionSources {
  /** It wins. */
  query: OptionSource
  /** Fields of a form or of a JSON body. What is empty there was merely not filled in. */
  field: OptionSource
  /** X-TTL, asked last. */
  ttlHeader: string | undefined
  /** Of a file or a path: the title, its extension the language, when none is given. */
  name: string | null
  nowMs: number
}

/** The names that clients know the time to live by, in the order in which they win. */
const TTL_NAMES = ['ttl', 'expires', 'expire', 'e'] as const
/** Above this a 0x0 client's `expires` is a time in ms since 1970, below it hours. */
const EPOCH_FROM = 1e11
const HOUR_MS = 3_600_000

/** Fields of a form that are no content. */
export const OPTION_NAMES: ReadonlySet<string> = new Set([
  ...TTL_NAMES,
  'lang',
  'title',
  'burn',
  'token',
  'delete',
  'form',
])

const YES = new Set(['', '1', 'true', 'yes', 'on'])
const NO = new Set(['0', 'false', 'no', 'off'])
const TITLE_HINT = 'a title is text without NUL, for example title=notes.md'

/** @throws Problem 400 */
export function readOptions(sources: OptionSources, limits: UploadLimits): Omit<NewPaste, 'bytes'> {
  const { query, field, name } = sources
  const given = (option: string) => query(option) ?? filled(field, option)
  return {
    ttlMs: readTtl(sources, limits),
    language: readLanguage(given('lang'), name),
    title: readTitle(given('title') ?? name),
    burn: readBurn(query('burn') ?? field('burn')),
  }
}

function filled(field: OptionSource, name: string): string | undefined {
  return field(name) || undefined
}

function readTtl({ query, field, ttlHeader, nowMs }: OptionSources, limits: UploadLimits): number {
  const { minTtlMs, defaultTtlMs, maxTtlMs } = limits
  const inQuery = TTL_NAMES.find((each) => query(each) !== undefined)
  const inField = TTL_NAMES.find((each) => filled(field, each) !== undefined)
  const fromField = inQuery === undefined && inField !== undefined
  const text = inQuery === undefined ? (fromField ? field(inField) : ttlHeader) : query(inQuery)
  if (text === undefined) return defaultTtlMs
  const ttlMs = fromField && inField === 'expires' ? parseExpires(text, nowMs) : parseDuration(text)
  if (ttlMs === null || ttlMs < minTtlMs || ttlMs > maxTtlMs) {
    throw problems.badTtl(text, { minMs: minTtlMs, maxMs: maxTtlMs })
  }
  return ttlMs
}

/** As 0x0 has it: bare digits are hours, or the moment itself. */
function parseExpires(text: string, nowMs: number): number | null {
  if (!/^\d{1,16}$/.test(text)) return parseDuration(text)
  const number = Number(text)
  return number >= EPOCH_FROM ? number - nowMs : number * HOUR_MS
}

function readLanguage(asked: string | undefined, name: string | null): string | null {
  if (asked === undefined || asked === '') {
    const extension = name?.match(/[^/.]\.([A-Za-z0-9+#-]{1,32})$/)?.[1]?.toLowerCase() ?? ''
    return LANGUAGE_PATTERN.test(extension) ? extension : null
  }
  if (!LANGUAGE_PATTERN.test(asked)) throw problems.badLanguage(asked)
  return asked
}

function readTitle(title: string | null): string | null {
  if (title === null || title === '') return null
  if (title.length > MAX_TITLE_LENGTH) throw problems.badTitle(title)
  // Postgres stores no NUL.
  if (title.includes('\0')) throw problems.badOption('title', title, TITLE_HINT)
  // Half a surrogate pair can be neither stored nor shown.
  return title.toWellFormed()
}

function readBurn(text: string | undefined): boolean {
  if (text === undefined) return false
  const word = text.toLowerCase()
  if (YES.has(word)) return true
  if (NO.has(word)) return false
  throw problems.badOption('burn', text, 'burn is 1 or 0, for example burn=1')
}
