import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettingsError, type SettingsSource } from '../shared/settings.ts'
import { readConfig } from './config.ts'

const SECRET = 'c0ffee0123456789abcdefghijklmnop'
const OTHER_SECRET = 'zyxwvutsrqponmlkjihgfedcba987654'
const KEY_FILE = JSON.stringify({ client_email: 'a@b', private_key: 'x' })

function sourceOf(env: Record<string, string>, files: Record<string, string> = {}): SettingsSource {
  return {
    env,
    readFile(path) {
      const content = files[path]
      if (content === undefined) throw new Error(`no ${path}`)
      return content
    },
  }
}

function problemsOf(env: Record<string, string>, files: Record<string, string> = {}) {
  try {
    readConfig(sourceOf(env, files))
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
    throw error
  }
  return []
}

function onlyProblem(env: Record<string, string>, files: Record<string, string> = {}): string {
  const [problem, ...more] = problemsOf(env, files)
  assert.deepEqual(more, [])
  return problem ?? ''
}

test('nothing needs to be set', () => {
  assert.deepEqual(readConfig(sourceOf({})), {
    host: '127.0.0.1',
    port: 8080,
    adminPort: 9464,
    publicUrl: null,
    databaseUrl: null,
    bucket: null,
    idKeys: null,
    tokenKeys: null,
    writeTokens: null,
    dataDir: './data',
    maxPasteBytes: 10_485_760,
    maxTotalBytes: 5 * 1024 ** 3,
    minTtlMs: 1000,
    defaultTtlMs: 7 * 86_400_000,
    maxTtlMs: 365 * 86_400_000,
    createLimit: 60,
    trustedProxies: null,
    memoryBytes: 256 * 1024 ** 2,
    contact: null,
    log: { level: 'info', file: null, env: 'dev' },
  })
})

test('a bucket at Google needs a key file', () => {
  const env = { GCS_BUCKET: 'pastes', GOOGLE_APPLICATION_CREDENTIALS: '/key.json' }
  assert.deepEqual(readConfig(sourceOf(env, { '/key.json': KEY_FILE })).bucket, {
    name: 'pastes',
    endpoint: null,
    keyFile: '/key.json',
  })
  assert.match(onlyProblem({ GCS_BUCKET: 'pastes' }), /^GOOGLE_APPLICATION_CREDENTIALS: missing/)
  for (const content of ['{}', '[]', 'null', 'no JSON']) {
    assert.match(onlyProblem(env, { '/key.json': content }), /^GOOGLE_.*no key is in/)
  }
  assert.match(onlyProblem(env), /no key is in "\/key.json"/)
})

test('a bucket elsewhere needs none', () => {
  const env = { GCS_BUCKET: 'pastes', GCS_ENDPOINT: 'http://127.0.0.1:4443/prefix' }
  assert.deepEqual(readConfig(sourceOf(env)).bucket, {
    name: 'pastes',
    endpoint: 'http://127.0.0.1:4443/prefix',
    keyFile: null,
  })
})

test('a key file without a bucket is somebody else’s business', () => {
  assert.deepEqual(problemsOf({ GOOGLE_APPLICATION_CREDENTIALS: '/absent' }), [])
})

test('Redis is refused with a sentence, once for each setting', () => {
  assert.match(
    onlyProblem({ REDIS_URL: 'redis://a:secret@b' }),
    /^REDIS_URL: Redis is not supported by this version yet; unset it: the one process has/,
  )
  assert.match(onlyProblem({ REDIS_SENTINELS: 'a:1' }), /^REDIS_SENTINELS: Redis is not supported/)
})

test('TOKEN_KEY shares no secret with ID_KEY; both may have a star', () => {
  const shared = { ID_KEY: `${SECRET},${OTHER_SECRET}`, TOKEN_KEY: OTHER_SECRET }
  assert.match(onlyProblem(shared), /^TOKEN_KEY: shares a secret with ID_KEY/)
  const apart = { ID_KEY: `${SECRET},*`, TOKEN_KEY: `${OTHER_SECRET},*` }
  assert.deepEqual(readConfig(sourceOf(apart)).tokenKeys, [OTHER_SECRET, '*'])
})

test('the default life is between the shortest and the longest', () => {
  assert.deepEqual(problemsOf({ MIN_TTL: '1h', DEFAULT_TTL: '1h', MAX_TTL: '1h' }), [])
  assert.match(onlyProblem({ DEFAULT_TTL: '2y' }), /^DEFAULT_TTL: is above MAX_TTL/)
  assert.match(onlyProblem({ DEFAULT_TTL: '5s', MIN_TTL: '1m' }), /^DEFAULT_TTL: is below MIN_TTL/)
  assert.deepEqual(
    problemsOf({ MIN_TTL: '2d', DEFAULT_TTL: '1d', MAX_TTL: '1d' }).map((p) => p.split(';')[0]),
    ['MIN_TTL: is above MAX_TTL', 'DEFAULT_TTL: is below MIN_TTL'],
  )
})

test('sizes are within what a process can hold', () => {
  assert.equal(readConfig(sourceOf({ MAX_PASTE_BYTES: '256MiB' })).maxPasteBytes, 268_435_456)
  assert.equal(readConfig(sourceOf({ MAX_TOTAL_BYTES: '0' })).maxTotalBytes, 0)
  for (const size of ['0', '257MiB']) {
    assert.match(onlyProblem({ MAX_PASTE_BYTES: size }), /^MAX_PASTE_BYTES: .*1 to 256MiB/)
  }
  assert.match(onlyProblem({ MEMORY_BYTES: '0' }), /^MEMORY_BYTES: .*1MiB or more/)
})

test('rules between settings stand in the same report as wrong values', () => {
  const problems = problemsOf({ PORT: 'x', DEFAULT_TTL: '2y', MIN_TTL: 'soon', REDIS_URL: 'y' })
  assert.deepEqual(
    problems.map((problem) => problem.split(':')[0]),
    ['PORT', 'REDIS_URL', 'MIN_TTL', 'DEFAULT_TTL'],
  )
})
