import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, afterEach, test } from 'node:test'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { SQL } from 'sql-template-strings'
import type { Fetch } from '../shared/http/serve.ts'
import { timing } from '../shared/timing.ts'
import {
  ask,
  BROWSER,
  bytesOf,
  CURL,
  deletePaste,
  JSON_CLIENT,
  type Made,
  makePaste,
} from './support/client.ts'
import { startTestSystem, TEST_CONTACT } from './support/system.ts'

/** The promise: what is gone is gone, at every edge, by the bound and not before. */

const system = await startTestSystem()
const { apps, broken } = system
after(system.close)
afterEach(() => {
  broken.bucket.clear()
  broken.database = false
})
const edges = [apps.edge, apps.otherEdge]
const ALIVE = new Set([200, 206, 304])

const KINDS = [
  { method: 'GET', headers: {} },
  { method: 'HEAD', headers: {} },
  { method: 'GET', headers: { range: 'bytes=0-2' } },
  { method: 'GET', headers: { 'if-none-match': '*' } },
]

/** One read of a kind and at an edge that change with `turn`. */
function readAtTurn(id: string, turn: number, prefix = '/raw/'): Promise<Response> {
  const kind = KINDS[turn % KINDS.length]
  const edge = edges[Math.floor(turn / KINDS.length) % edges.length]
  assert.ok(edge && kind)
  return ask(edge, `${prefix}${id}`, kind)
}

test('I1: no read that begins after a propagated deletion succeeds, at either edge', async () => {
  const pastes = await Promise.all(Array.from({ length: 30 }, () => makePaste(system, 'secret\n')))
  const deletedAt = new Map<string, number>()
  const late: string[] = []
  const counts = { before: 0, after: 0 }
  let stop = false
  async function readOn(id: string): Promise<void> {
    for (let turn = 0; !stop && turn < 100_000; turn += 1) {
      const begun = performance.now()
      const { status } = await readAtTurn(id, turn)
      const gone = begun > (deletedAt.get(id) ?? Infinity)
      counts[gone ? 'after' : 'before'] += 1
      if (gone && ALIVE.has(status)) late.push(`${id} ${status} turn ${turn}`)
      await setImmediate()
    }
  }
  const readers = pastes.map(({ id }) => readOn(id))
  for (const paste of pastes) {
    const { status, propagated } = await deleted(paste)
    assert.deepEqual([status, propagated], [200, true])
    deletedAt.set(paste.id, performance.now())
  }
  await sleep(300)
  stop = true
  await Promise.all(readers)
  assert.deepEqual(late.slice(0, 5), [])
  assert.ok(counts.before > 30 && counts.after > 240, JSON.stringify(counts))
  for (const { id } of pastes) {
    for (let turn = 0; turn < 8; turn += 1) assert.equal((await readAtTurn(id, turn)).status, 410)
    assert.equal(await system.bucket.get(id), null)
  }
})

async function deleted(paste: Made) {
  const response = await deletePaste(system, paste)
  const { id, propagated } = (await response.json()) as { id: string; propagated: boolean }
  assert.equal(id, paste.id)
  return { status: response.status, propagated }
}

test('deleting twice answers 200 twice', async () => {
  const paste = await makePaste(system, 'secret\n')
  assert.deepEqual(await deleted(paste), { status: 200, propagated: true })
  assert.deepEqual(await deleted(paste), { status: 200, propagated: true })
})

const unfinished: string[] = []

test('a deletion that could not delete the object says so, and is believed all the same', async () => {
  const paste = await makePaste(system, 'secret\n')
  unfinished.push(paste.id)
  await ask(apps.edge, `/${paste.id}`)
  broken.bucket.add('delete')
  assert.deepEqual(await deleted(paste), { status: 200, propagated: false })
  broken.bucket.clear()
  for (const edge of edges) assert.equal((await ask(edge, `/${paste.id}`)).status, 410)
})

test('I2: nothing is served at or after its expiry, and everything until then', async () => {
  const pastes = await makeExpiring(200)
  const late: string[] = []
  const early: string[] = []
  const readInTheEnd = new Set<string>()
  const endsAt = Math.max(...pastes.map(({ expiresAt }) => expiresAt)) + 300
  for (let turn = 0; Date.now() < endsAt; turn += 1) {
    const now = Date.now()
    // Those that are about to go are read all the time, until they have been gone for a moment.
    const soonMs = turn % 10 === 0 ? Infinity : 400
    const near = pastes.filter(({ expiresAt }) => Math.abs(expiresAt - now) < soonMs)
    for (const { id, expiresAt } of near.filter((each) => each.expiresAt > now - 300)) {
      const begun = Date.now()
      const { status } = await readAtTurn(id, turn)
      const ended = Date.now()
      if (begun >= expiresAt && ALIVE.has(status)) late.push(`${id} ${begun - expiresAt} ms late`)
      if (ended < expiresAt && !ALIVE.has(status)) early.push(`${id} ${status}`)
      if (ended < expiresAt && begun >= expiresAt - 200) readInTheEnd.add(id)
    }
    await setImmediate()
  }
  assert.deepEqual([late.slice(0, 5), early.slice(0, 5)], [[], []])
  // How many depends on the machine: when it stalls, some go unread.
  assert.ok(readInTheEnd.size > 100, `${readInTheEnd.size} were read in their last 200 ms`)
  await allPurged(pastes)
})

/** With 1 to 5 s to live; each is in both edges' memories. */
async function makeExpiring(count: number): Promise<Made[]> {
  const numbers = Array.from({ length: count }, (_, index) => index)
  const pastes = await Promise.all(
    numbers.map(async (index) => {
      // The longest lives first: making them takes a while.
      const paste = await makePaste(
        system,
        'secret\n',
        `?ttl=${5 - Math.floor((5 * index) / count)}`,
      )
      for (const edge of edges) await ask(edge, `/raw/${paste.id}`)
      return paste
    }),
  )
  return pastes
}

async function allPurged(pastes: readonly Made[]): Promise<void> {
  const ids = pastes.map(({ id }) => id)
  await until(async () => {
    const { rows } = await system.database.query<{ count: number }>(SQL`
      select count(*)::integer as count from pastes
      where id = any(${ids}) and state = 'expired' and purged_at is not null`)
    return rows[0]?.count === pastes.length
  })
  for (const id of ids) assert.equal(await system.bucket.get(id), null)
}

async function until(holds: () => Promise<boolean>, limitMs = 10_000): Promise<void> {
  const endsAt = performance.now() + limitMs
  while (!(await holds())) {
    assert.ok(performance.now() < endsAt, `did not come about within ${limitMs} ms`)
    await sleep(50)
  }
}

test('what a deletion could not do the janitor has done meanwhile', async () => {
  assert.equal(unfinished.length, 1)
  for (const id of unfinished) {
    await until(async () => (await system.bucket.get(id)) === null)
  }
})

test('a takedown is 451 at both edges, with whom to ask', async () => {
  for (const body of ['bad\n', randomBytes(2_000_000)]) {
    const { id } = await makePaste(system, body)
    for (const edge of edges) {
      const response = await ask(edge, `/${id}`)
      assert.equal(response.status, 200)
      await response.body?.cancel()
    }
    assert.deepEqual(await system.removePaste(id, 'removed'), { propagated: true })
    for (const edge of edges) {
      const response = await ask(edge, `/${id}`)
      assert.equal(response.status, 451)
      const text = await response.text()
      assert.equal(text, `error: removed after a report\nquestions: ${TEST_CONTACT}\n`)
    }
    const opened = await ask(apps.origin, `/${id}/open`, { method: 'POST' })
    assert.equal(opened.status, 451)
    assert.match(await opened.text(), /abuse@/)
  }
})

test('I5: of a hundred that open a burn paste, one gets the body', async () => {
  const { id } = await makePaste(system, 'once\n', '?burn')
  const opening = Array.from({ length: 100 }, () =>
    ask(apps.front, `/${id}/open`, { method: 'POST' }),
  )
  const answers = await Promise.all(
    (await Promise.all(opening)).map(async (response) => [response.status, await response.text()]),
  )
  const won = answers.filter(([status]) => status === 200)
  assert.deepEqual(won, [[200, 'once\n']])
  assert.equal(answers.filter(([status]) => status === 410).length, 99)
  for (let turn = 0; turn < 8; turn += 1) {
    assert.ok([404, 410].includes((await readAtTurn(id, turn, '/')).status))
  }
})

const PREVIEWS = [
  CURL,
  BROWSER,
  JSON_CLIENT,
  { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' },
  { 'user-agent': 'WhatsApp/2.23.20.0' },
  { 'user-agent': 'facebookexternalhit/1.1' },
]

test('looking at a burn paste burns nothing: every face is 428', async () => {
  const { id } = await makePaste(system, 'once\n', '?burn')
  const bodies: string[] = []
  for (let turn = 0; turn < 50; turn += 1) {
    const agent = PREVIEWS[turn % PREVIEWS.length] ?? CURL
    const headers = { ...agent, ...(turn % 3 === 0 ? { range: 'bytes=0-2' } : {}) }
    const path = turn % 5 === 0 ? `/raw/${id}` : `/${id}`
    for (const method of ['GET', 'HEAD']) {
      const response = await ask(edges[turn % 2] ?? apps.edge, path, { method, headers })
      assert.equal(response.status, 428)
      bodies.push(await response.text())
    }
  }
  assert.ok(!bodies.some((body) => body.includes('once\n')))
  const opened = await openedBody(apps.front, id)
  assert.deepEqual(opened, [200, 'once\n'])
})

async function openedBody(app: Fetch, id: string): Promise<[number, string]> {
  const response = await ask(app, `/${id}/open`, { method: 'POST' })
  if (response.status === 200) {
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.equal(response.headers.get('etag'), null)
    assert.equal(response.headers.get('accept-ranges'), null)
  }
  return [response.status, (await bytesOf(response)).toString()]
}

test('after the opening an edge that had shown the interstitial says gone in a second', async () => {
  const { id } = await makePaste(system, 'once\n', '?burn')
  assert.equal((await ask(apps.edge, `/${id}`)).status, 428)
  assert.deepEqual(await openedBody(apps.origin, id), [200, 'once\n'])
  const begun = performance.now()
  await until(async () => (await ask(apps.edge, `/${id}`)).status === 410, 5000)
  // The object goes in the background; from then on it is the age rule alone.
  assert.ok(performance.now() - begun < timing.bucketTrustMs + 1000)
})

test('a bucket or a database that fails while opening burns nothing', async () => {
  const { id } = await makePaste(system, 'once\n', '?burn')
  broken.bucket.add('get')
  assert.equal((await openedBody(apps.front, id))[0], 503)
  broken.bucket.clear()
  broken.database = true
  assert.equal((await openedBody(apps.front, id))[0], 503)
  broken.database = false
  assert.deepEqual(await openedBody(apps.front, id), [200, 'once\n'])
  assert.equal((await openedBody(apps.front, id))[0], 410)
})

test('opening what does not burn answers as reading it does, as often as one likes', async () => {
  const { id } = await makePaste(system, 'often\n')
  assert.deepEqual(await openedBody(apps.front, id), [200, 'often\n'])
  assert.deepEqual(await openedBody(apps.front, id), [200, 'often\n'])
})
