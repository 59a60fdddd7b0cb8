import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  SettingsError,
  readSettings,
  settings,
  type SettingName,
  type SettingsSource,
} from './settings.ts'

const SECRET = 'c0ffee0123456789abcdefghijklmnop'
const OTHER_SECRET = 'zyxwvutsrqponmlkjihgfedcba987654'

function sourceOf(env: Record<string, string>, files: Record<string, string> = {}): SettingsSource {
  return {
    env,
    readFile(path) {
      const content = files[path]
      if (content === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' })
      return content
    },
  }
}

function read(name: SettingName, text: string): unknown {
  return readSettings(sourceOf({ [name]: text }), { optional: [name] })[name]
}

function problemsOf(action: () => unknown): readonly string[] {
  try {
    action()
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
    throw error
  }
  return []
}

function refusal(name: SettingName, text: string): string {
  const [problem = 'nothing', ...more] = problemsOf(() => read(name, text))
  assert.deepEqual(more, [])
  assert.ok(problem.startsWith(`${name}: `), `${name}=${text} gave ${problem}`)
  assert.match(problem, /; allowed: ./)
  return problem
}

test('a setting that is unset or empty takes its default, or is null', () => {
  const optional = ['PORT', 'MAX_TTL', 'CONTACT', 'ID_KEY'] as const
  const expected = { PORT: 8080, MAX_TTL: 31_536_000_000, CONTACT: null, ID_KEY: null }
  assert.deepEqual({ ...readSettings(sourceOf({}), { optional }) }, expected)
  const empty = sourceOf({ PORT: '', MAX_TTL: '', CONTACT: '', ID_KEY: '', ID_KEY_FILE: '' })
  assert.deepEqual({ ...readSettings(empty, { optional }) }, expected)
})

test('every default and every example is a value that its own setting accepts', () => {
  for (const [name, { form, default: text, example }] of Object.entries(settings)) {
    for (const each of [text, example]) {
      if (each) assert.doesNotThrow(() => form.parse(each), `${name}=${each}`)
    }
  }
})

test('no secret has an example or a default that somebody could leave in place', () => {
  for (const [name, { form, default: text, example }] of Object.entries(settings)) {
    if (form.secret) assert.deepEqual([text ?? '', example], ['', ''], name)
  }
})

test('ports are 0 to 65535', () => {
  assert.equal(read('PORT', '0'), 0)
  assert.equal(read('PORT', '65535'), 65_535)
  for (const text of ['65536', '-1', '80a', '8e3', ' 80', '1.5']) {
    assert.match(refusal('PORT', text), /is not a port/)
  }
})

test('bytes are whole numbers, also of KiB to TiB', () => {
  assert.equal(read('MAX_PASTE_BYTES', '10485760'), 10_485_760)
  assert.equal(read('MAX_PASTE_BYTES', '10MiB'), 10_485_760)
  assert.equal(read('MAX_PASTE_BYTES', '3 kib'), 3072)
  assert.equal(read('MAX_TOTAL_BYTES', '2TiB'), 2 * 2 ** 40)
  assert.equal(read('MAX_TOTAL_BYTES', '0'), 0)
  for (const text of ['10MB', '10 M', '1.5MiB', '-1', 'MiB', '9999999TiB', '9007199254740993']) {
    assert.match(refusal('MAX_PASTE_BYTES', text), /is not a number of bytes/)
  }
})

test('any number of bytes that is accepted is a safe integer', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{0,18} ?([kmgtKMGT]?i?[bB]?)$/), (text) => {
      if (text === '') return
      const problems = problemsOf(() => assert.ok(Number.isSafeInteger(read('MEMORY_BYTES', text))))
      assert.ok(problems.length <= 1)
    }),
  )
})

test('a count is a whole number, and 0 is one', () => {
  assert.equal(read('CREATE_LIMIT', '0'), 0)
  assert.equal(read('CREATE_LIMIT', '1000000'), 1_000_000)
  for (const text of ['-1', '1.5', '1000001', '60/min', '1e3']) {
    assert.match(refusal('CREATE_LIMIT', text), /is not a number; allowed: a whole number/)
  }
})

test('proxies are addresses or subnets', () => {
  assert.deepEqual(read('TRUSTED_PROXIES', '10.0.0.0/8, ::1'), [
    { address: '10.0.0.0', prefix: 8, family: 'ipv4' },
    { address: '::1', prefix: 128, family: 'ipv6' },
  ])
  for (const text of ['proxy', '10.0.0.0/33', '10.0.0.1,', '10.0.0.1;::1']) {
    assert.match(refusal('TRUSTED_PROXIES', text), /is not a list of addresses/)
  }
})

test('durations are positive and no longer than a hundred years', () => {
  assert.equal(read('MIN_TTL', '90s'), 90_000)
  assert.equal(read('MAX_TTL', '100y'), 3_153_600_000_000)
  assert.match(refusal('MIN_TTL', 'soon'), /"soon" is not a duration; allowed: 90s, 10m/)
  assert.match(refusal('MIN_TTL', '0'), /is no time at all/)
  assert.match(refusal('MAX_TTL', '101y'), /is too long/)
})

test('URLs are http or https, without user, query, fragment and slash at the end', () => {
  assert.equal(read('PUBLIC_URL', 'https://Paste.example'), 'https://paste.example')
  assert.equal(read('PUBLIC_URL', 'http://[::1]:8080/in/here'), 'http://[::1]:8080/in/here')
  assert.match(refusal('PUBLIC_URL', 'https://paste.example/'), /ends with a slash/)
  assert.match(refusal('PUBLIC_URL', 'paste.example'), /is not a URL/)
  assert.match(refusal('PUBLIC_URL', 'ftp://paste.example'), /is not a https/)
  for (const end of ['?a', '#a']) assert.match(refusal('PUBLIC_URL', `http://a${end}`), /a query/)
})

test('database and Redis URLs have their own schemes', () => {
  for (const url of ['postgresql://a:b@c:5432/d', 'postgres:///d?host=/run/postgresql']) {
    assert.equal(read('DATABASE_URL', url), url)
  }
  assert.match(refusal('DATABASE_URL', 'mysql://a/b'), /is not a postgresql/)
  assert.match(refusal('DATABASE_URL', 'postgresql://a'), /names no database/)
  assert.equal(read('REDIS_URL', 'rediss://a:b@c:6379/1'), 'rediss://a:b@c:6379/1')
  assert.match(refusal('REDIS_URL', 'http://c'), /is not a redis/)
  assert.match(refusal('REDIS_URL', 'redis:///0'), /names no host/)
})

test('a list of host:port takes names, IPv4 and bracketed IPv6 addresses', () => {
  assert.deepEqual(read('REDIS_SENTINELS', 'a:1, 10.0.0.1:26379,[::1]:65535'), [
    { host: 'a', port: 1 },
    { host: '10.0.0.1', port: 26_379 },
    { host: '::1', port: 65_535 },
  ])
  for (const text of ['a', 'a:', ':1', 'a:0', 'a:65536', 'a:1,', '::1:5', '[a:1', 'a b:1']) {
    assert.match(refusal('REDIS_SENTINELS', text), /is not a list of host:port/)
  }
})

test('keys are secrets of 32 characters or more; a star may stand among them, not alone', () => {
  assert.deepEqual(read('ID_KEY', SECRET), [SECRET])
  assert.deepEqual(read('ID_KEY', `${SECRET}, ${OTHER_SECRET},*`), [SECRET, OTHER_SECRET, '*'])
  assert.match(refusal('ID_KEY', '*'), /no secret that signs/)
  assert.match(refusal('ID_KEY', `${SECRET},`), /only 0 characters in entry 2 of 2/)
  assert.match(refusal('ID_KEY', SECRET.slice(1)), /only 31 characters/)
  assert.match(refusal('ID_KEY', 'changeme'), /only 8 characters/)
  assert.match(refusal('ID_KEY', 'x'.repeat(40)), /placeholder/)
  assert.match(refusal('ID_KEY', `${SECRET}\n${OTHER_SECRET}`), /white space in entry 1/)
})

test('words are checked by their own patterns', () => {
  for (const [name, good, bad] of [
    ['HOST', '::', 'http://a'],
    ['GCS_BUCKET', 'my-pastes.example', 'My Bucket'],
    ['SERVICE_ENV', 'prod-1', 'a b'],
    ['LOG_FILE', 'logs/ledge.log', 'logs/'],
    ['LOG_FILE', '/var/log/ledge', 'what?.log'],
    ['LOG_LEVEL', 'trace', 'loud'],
    ['CONTACT', 'abuse@example.org', 'me'],
    ['CONTACT', 'https://example.org/report', 'http://example.org'],
    ['DATA_DIR', '/srv/my data', 'a\0b'],
  ] as const) {
    assert.equal(read(name, good), good)
    refusal(name, bad)
  }
})

test('a setting may come from a file, less one newline at its end', () => {
  const optional = ['ID_KEY', 'CONTACT'] as const
  const env = { ID_KEY_FILE: '/key', CONTACT_FILE: '/contact' }
  const files = { '/key': `${SECRET}\n`, '/contact': 'a@b.example\r\n' }
  assert.deepEqual(
    { ...readSettings(sourceOf(env, files), { optional }) },
    {
      ID_KEY: [SECRET],
      CONTACT: 'a@b.example',
    },
  )
  const two = sourceOf({ CONTACT_FILE: '/c' }, { '/c': 'a@b.example\n\n' })
  assert.equal(problemsOf(() => readSettings(two, { optional })).length, 1)
})

test('a file that is empty, cannot be read, or competes with the setting itself is refused', () => {
  const source = sourceOf(
    { ID_KEY_FILE: '/empty', TOKEN_KEY_FILE: '/absent', CONTACT_FILE: '/c', CONTACT: 'a@b' },
    { '/empty': '\n', '/c': 'a@b' },
  )
  const optional = ['ID_KEY', 'TOKEN_KEY', 'CONTACT'] as const
  assert.deepEqual(
    problemsOf(() => readSettings(source, { optional })),
    [
      'ID_KEY_FILE: "/empty" is empty',
      'TOKEN_KEY_FILE: cannot read "/absent" (ENOENT)',
      'CONTACT: set together with CONTACT_FILE; unset one',
    ],
  )
})

test('all that is wrong or missing comes in one report, rules between settings included', () => {
  const source = sourceOf({ PORT: 'x', ADMIN_PORT: 'y', MIN_TTL: '2d' })
  const seen: unknown[] = []
  const problems = problemsOf(() =>
    readSettings(source, {
      required: ['PUBLIC_URL'],
      optional: ['PORT', 'ADMIN_PORT', 'MIN_TTL', 'CONTACT'],
      check(values) {
        seen.push({ ...values })
        return ['MIN_TTL: is above something']
      },
    }),
  )
  assert.deepEqual(
    problems.map((problem) => problem.split(/[:;]/, 2).join(':')),
    [
      'PUBLIC_URL: missing',
      'PORT: "x" is not a port',
      'ADMIN_PORT: "y" is not a port',
      'MIN_TTL: is above something',
    ],
  )
  assert.deepEqual(seen, [{ MIN_TTL: 172_800_000, CONTACT: null }])
})

test('what is not picked is not looked at', () => {
  assert.deepEqual(
    { ...readSettings(sourceOf({ PORT: 'x' }), { optional: ['CONTACT'] }) },
    {
      CONTACT: null,
    },
  )
})

test('no report shows a secret, nor what came from a file or may hold a password', () => {
  const canary = 'hunter2'
  const secrets = (Object.keys(settings) as SettingName[]).filter(
    (name) => settings[name].form.secret,
  )
  assert.ok(secrets.length >= 5)
  for (const name of secrets) assert.ok(!refusal(name, canary).includes(canary))
  const url = refusal('PUBLIC_URL', `https://me:${canary}@paste.example`)
  assert.ok(!url.includes(canary))
  const file = sourceOf({ PORT_FILE: '/f' }, { '/f': canary })
  const [problem] = problemsOf(() => readSettings(file, { optional: ['PORT'] }))
  assert.match(problem ?? '', /^PORT: its value is not a port/)
})

test('whatever a setting is given, it is a value or one refusal that begins with its name', () => {
  const names = Object.keys(settings) as SettingName[]
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.string({ minLength: 1 }), (name, text) => {
      const problems = problemsOf(() => read(name, text))
      assert.ok(problems.length <= 1)
      for (const problem of problems) assert.ok(problem.startsWith(`${name}: `))
    }),
  )
})
