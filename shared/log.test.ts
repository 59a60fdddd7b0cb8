import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createLog, type LogOptions, type Sink } from './log.ts'

const CANARY = 'canary-3f9a'

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'ledge-log-'))
  t.after(() => rmSync(dir, { recursive: true }))
  return dir
}

function setup(t: TestContext, options: Partial<LogOptions> = {}) {
  const lines: string[] = []
  const errors: Sink[] = []
  const failure = Promise.withResolvers<Sink>()
  const { log, close } = createLog({
    service: 'edge',
    env: 'test',
    level: 'info',
    file: null,
    stdout: { write: (line) => lines.push(line) },
    onSinkError(sink) {
      errors.push(sink)
      failure.resolve(sink)
    },
    ...options,
  })
  t.after(close)
  const last = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? 'null')
  return { log, close, lines, last, errors, failed: failure.promise }
}

test('a line is JSON with numeric time and level, the service and the environment', (t) => {
  const { log, last, lines } = setup(t)
  log.warn({ route: '/:id', status: 410, hit: true, why: ['a', 'b'] }, 'slow read')
  const { time, ...rest } = last()
  assert.equal(typeof time, 'number')
  assert.deepEqual(rest, {
    level: 40,
    service: 'edge',
    env: 'test',
    route: '/:id',
    status: 410,
    hit: true,
    why: ['a', 'b'],
    msg: 'slow read',
  })
  log.debug('below the level')
  assert.equal(lines.length, 1)
})

test('an error is its type, message, code, stack and cause, and nothing else of it', (t) => {
  const { log, last, lines } = setup(t)
  const cause = new Error('refused')
  const error = Object.assign(new TypeError('failed', { cause }), {
    code: 'E1',
    config: { headers: { authorization: CANARY } },
    detail: CANARY,
  })
  log.error({ err: error }, 'oh')
  const { err } = last()
  assert.ok(typeof err === 'object' && err !== null && 'stack' in err)
  const { stack, ...rest } = err
  assert.match(String(stack), /^TypeError: failed\n +at /)
  assert.deepEqual(rest, { type: 'TypeError', message: 'failed', code: 'E1', cause: 'refused' })
  log.error(error)
  log.child({ err: error }).info('bound')
  assert.ok(!lines.join('').includes(CANARY))
})

test('no object is logged whole, and no text without end', (t) => {
  const { log, last, lines } = setup(t)
  const request = { headers: { authorization: CANARY } }
  log.info({ request, bytes: Buffer.from(CANARY), list: [request], text: CANARY }, 'x')
  log.info({ note: 'y'.repeat(2000) }, 'x')
  assert.equal(last().note, 'y'.repeat(500))
  assert.ok(!lines.join('').includes(CANARY))
})

test('fields that are named like secrets are hidden, in child loggers too', (t) => {
  const { log, lines } = setup(t)
  for (const name of ['token', 'deleteToken', 'X-Token', 'Authorization', 'cookie', 'body', 'ip']) {
    log.info({ [name]: CANARY }, 'x')
  }
  for (const name of ['token', 'authorization', 'cookie', 'body', 'headers']) {
    log.child({ [name]: CANARY }).info('x')
  }
  assert.equal(lines.length, 12)
  assert.ok(!lines.join('').includes(CANARY))
})

test('credentials within a text are masked, the rest of it stays', (t) => {
  const { log, lines, last } = setup(t)
  const token = '4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi8'
  log.info(`connect postgresql://ledge:${CANARY}@db:5432/ledge failed`)
  assert.equal(last().msg, 'connect postgresql://***@db:5432/ledge failed')
  log.info({ url: `/x?token=${CANARY}&ttl=1h` }, `sent Bearer ${CANARY}`)
  assert.equal(last().url, '/x?token=***&ttl=1h')
  log.info({ err: new Error(`GET https://b/o?X-Goog-Signature=${CANARY} and ${token}`) }, token)
  assert.equal(last().msg, '***')
  assert.ok(!lines.join('').includes(CANARY))
  assert.ok(!lines.join('').includes(token))
  const sha256 = 'ab'.repeat(32)
  log.info({ sha256, id: '4vJ9JU1bJJE9' }, 'kept')
  assert.deepEqual([last().sha256, last().id], [sha256, '4vJ9JU1bJJE9'])
})

test('LOG_FILE gets the same lines; close waits until they are there', async (t) => {
  const dir = folder(t)
  const { log, close, lines, errors } = setup(t, { file: join(dir, 'sub', 'ledge.log') })
  log.info({ token: CANARY }, 'one')
  log.info('two')
  await close()
  assert.deepEqual(readdirSync(join(dir, 'sub')), ['ledge.1.log'])
  assert.equal(readFileSync(join(dir, 'sub', 'ledge.1.log'), 'utf8'), lines.join(''))
  assert.deepEqual(errors, [])
  log.info('after the end')
  await close()
  assert.deepEqual(errors, [])
})

test('an unwritable folder costs counts, and standard output goes on', async (t) => {
  const { log, lines, errors, failed, close } = setup(t, { file: '/dev/null/no/ledge.log' })
  log.info('one')
  assert.equal(await failed, 'file')
  log.info('two')
  assert.equal(lines.length, 2)
  assert.deepEqual(new Set(errors), new Set(['file']))
  assert.ok(errors.length >= 2)
  await close()
})

test('a full disk costs counts, and the file is tried again later', async (t) => {
  const dir = folder(t)
  const file = join(dir, 'ledge.1.log')
  symlinkSync('/dev/full', file)
  let nowMs = 0
  const clock = { monotonic: () => nowMs }
  const { log, lines, failed, close } = setup(t, { file: join(dir, 'ledge.log'), clock })
  log.info('one')
  assert.equal(await failed, 'file')
  rmSync(file)
  log.info('two')
  nowMs = 30_000
  log.info('three')
  await close()
  assert.equal(lines.length, 3)
  assert.equal(readFileSync(file, 'utf8'), lines.at(-1))
})

test('a disk that hangs costs counts, and does not hold up the end', async (t) => {
  const dir = folder(t)
  const fifo = join(dir, 'ledge.1.log')
  if (spawnSync('mkfifo', [fifo]).status !== 0) return t.skip('there is no mkfifo here')
  // Nobody reads from it, so a write hangs once its 64 KiB are full.
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
  t.after(() => closeSync(reader))
  const { log, close, lines, failed } = setup(t, { file: join(dir, 'ledge.log') })
  for (let n = 0; n < 20_000; n += 1) log.info({ n }, 'x'.repeat(400))
  assert.equal(await failed, 'file')
  await close()
  assert.equal(lines.length, 20_000)
  return undefined
})

test('a standard output that throws costs a count', (t) => {
  const stdout = {
    write() {
      throw new Error('no')
    },
  }
  const { log, errors } = setup(t, { stdout })
  log.info('one')
  log.fatal('two')
  assert.deepEqual(errors, ['stdout', 'stdout'])
})

test('standard output gets every line, also when the process ends at once', () => {
  const script = `
    import { createLog } from ${JSON.stringify(new URL('./log.ts', import.meta.url).href)}
    const options = { service: 's', env: 'e', level: 'info', file: null, onSinkError() {} }
    const { log } = createLog(options)
    for (let n = 0; n < 2000; n += 1) log.info({ n }, 'x'.repeat(100))
    log.fatal('last')
    process.exit(1)`
  const args = ['--input-type=module-typescript', '-e', script]
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.equal(status, 1)
  const lines = stdout.trimEnd().split('\n')
  assert.equal(lines.length, 2001)
  assert.equal(JSON.parse(lines.at(-1) ?? '').msg, 'last')
})
