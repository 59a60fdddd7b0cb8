import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  copyKept,
  EXIT_CONFIG,
  KEPT,
  oneLine,
  paste,
  read,
  readBytes,
  remove,
  type Address,
} from './support/kept.ts'
import { makeFolder, runLedge, startLedge, until } from './support/process.ts'

const STOP_LIMIT_MS = 5000

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
