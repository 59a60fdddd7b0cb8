import {
  readSettings,
  type SettingName,
  type SettingsSource,
  type Values,
} from '../shared/settings.ts'

/** The settings of the single process, under the names that the code knows them by. */
export type Config = ReturnType<typeof readConfig>

const NAMES = [
  'HOST',
  'PORT',
  'ADMIN_PORT',
  'PUBLIC_URL',
  'DATABASE_URL',
  'REDIS_URL',
  'REDIS_SENTINELS',
  'REDIS_SENTINEL_NAME',
  'GCS_BUCKET',
  'GCS_ENDPOINT',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'ID_KEY',
  'TOKEN_KEY',
  'WRITE_TOKENS',
  'DATA_DIR',
  'MAX_PASTE_BYTES',
  'MAX_TOTAL_BYTES',
  'MIN_TTL',
  'DEFAULT_TTL',
  'MAX_TTL',
  'CREATE_LIMIT',
  'TRUSTED_PROXIES',
  'MEMORY_BYTES',
  'CONTACT',
  'LOG_LEVEL',
  'LOG_FILE',
  'SERVICE_ENV',
] as const satisfies readonly SettingName[]

type Found = Partial<Values<(typeof NAMES)[number]>>

/** A paste is held in memory as a whole, more than once, while it is written. */
const MAX_PASTE_LIMIT_BYTES = 256 * 1024 * 1024
/** Less would hold next to nothing. */
const MIN_MEMORY_BYTES = 1024 * 1024

/**
 * Every duration in ms, every size in bytes; null is what was not set and is done without or by an
 * embedded stand-in.
 * @throws SettingsError with everything that is wrong
 */
export function readConfig(source: SettingsSource) {
  const values = readSettings(source, {
    optional: NAMES,
    check: (found) => [
      ...redisProblems(found),
      ...bucketProblems(found, source),
      ...keyProblems(found),
      ...sizeProblems(found),
      ...lifeProblems(found),
    ],
  })
  const bucket = values.GCS_BUCKET
  return {
    host: values.HOST,
    port: values.PORT,
    adminPort: values.ADMIN_PORT,
    publicUrl: values.PUBLIC_URL,
    databaseUrl: values.DATABASE_URL,
    bucket:
      bucket === null
        ? null
        : {
            name: bucket,
            endpoint: values.GCS_ENDPOINT,
            keyFile: values.GOOGLE_APPLICATION_CREDENTIALS,
          },
    idKeys: values.ID_KEY,
    tokenKeys: values.TOKEN_KEY,
    writeTokens: values.WRITE_TOKENS,
    dataDir: values.DATA_DIR,
    maxPasteBytes: values.MAX_PASTE_BYTES,
    maxTotalBytes: values.MAX_TOTAL_BYTES,
    minTtlMs: values.MIN_TTL,
    defaultTtlMs: values.DEFAULT_TTL,
    maxTtlMs: values.MAX_TTL,
    createLimit: values.CREATE_LIMIT,
    trustedProxies: values.TRUSTED_PROXIES,
    memoryBytes: values.MEMORY_BYTES,
    contact: values.CONTACT,
    log: { level: values.LOG_LEVEL, file: values.LOG_FILE, env: values.SERVICE_ENV },
  }
}

function redisProblems(found: Found): string[] {
  return (['REDIS_URL', 'REDIS_SENTINELS'] as const)
    .filter((name) => found[name] != null)
    .map(
      (name) =>
        `${name}: Redis is not supported by this version yet; unset it: ` +
        'the one process has a cache of its own',
    )
}

function bucketProblems(found: Found, { readFile }: SettingsSource): string[] {
  if (found.GCS_BUCKET == null || found.GCS_ENDPOINT !== null) return []
  const file = found.GOOGLE_APPLICATION_CREDENTIALS
  if (file === undefined) return []
  const allowed = 'allowed: the path of the JSON key file of a service account'
  if (file === null) {
    return [`GOOGLE_APPLICATION_CREDENTIALS: missing, but GCS_BUCKET is set; ${allowed}`]
  }
  return isKeyFile(file, readFile)
    ? []
    : [`GOOGLE_APPLICATION_CREDENTIALS: no key is in ${JSON.stringify(file)}; ${allowed}`]
}

/** Readers' requests are signed with the key itself, so one that names no key will not do. */
function isKeyFile(file: string, readFile: SettingsSource['readFile']): boolean {
  try {
    const key: unknown = JSON.parse(readFile(file))
    return typeof key === 'object' && key !== null && 'private_key' in key && 'client_email' in key
  } catch {
    return false
  }
}

function keyProblems(found: Found): string[] {
  const idKeys = new Set(found.ID_KEY?.filter((key) => key !== '*'))
  return found.TOKEN_KEY?.some((key) => idKeys.has(key))
    ? ['TOKEN_KEY: shares a secret with ID_KEY; allowed: secrets that stand in no other list']
    : []
}

function sizeProblems({ MAX_PASTE_BYTES: paste, MEMORY_BYTES: memory }: Found): string[] {
  const problems = []
  if (paste !== undefined && (paste < 1 || paste > MAX_PASTE_LIMIT_BYTES)) {
    problems.push(
      `MAX_PASTE_BYTES: is ${paste}; allowed: 1 to 256MiB ` +
        '(a paste is held in memory while it is written)',
    )
  }
  if (memory !== undefined && memory < MIN_MEMORY_BYTES) {
    problems.push(`MEMORY_BYTES: is ${memory}; allowed: 1MiB or more`)
  }
  return problems
}

function lifeProblems({ MIN_TTL: min, DEFAULT_TTL: usual, MAX_TTL: max }: Found): string[] {
  const problems = []
  if (min !== undefined && max !== undefined && min > max) {
    problems.push('MIN_TTL: is above MAX_TTL; allowed: up to MAX_TTL')
  }
  if (usual === undefined) return problems
  if (min !== undefined && usual < min) {
    problems.push('DEFAULT_TTL: is below MIN_TTL; allowed: from MIN_TTL to MAX_TTL')
  }
  if (max !== undefined && usual > max) {
    problems.push('DEFAULT_TTL: is above MAX_TTL; allowed: from MIN_TTL to MAX_TTL')
  }
  return problems
}
