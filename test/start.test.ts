import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { access, cp, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import {
  type LedgeProcess,
  makeFolder,
  runLedge,
  type Scope,
  startLedge,
  until,
} from './support/process.ts'

const EXIT_CONFIG = 78
const START_LIMIT_MS = 15_000
const STOP_LIMIT_MS = 5000

/** Called inside of a test, node:test's own `after` would be that test's. */
const wholeFile = createFileScope()

type Address = Pick<LedgeProcess, 'url'>

test('it starts with no setting, and the command that it prints makes a paste', async () => {
  const { said, readyMs, path } = await (kept ??= makeKept())
  assert.ok(readyMs < START_LIMIT_MS, `${readyMs} ms`)
  assert.match(said, /^Ledge is at http:\/\/127\.0\.0\.1:\d+\n[^\n]+\n$/)
  assert.match(path, /^\/[1-9A-HJ-NP-Za-km-z]{12}$/)
})

test('SIGTERM lets requests finish, ends within 5 s, and nothing is lost', async (t) => {
  const { dir, path } = await copyKept(t)
  const ledge = await startLedge(t, { DATA_DIR: dir })
  const bytes = randomBytes(9 * 1024 * 1024)
  const large = await paste(ledge, bytes)
  const download = await beginDownload(ledge, large.path)
  const upload = beginUpload(ledge, bytes.subarray(0, 100_000))

  const begun = performance.now()
  const ended = ledge.stop()
  await until(
    () => fetch(`${ledge.url}/healthz`),
    ({ status }) => status === 503,
  )
  const uploaded = await upload.finish(bytes.subarray(100_000, 200_000))
  assert.equal(hash(await download.finish()), hash(bytes))
  const { code, said } = await ended
  assert.ok(performance.now() - begun < STOP_LIMIT_MS, `${performance.now() - begun} ms`)
  assert.equal(code, 0, said)

  const again = await startLedge(t, { DATA_DIR: dir })
  assert.equal(await read(again, path), KEPT)
  assert.equal(hash(await readBytes(again, uploaded)), hash(bytes.subarray(0, 200_000)))
})

test('a second one on the same data ends with a line that helps; the first goes on', async (t) => {
  const { dir, path } = await copyKept(t)
  const first = await startLedge(t, { DATA_DIR: dir })
  const second = await runLedge(t, { DATA_DIR: dir })
  assert.equal(second.code, EXIT_CONFIG)
  assert.match(oneLine(second.said), new RegExp(`process ${first.pid}.+stop it, or set DATA_DIR`))
  assert.equal(await read(first, path), KEPT)
  await paste(first, 'as before')
})

test('other keys are refused, unless it is said that the old ones are lost', async (t) => {
  const { dir, path, token } = await copyKept(t)
  const keys = {
    ID_KEY: randomBytes(32).toString('hex'),
    TOKEN_KEY: randomBytes(32).toString('hex'),
  }
  const file = join(await makeFolder(t), 'key')
  await writeFile(file, `${keys.ID_KEY}\n`)
  const settings = { ID_KEY: { ID_KEY_FILE: file }, TOKEN_KEY: { TOKEN_KEY: keys.TOKEN_KEY } }
  for (const name of ['ID_KEY', 'TOKEN_KEY'] as const) {
    const { code, said, logged } = await runLedge(t, { DATA_DIR: dir, ...settings[name] })
    assert.equal(code, EXIT_CONFIG)
    assert.match(oneLine(said), new RegExp(`^${name}: this database was .+"NEW_KEY,\\*"`))
    assert.ok(!(said + logged).includes(keys[name]), 'the key is not shown')
  }

  const lost = { ID_KEY: `${keys.ID_KEY},*`, TOKEN_KEY: `${keys.TOKEN_KEY},*` }
  const ledge = await startLedge(t, { DATA_DIR: dir, ...lost })
  assert.equal(await read(ledge, path), KEPT)
  assert.equal((await remove(ledge, path, token)).status, 403, 'tokens do not outlive their key')
  const fresh = await paste(ledge, 'under the new keys')
  assert.equal((await remove(ledge, fresh.path, fresh.token)).status, 200)
})

test('all wrong settings are named together, and nothing is touched', async (t) => {
  const dir = join(await makeFolder(t), 'data')
  const { code, said, logged } = await runLedge(t, {
    DATA_DIR: dir,
    PORT: 'http',
    ID_KEY: 'short',
    MAX_PASTE_BYTES: 'much',
    MIN_TTL: '2d',
    DEFAULT_TTL: '1d',
    TOKEN_KEY_FILE: join(dir, 'absent'),
    REDIS_URL: 'redis://127.0.0.1:6379',
  })
  assert.equal(code, EXIT_CONFIG)
  const names = said
    .trim()
    .split('\n')
    .map((line) => line.split(':')[0])
  const wrong = ['DEFAULT_TTL', 'ID_KEY', 'MAX_PASTE_BYTES', 'PORT', 'REDIS_URL', 'TOKEN_KEY_FILE']
  assert.deepEqual(new Set(names), new Set(wrong))
  assert.match(said, /^REDIS_URL: Redis is not supported by this version yet; unset it/m)
  assert.equal(logged, '')
  await assert.rejects(access(dir), { code: 'ENOENT' })
})

test('a port in use ends it with one line, and the data can be used again', async (t) => {
  const { dir, path } = await copyKept(t)
  const occupant = createServer().listen(0, '127.0.0.1')
  t.after(() => occupant.close())
  await once(occupant, 'listening')
  const { port } = occupant.address() as AddressInfo
  const { code, said } = await runLedge(t, { DATA_DIR: dir, PORT: String(port) })
  assert.equal(code, EXIT_CONFIG)
  assert.match(oneLine(said), new RegExp(`port ${port}: it is in use; stop what listens there`))
  assert.equal(await read(await startLedge(t, { DATA_DIR: dir }), path), KEPT)
})

test('a log file that cannot be written stops nothing', async (t) => {
  const { dir, path, token } = await copyKept(t)
  // Not even root can make a folder below a file.
  const ledge = await startLedge(t, { DATA_DIR: dir, LOG_FILE: join(dir, 'id.key/ledge.log') })
  assert.equal((await fetch(`${ledge.url}/absent`)).status, 404)
  assert.equal((await remove(ledge, path, token)).status, 200)
})

const KEPT = 'kept over every start\n'
let kept: ReturnType<typeof makeKept> | null = null

/** Data with one paste in it, left behind as it should be; made once, copied for each test. */
async function copyKept(t: TestContext) {
  const { folder, path, token } = await (kept ??= makeKept())
  const dir = join(await makeFolder(t), 'data')
  await cp(folder, dir, { recursive: true })
  return { dir, path, token }
}

/** A first start, with the paste of the printed command and one with a token. */
async function makeKept() {
  const folder = join(await makeFolder(wholeFile), 'data')
  const { url, command, readyMs, said, stop } = await startLedge(wholeFile, { DATA_DIR: folder })
  const { stdout } = await promisify(execFile)('sh', ['-c', command])
  assert.equal(await (await fetch(stdout.trim())).text(), 'hello\n')
  const made = await paste({ url }, KEPT)
  const printed = said()
  await stop()
  return { folder, said: printed, readyMs, ...made }
}

function createFileScope(): Scope {
  const ends: (() => unknown)[] = []
  after(() => Promise.all(ends.map((end) => end())))
  return { after: (end) => void ends.push(end) }
}

async function paste({ url }: Address, body: string | Buffer) {
  const answer = await fetch(url, { method: 'POST', body })
  assert.equal(answer.status, 201)
  const { pathname: path } = new URL((await answer.text()).trim())
  return { path, token: answer.headers.get('x-token') ?? '' }
}

function remove({ url }: Address, path: string, token: string): Promise<Response> {
  return fetch(`${url}${path}`, { method: 'DELETE', headers: { 'x-token': token } })
}

async function read(address: Address, path: string): Promise<string> {
  return (await readBytes(address, path)).toString()
}

async function readBytes({ url }: Address, path: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(`${url}/raw${path}`)).arrayBuffer())
}

/** A reader that has the headers and takes the body only when it is told to. */
async function beginDownload({ url }: Address, path: string) {
  const [answer] = (await once(request(`${url}/raw${path}`).end(), 'response')) as [IncomingMessage]
  return {
    async finish() {
      const chunks: Buffer[] = []
      for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk)
      return Buffer.concat(chunks)
    },
  }
}

/** A writer that has sent a part of its body. */
function beginUpload({ url }: Address, part: Buffer) {
  const sending = request(url, { method: 'PUT' })
  sending.write(part)
  return {
    async finish(rest: Buffer): Promise<string> {
      sending.end(rest)
      const [answer] = (await once(sending, 'response')) as [IncomingMessage]
      assert.equal(answer.statusCode, 201)
      answer.resume()
      return new URL(answer.headers.location ?? '').pathname
    },
  }
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function oneLine(said: string): string {
  assert.match(said, /^[^\n]+\n$/, 'one line')
  return said
}
