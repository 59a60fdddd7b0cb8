import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openEmbeddedDatabase } from '../local/database.ts'
import { createWalKeeper } from '../local/wal.ts'
import { createDatabase } from '../origin/database.ts'
import { type LedgeProcess, startLedge } from './support/process.ts'
import { mountSmallDisk, type SmallDisk } from './support/small-disk.ts'

/** A disk that is really full: what is stored goes on being served, and nothing breaks for good. */

const PASTE_BYTES = 1024 * 1024

test('a disk that pastes fill refuses more, serves the rest and recovers', async (t) => {
  const disk = await mount(t, 160)
  if (disk === null) return
  const ledge = await startLedge(t, { DATA_DIR: join(disk.dir, 'data') })
  const made: Made[] = []
  for (;;) {
    const answer = await create(ledge, PASTE_BYTES)
    if (answer.made === null) {
      assert.deepEqual(answer, FULL)
      break
    }
    made.push(answer.made)
    assert.ok(made.length < 160, 'it took more than there is room for')
  }
  assert.ok(made.length > 8, `it took only ${made.length} MiB`)
  await checkAll(ledge, made)

  for (const { path, token } of made.splice(0, 4)) {
    const headers = { 'x-token': token }
    const answer = await fetch(`${ledge.url}${path}`, { method: 'DELETE', headers })
    assert.deepEqual(await answer.json(), { id: path.slice(1), propagated: true })
  }
  const again = await create(ledge, PASTE_BYTES)
  assert.ok(again.made !== null, 'room was made')
  await checkAll(ledge, [...made, again.made])
})

test('a disk that others fill to the last byte harms nothing', async (t) => {
  const disk = await mount(t, 160)
  if (disk === null) return
  const settings = { DATA_DIR: join(disk.dir, 'data') }
  const ledge = await startLedge(t, settings)
  const made = [await createOne(ledge), await createOne(ledge)]
  await disk.fill()
  assert.equal(await disk.freeBytes(), 0)
  for (let tries = 0; tries < 300; tries += 1) assert.deepEqual(await create(ledge, 1000), FULL)
  await checkAll(ledge, made)

  await disk.free()
  made.push(await createOne(ledge))
  await checkAll(ledge, made)
  assert.equal((await ledge.stop()).code, 0)

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const next = await startLedge(t, settings)
    made.push(await createOne(next))
    await checkAll(next, made)
    await disk.fill()
    const { code } = await next.stop(signal)
    assert.equal(code, signal === 'SIGTERM' ? 0 : null)
    await disk.free()
  }
  const last = await startLedge(t, settings)
  await checkAll(last, made)
})

test("the database's log finds room on a full disk, for as long as need be", async (t) => {
  const disk = await mount(t, 96)
  if (disk === null) return
  const dir = join(disk.dir, 'postgres')
  const opened = await openEmbeddedDatabase({ dir, onError: assert.ifError })
  const database = createDatabase({ pool: opened.pool })
  const ballast = join(disk.dir, 'ballast')
  const keeper = createWalKeeper({ database, ballast, onError: assert.ifError })
  await keeper.tend()
  await disk.fill()
  // Four segments' worth, without any data file growing.
  for (let mebibytes = 0; mebibytes < 64; mebibytes += 1) {
    await database.query(`select pg_logical_emit_message(false, 'x', repeat('x', 1048576))`)
    if (mebibytes % 4 === 0) await keeper.tend()
  }
  await keeper.stop()
  await opened.close()
  assert.ok((await disk.freeBytes()) > 0)
})

/** Skips the test where mounting is not permitted; a CI that cannot mount tests nothing. */
async function mount(t: TestContext, mebibytes: number): Promise<SmallDisk | null> {
  const disk = await mountSmallDisk(t, mebibytes)
  if (disk === null) {
    assert.notEqual(process.env.CI, 'true', 'mounting must be permitted in CI')
    t.skip('mounting is not permitted here')
  }
  return disk
}

interface Made {
  path: string
  token: string
  bytes: Buffer
}

interface Answer {
  made: Made | null
  status: number
  text: string
}

const FULL: Answer = {
  made: null,
  status: 507,
  text: 'error: storage is full\ntry again later, or a shorter ttl\n',
}

async function create({ url }: LedgeProcess, length: number): Promise<Answer> {
  const bytes = randomBytes(length)
  const answer = await fetch(url, { method: 'POST', body: bytes })
  const { status } = answer
  const text = await answer.text()
  if (status !== 201) return { made: null, status, text }
  const token = answer.headers.get('x-token') ?? ''
  return { made: { path: new URL(text.trim()).pathname, token, bytes }, status, text }
}

async function createOne(ledge: LedgeProcess): Promise<Made> {
  const { made, text } = await create(ledge, 1000)
  assert.ok(made !== null, text)
  return made
}

async function checkAll({ url }: LedgeProcess, pastes: readonly Made[]): Promise<void> {
  for (const { path, bytes } of pastes) {
    const answer = await fetch(`${url}/raw${path}`)
    assert.equal(answer.status, 200)
    assert.ok(bytes.equals(Buffer.from(await answer.arrayBuffer())), path)
  }
}
