import {
  EnvError,
  EnvMissingError,
  customCleanEnv,
  makeValidator,
  type ValidatorSpec,
} from 'envalid'
import { DURATION_HINT, parseDuration } from './duration.ts'
import { KEYS_ALLOWED, parseKeys } from './key-secrets.ts'
import { findText, type SettingsSource } from './settings-source.ts'
import { parseSubnet } from './subnets.ts'
import { parseWriteTokens, WRITE_TOKENS_ALLOWED } from './write-tokens.ts'

/**
 * Every setting, in one table: what it means, what it may be, what it is when it is not set.
 * A service picks the names it needs; what is wrong or missing is reported together, by name.
 */

export type { SettingsSource }

/** Settings that are wrong or missing: a service that gets it ends with exit code 78. */
export class SettingsError extends Error {
  override name = 'SettingsError'
  /** A sentence for each, which names the variable and what is allowed. No secret is in it. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** A form that values take. */
interface Form<T> {
  /** Reads as "allowed: …". */
  allowed: string
  /** Throws EnvError, which says what is wrong without the value: "is not a port". */
  parse: (text: string) => T
  /** True when a value may give something away: it is never shown. */
  secret: boolean
}

function form<T>(allowed: string, parse: (text: string) => T, secret = false): Form<T> {
  return { allowed, parse, secret }
}

interface Setting<T, D extends string | null> {
  form: Form<T>
  /** As text, since it is documented too; null where there is none. */
  default: D
  /** A value to copy; empty for what nobody should copy. */
  example: string
  meaning: string
}

function setting<T, const D extends string | null>(
  valueForm: Form<T>,
  fallback: D,
  example: string,
  meaning: string,
): Setting<T, D> {
  return { form: valueForm, default: fallback, example, meaning }
}

/** A form that one pattern describes and that keeps the text as it is. */
function pattern(expression: RegExp, what: string, allowed: string): Form<string> {
  return form(allowed, (text) => {
    if (!expression.test(text)) throw new EnvError(`is not ${what}`)
    return text
  })
}

const host = pattern(/^[^\s/]+$/, 'an address', 'an address or a host name')
const bucketName = pattern(
  /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/,
  'a bucket name',
  'a bucket name: 3 characters or more of a-z 0-9 . _ -',
)
const label = pattern(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'a short name', 'up to 32 of a-z 0-9 _ -')
const path = pattern(/^[^\0\r\n]+$/, 'a path', 'a path')
const logPath = pattern(
  /^[^\0\r\n<>:"|?*]*[^\0\r\n<>:"|?*/]$/,
  'the path of a log file',
  'the path of a file, without any of < > : " | ? *',
)
const contact = pattern(
  /^(?:(?:https:\/\/|mailto:|tel:)\S+|[^\s@:/]+@[^\s@]+)$/,
  'an address to write to',
  'an e-mail address, or a https:, mailto: or tel: link',
)

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const

const level = form(LEVELS.join(', '), (text) => {
  const found = LEVELS.find((each) => each === text)
  if (found === undefined) throw new EnvError('is not a level')
  return found
})

const port = form('a port, 0 to 65535 (0: any free one)', (text) => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new EnvError('is not a port')
  return Number(text)
})

/** Longer lives would leave what a date can hold. */
const MAX_DURATION_MS = 100 * 365 * 86_400_000

const duration = form(`${DURATION_HINT}, from 1s to 100y`, (text) => {
  const durationMs = parseDuration(text)
  if (durationMs === null) throw new EnvError('is not a duration')
  if (durationMs === 0) throw new EnvError('is no time at all')
  if (durationMs > MAX_DURATION_MS) throw new EnvError('is too long')
  return durationMs
})

const BYTE_UNITS = ['', 'kib', 'mib', 'gib', 'tib']

const bytes = form('a whole number of bytes, or of KiB, MiB, GiB or TiB', (text) => {
  const match = /^(\d{1,16}) ?((?:[KMGT]iB)?)$/i.exec(text)
  const unit = 1024 ** BYTE_UNITS.indexOf((match?.[2] ?? '').toLowerCase())
  const count = Number(match?.[1] ?? Number.NaN) * unit
  if (!Number.isSafeInteger(count)) throw new EnvError('is not a number of bytes')
  return count
})

const keys = form(KEYS_ALLOWED, parseKeys, true)

const hostPorts = form('host:port, separated by commas (IPv6 in brackets)', (text) =>
  text.split(',').map((entry) => {
    const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]/@]+)):(\d{1,5})$/i.exec(entry.trim())
    const found = { host: match?.[1] ?? match?.[2] ?? '', port: Number(match?.[3] ?? 0) }
    if (found.port < 1 || found.port > 65_535) throw new EnvError('is not a list of host:port')
    return found
  }),
)

const subnets = form('addresses, or address/bits, separated by commas', (text) =>
  text.split(',').map((entry) => {
    const subnet = parseSubnet(entry.trim())
    if (subnet === null) throw new EnvError('is not a list of addresses')
    return subnet
  }),
)

const count = form('a whole number, up to 1000000', (text) => {
  if (!/^\d{1,7}$/.test(text) || Number(text) > 1_000_000) throw new EnvError('is not a number')
  return Number(text)
})

function parseUrl(text: string, protocols: readonly string[]): URL {
  const url = URL.parse(text)
  if (url === null || /\s/.test(text)) throw new EnvError('is not a URL')
  if (!protocols.includes(url.protocol)) throw new EnvError(`is not a ${protocols[0]}// URL`)
  return url
}

function parseHttpUrl(text: string): string {
  const url = parseUrl(text, ['https:', 'http:'])
  if (/[?#@]/.test(text)) throw new EnvError('has a user, a query or a fragment')
  if (text.endsWith('/')) throw new EnvError('ends with a slash')
  return `${url.origin}${url.pathname === '/' ? '' : url.pathname}`
}

const HTTP_URL_ALLOWED = 'a http:// or https:// URL without a slash at its end'
const publicUrl = form(HTTP_URL_ALLOWED, parseHttpUrl)
/** Hidden, since the path of a local bucket's URL is a secret. */
const endpoint = form(HTTP_URL_ALLOWED, parseHttpUrl, true)

function parseDatabaseUrl(text: string): string {
  const url = parseUrl(text, ['postgresql:', 'postgres:'])
  if (url.pathname.length < 2) throw new EnvError('names no database')
  return text
}

const databaseUrl = form('postgresql://user:password@host:5432/name', parseDatabaseUrl, true)

function parseRedisUrl(text: string): string {
  if (parseUrl(text, ['redis:', 'rediss:']).hostname === '') throw new EnvError('names no host')
  return text
}

const redisUrl = form('redis://user:password@host:6379 (TLS: rediss://)', parseRedisUrl, true)

const writeTokens = form(WRITE_TOKENS_ALLOWED, parseWriteTokens, true)

/** Name: form, default, example, meaning. */
export const settings = {
  HOST: setting(host, '127.0.0.1', '0.0.0.0', 'The address that the service listens on'),
  PORT: setting(port, '8080', '80', 'The port that the service listens on'),
  ADMIN_PORT: setting(
    port,
    '9464',
    '9000',
    'Port of /metrics, /livez, /readyz; not for the public',
  ),
  PUBLIC_URL: setting(
    publicUrl,
    null,
    'https://paste.example.org',
    'What links begin with. Not set: taken from the Host header of each request',
  ),
  DATABASE_URL: setting(databaseUrl, null, '', 'Postgres. Not set: an embedded one in DATA_DIR'),
  REDIS_URL: setting(redisUrl, null, '', 'Redis. Not set: a cache within the process'),
  REDIS_SENTINELS: setting(hostPorts, null, 'one:26379,two:26379', 'In place of REDIS_URL'),
  REDIS_SENTINEL_NAME: setting(label, null, 'ledge', 'What the sentinels call Redis'),
  GCS_BUCKET: setting(
    bucketName,
    null,
    'my-pastes',
    'The Google Cloud Storage bucket of the pastes. Not set: a folder in DATA_DIR',
  ),
  GCS_ENDPOINT: setting(endpoint, null, '', 'Where that bucket is, if not at Google'),
  GOOGLE_APPLICATION_CREDENTIALS: setting(
    path,
    null,
    '/run/secrets/google.json',
    'The JSON key file of the service account that may use the bucket',
  ),
  ID_KEY: setting(keys, null, '', 'What ids are made with. Not set: made and kept in DATA_DIR'),
  TOKEN_KEY: setting(keys, null, '', 'What delete tokens are made with. Not set: likewise'),
  WRITE_TOKENS: setting(
    writeTokens,
    null,
    '',
    'Writing needs one of them. Not set: anybody writes',
  ),
  DATA_DIR: setting(
    path,
    './data',
    '/data',
    'The folder of all embedded data, of one process alone',
  ),
  MAX_PASTE_BYTES: setting(bytes, '10MiB', '1MiB', 'The largest paste'),
  MAX_TOTAL_BYTES: setting(bytes, '5GiB', '100GiB', 'All visible pastes together; 0: no limit'),
  MIN_TTL: setting(duration, '1s', '1m', 'The shortest time to live that may be asked for'),
  DEFAULT_TTL: setting(duration, '7d', '1d', 'The time to live of a paste that asks for none'),
  MAX_TTL: setting(duration, '365d', '30d', 'The longest time to live that may be asked for'),
  CREATE_LIMIT: setting(
    count,
    '60',
    '600',
    'Pastes that one client address (IPv6: one /64) may make in a minute; 0: no limit',
  ),
  TRUSTED_PROXIES: setting(
    subnets,
    null,
    '10.0.0.0/8,fd00::/8',
    'The proxies whose X-Forwarded-For counts, for telling clients apart',
  ),
  MEMORY_BYTES: setting(bytes, '256MiB', '1GiB', 'The memory that pastes are answered from'),
  CONTACT: setting(contact, null, 'abuse@example.org', 'Where reports go; shown to readers'),
  LOG_LEVEL: setting(level, 'info', 'debug', 'The least severe lines that are logged'),
  LOG_FILE: setting(logPath, null, '/var/log/ledge.log', 'A rotated file, besides standard output'),
  SERVICE_ENV: setting(label, 'dev', 'production', 'Names the deployment in the log'),
}

export type SettingName = keyof typeof settings

type Given<N extends SettingName> =
  (typeof settings)[N] extends Setting<infer T, string | null> ? T : never

/** The picked settings' values: null where one is not set and has no default. */
export type Values<O extends SettingName, R extends SettingName = never> = {
  [N in O]: Given<N> | ((typeof settings)[N]['default'] extends null ? null : never)
} & { [N in R]: Given<N> }

export interface SettingsPick<O extends SettingName, R extends SettingName> {
  optional: readonly O[]
  /** Those that the service cannot do without. */
  required?: readonly R[]
  /** Rules between settings, as sentences; a setting that is wrong by itself is absent. */
  check?(values: Partial<Values<O, R>>): string[]
}

/**
 * Reads the picked settings. Each may come as NAME, or as NAME_FILE, the path of a file that holds
 * it. An empty value counts as none.
 * @throws SettingsError with everything that is wrong
 */
export function readSettings<O extends SettingName, R extends SettingName = never>(
  source: SettingsSource,
  pick: SettingsPick<O, R>,
): Values<O, R> {
  const required: readonly SettingName[] = pick.required ?? []
  const problems: string[] = []
  const texts: Partial<Record<SettingName, string>> = {}
  const specs: Partial<Record<SettingName, ValidatorSpec<unknown>>> = {}
  for (const name of [...required, ...pick.optional]) {
    try {
      const text = findText(source, name)
      if (text !== null) texts[name] = text
      specs[name] = specOf(name, required.includes(name))
    } catch (error) {
      problems.push(error instanceof EnvError ? error.message : String(error))
    }
  }
  const wrong = new Map<string, Error | undefined>()
  const reporter = ({ errors }: { errors: Partial<Record<string, Error>> }) => {
    for (const [name, error] of Object.entries(errors)) wrong.set(name, error)
  }
  const values = Object.entries<unknown>(customCleanEnv(texts, specs, (env) => env, { reporter }))
    .filter(([name]) => !wrong.has(name))
    .map(([name, value]) => [name, value ?? null])
  for (const [name, error] of wrong) problems.push(describe(source, name as SettingName, error))
  const good = Object.fromEntries(values) as Values<O, R>
  problems.push(...(pick.check?.(good) ?? []))
  if (problems.length > 0) throw new SettingsError(problems)
  return good
}

function specOf(name: SettingName, required: boolean): ValidatorSpec<unknown> {
  const {
    form: { parse },
    default: text,
  }: Setting<unknown, string | null> = settings[name]
  const validator = makeValidator<unknown>(parse)
  if (required) return validator()
  return validator({ default: text === null ? undefined : (parse(text) ?? undefined) })
}

function describe({ env }: SettingsSource, name: SettingName, error: Error | undefined): string {
  const { allowed, secret } = settings[name].form
  const text = env[name] || null
  if (error instanceof EnvMissingError) return `${name}: missing; allowed: ${allowed}`
  // What comes from a file was hidden there; an @ may follow a password.
  const hidden = secret || text === null || text.includes('@')
  const shown = hidden ? 'its value' : JSON.stringify(text.slice(0, 60))
  return `${name}: ${shown} ${error?.message}; allowed: ${allowed}`
}
