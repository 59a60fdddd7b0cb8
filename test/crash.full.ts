import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { open, readdir, readFile } from 'node:fs/promises'
import { Agent, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { openEmbeddedDatabase } from '../local/database.ts'
import { readObjectFile } from '../local/object-file.ts'
import { decodeRecord } from '../shared/record.ts'
import { type LedgeProcess, makeFolder, startLedge } from './support/process.ts'
import { createRandom, type Random } from './support/random.ts'

/** Killed at any moment, under load, again and again: what was acknowledged is there. */

const ROUNDS = 20
const WRITERS = 32
const MAX_BYTES = 200 * 1024
const SAMPLE = 40

interface Written {
  path: string
  token: string
  hash: string
  /** `unsure` when a deletion was asked for and never answered. */
  state: 'there' | 'unsure' | 'deleted'
}

test('what was acknowledged survives kill -9 at any moment', { timeout: 240_000 }, async (t) => {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
  t.diagnostic(`SEED=${seed}`)
  const random = createRandom(seed)
  const dir = join(await makeFolder(t), 'data')
  const written: Written[] = []
  let checks = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const ledge = await startLedge(t, { DATA_DIR: dir })
    checks += await checkAll(ledge, random.sample(written, SAMPLE))
    await writeUntilKilled(ledge, random, written)
  }
  const last = await startLedge(t, { DATA_DIR: dir })
  checks += await checkAll(last, written)
  assert.equal((await last.stop()).code, 0)

  const found = await checkStores(dir, written)
  const again = await startLedge(t, { DATA_DIR: dir })
  checks += await checkAll(again, random.sample(written, SAMPLE))
  const deleted = written.filter(({ state }) => state === 'deleted').length
  assert.ok(deleted > 0, 'no deletion was acknowledged')
  t.diagnostic(
    `${ROUNDS} rounds; acknowledged: ${written.length} pastes, ${deleted} deletions; ` +
      `${checks} checks over HTTP; ${found.visible} visible rows with their objects, ` +
      `${found.others} other objects`,
  )
})

async function writeUntilKilled(ledge: LedgeProcess, random: Random, written: Written[]) {
  const agent = new Agent({ keepAlive: true })
  const old = written.filter(({ state }) => state === 'there')
  const firstDone = Promise.withResolvers<void>()
  let killed = false

  async function writer(): Promise<void> {
    while (!killed) {
      const victim = random.next() < 0.15 ? old.pop() : undefined
      const done = victim === undefined ? create() : remove(victim)
      // Whatever goes wrong after the kill is the point; before it, nothing may.
      await done.catch((error: unknown) => {
        if (!killed) throw error
      })
      firstDone.resolve()
    }
  }

  async function create(): Promise<void> {
    const body = random.bytes(Math.floor(MAX_BYTES ** random.next()))
    const answer = await send(agent, ledge.url, { method: 'POST', body })
    assert.equal(answer.status, 201)
    const { pathname: path } = new URL(answer.body.toString().trim())
    const token = String(answer.headers['x-token'])
    written.push({ path, token, hash: sha256(body), state: 'there' })
  }

  async function remove(paste: Written): Promise<void> {
    paste.state = 'unsure'
    const headers = { 'x-token': paste.token }
    const answer = await send(agent, `${ledge.url}${paste.path}`, { method: 'DELETE', headers })
    assert.equal(answer.status, 200)
    paste.state = 'deleted'
  }

  const writers = Promise.all(Array.from({ length: WRITERS }, writer))
  const moment = firstDone.promise.then(() => sleep(random.next() * 1500))
  await Promise.race([writers, moment])
  killed = true
  await ledge.stop('SIGKILL')
  await writers
  agent.destroy()
}

/** Asks for each, byte for byte. @returns how many were asked for */
async function checkAll(ledge: LedgeProcess, pastes: readonly Written[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  await Promise.all(
    pastes.map(async ({ path, hash, state }) => {
      const { status, body } = await send(agent, `${ledge.url}/raw${path}`, {})
      const is = status === 200 ? `200 ${sha256(body)}` : String(status)
      // A deleted one may be known as gone or, its object deleted, as nothing at all.
      const allowed = { there: [`200 ${hash}`], deleted: ['404', '410'] }
      const both = [...allowed.there, ...allowed.deleted]
      assert.ok(
        (state === 'unsure' ? both : allowed[state]).includes(is),
        `${path} ${state}: ${is}`,
      )
    }),
  )
  agent.destroy()
  return pastes.length
}

/** Looks behind the service: every visible row has its object, every object has a row. */
async function checkStores(dir: string, written: readonly Written[]) {
  const rows = await readRows(join(dir, 'postgres'))
  const objects = await readObjects(join(dir, 'bucket/objects'))
  const visible = [...rows].filter(([, { state }]) => state === 'visible')
  for (const [id, row] of visible) assert.equal(objects.get(id), row.sha256, `the object of ${id}`)
  for (const id of objects.keys()) assert.ok(rows.has(id), `${id} has an object and no row`)
  for (const { path, hash, state } of written) {
    const row = rows.get(path.slice(1))
    if (state === 'there') assert.deepEqual(row, { state: 'visible', sha256: hash })
    if (state === 'deleted') assert.equal(row?.state, 'deleted')
  }
  return { visible: visible.length, others: objects.size - visible.length }
}

async function readRows(dir: string) {
  const database = await openEmbeddedDatabase({ dir, onError: assert.ifError })
  const { rows } = await database.pool.query<{ id: string; state: string; sha256: string }>(
    'select id, state, sha256 from pastes',
  )
  await database.close()
  return new Map(rows.map(({ id, ...row }) => [id, row]))
}

/** The hash of what each object holds, unpacked, by its name. */
async function readObjects(dir: string): Promise<Map<string, string>> {
  const hashes = new Map<string, string>()
  const files = await readdir(dir, { recursive: true, withFileTypes: true })
  for (const file of files.filter((entry) => entry.isFile())) {
    const handle = await open(join(file.parentPath, file.name))
    const { object, offset } = await readObjectFile(handle)
    await handle.close()
    const bytes = await readFile(join(file.parentPath, file.name))
    const record = decodeRecord(bytes.subarray(offset), object.name)
    assert.ok(record.kind === 'paste' && record.body !== null, object.name)
    const { body, head } = record
    hashes.set(object.name, sha256(head.encoding === 'gzip' ? gunzipSync(body) : body))
  }
  return hashes
}

interface Sent {
  method?: string
  headers?: Record<string, string>
  body?: Buffer
}

async function send(agent: Agent, url: string, { method = 'GET', headers = {}, body }: Sent) {
  const sending = request(url, { agent, method, headers })
  sending.end(body)
  const [answer] = (await once(sending, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk)
  const { statusCode: status = 0 } = answer
  return { status, headers: answer.headers, body: Buffer.concat(chunks) }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

test('a reader who stalls does not hold the end up', async (t: TestContext) => {
  const ledge = await startLedge(t, { DATA_DIR: join(await makeFolder(t), 'data') })
  const agent = new Agent()
  const body = createRandom(1).bytes(9 * 1024 * 1024)
  const made = await send(agent, ledge.url, { method: 'POST', body })
  const { pathname } = new URL(made.body.toString().trim())
  const reading = request(`${ledge.url}/raw${pathname}`, { agent }).end()
  const [answer] = (await once(reading, 'response')) as [IncomingMessage]
  answer.on('error', () => {})

  const begun = performance.now()
  const { code } = await ledge.stop()
  const tookMs = performance.now() - begun
  assert.equal(code, 0)
  assert.ok(tookMs < 5000, `${tookMs} ms`)
  answer.destroy()
})
