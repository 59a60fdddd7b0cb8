import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SQL } from 'sql-template-strings'
import { flushServer, restartServer, snapshotState } from '../shared/cache/in-process.ts'
import { encodeTombstone } from '../shared/record.ts'
import { timing } from '../shared/timing.ts'
import {
  age,
  createOriginWorld,
  createTestOrigin,
  newPaste,
  openTestDatabase,
  openTestOrigin,
  type OriginWorld,
  rowOf,
} from './testing/origin.ts'

const database = await openTestDatabase()

const opened = () => openTestOrigin(database)

async function watermarkOf({ cache }: OriginWorld) {
  const { watermark } = await cache.state()
  assert.ok(watermark)
  return watermark
}

/** Time passes for the cache's clock. */
function tick(world: OriginWorld): void {
  world.server.clockOffsetMs += 10
}

/** Deletes while the cache is away, so that it is not told. */
async function deleteUntold(world: OriginWorld, origin: ReturnType<typeof createTestOrigin>) {
  const { id } = (await origin.createPaste(newPaste())).head
  world.server.down = true
  await origin.removePaste(id, 'deleted')
  world.server.down = false
  return id
}

test('the first round begins an epoch, the same server keeps it', async () => {
  const { world, origin } = await opened()
  const first = await watermarkOf(world)
  assert.equal(first.server, world.server.name)
  assert.ok(first.timeMs > 0)
  tick(world)
  assert.equal(await origin.voucher.vouch(), true)
  const second = await watermarkOf(world)
  assert.equal(second.epoch, first.epoch)
  assert.ok(second.timeMs > first.timeMs)
})

test('a server that came back gets a new epoch, with old data or without', async () => {
  for (const keeps of [true, false]) {
    const { world, origin } = await opened()
    const { epoch } = await watermarkOf(world)
    restartServer(world.server, keeps ? snapshotState(world.server) : undefined)
    assert.equal(await origin.voucher.vouch(), true)
    assert.ok((await watermarkOf(world)).epoch > epoch)
  }
})

test('I16: nothing is vouched for while an old enough deletion is untold', async () => {
  const { world, origin } = await opened()
  const id = await deleteUntold(world, origin)
  await age(database, id, timing.vouchGraceMs + 1)
  const before = await watermarkOf(world)
  tick(world)
  const { bury } = world.cache
  world.cache.bury = () => Promise.reject(new Error('not now'))
  assert.equal(await origin.voucher.vouch(), false)
  assert.deepEqual(await watermarkOf(world), before)
  world.cache.bury = bury
  assert.equal(await origin.voucher.vouch(), true)
  assert.deepEqual(await world.cache.get(id), encodeTombstone('deleted'))
  assert.equal((await rowOf(database, id))?.buried_in, String(before.epoch))
})

test('I16: a deletion in the middle of a round is found before the round vouches', async () => {
  const { world, origin } = await opened()
  const first = await deleteUntold(world, origin)
  const second = await deleteUntold(world, origin)
  await age(database, first, timing.vouchGraceMs + 1)
  const { bury } = world.cache
  const { advance } = world.cache
  world.cache.bury = async (invalidation) => {
    // While the first is buried, the second grows older than the grace.
    if (invalidation.id === first) await age(database, second, timing.vouchGraceMs + 1)
    return bury(invalidation)
  }
  let toldBeforeAdvance = false
  world.cache.advance = async (...args) => {
    toldBeforeAdvance = (await rowOf(database, second))?.buried_in !== '0'
    return advance(...args)
  }
  tick(world)
  assert.equal(await origin.voucher.vouch(), true)
  assert.equal(toldBeforeAdvance, true)
})

test('I16: a burial that happened in another epoch does not count', async () => {
  const { world, origin } = await opened()
  const id = await deleteUntold(world, origin)
  await age(database, id, timing.vouchGraceMs + 1)
  const { bury } = world.cache
  world.cache.bury = async (invalidation) => {
    await bury(invalidation)
    return 999_999
  }
  tick(world)
  assert.equal(await origin.voucher.vouch(), false)
})

test('a watermark is not written over one that another origin put meanwhile', async () => {
  const { world, origin } = await opened()
  const { state } = world.cache
  world.cache.state = async () => {
    const seen = await state()
    flushServer(world.server)
    await world.cache.proposeEpoch(null, world.server.name, 77_777)
    return seen
  }
  tick(world)
  assert.equal(await origin.voucher.vouch(), false)
  assert.deepEqual(await watermarkOf(world), {
    server: world.server.name,
    epoch: 77_777,
    timeMs: 0,
  })
})

test('everything recent is told again in a new epoch, wherever its life stands', async () => {
  const { world, origin } = await opened()
  const ids = []
  for (let n = 0; n < 3; n += 1) {
    const { id } = (await origin.createPaste(newPaste())).head
    await origin.removePaste(id, 'deleted')
    ids.push(id)
  }
  const [fresh = '', settled = '', retired = ''] = ids
  await age(database, fresh, timing.vouchGraceMs + 1)
  // Gone long ago, but its object was absent only for less than the window.
  await database.query(SQL`
    update pastes set gone_at = now() - interval '20 days',
      purged_at = now() - interval '64 minutes' where id = ${settled}`)
  await age(database, retired, timing.retireMs)
  restartServer(world.server)
  await origin.voucher.vouch()
  assert.notEqual(await world.cache.get(fresh), null)
  assert.notEqual(await world.cache.get(settled), null)
  assert.equal(await world.cache.get(retired), null, 'no record of it can be anywhere')
})

test('expired and burned pastes need no telling', async () => {
  const { world, origin } = await opened()
  const { id } = (await origin.createPaste(newPaste())).head
  await database.query(`update pastes set state = 'expired', gone_at = now() - interval '1 min'`)
  restartServer(world.server)
  assert.equal(await origin.voucher.vouch(), true)
  assert.equal(await world.cache.get(id), null)
})

test('many that are untold are told in one round', async () => {
  const { world, origin } = await opened()
  await database.query(SQL`
    insert into pastes (id, state, expires_at, gone_at, due_at, size, stored_size, sha256, burn)
    select 'many' || n, 'deleted', now(), now() - interval '1 min', now(), 0, 0, '', false
    from generate_series(1, 1200) n`)
  tick(world)
  assert.equal(await origin.voucher.vouch(), true)
  assert.notEqual(await world.cache.get('many1200'), null)
})

test('the index carries the question: it costs nothing when all is told', async () => {
  await createOriginWorld(database)
  await database.query(SQL`
    insert into pastes (id, state, expires_at, gone_at, due_at, buried_in, size, stored_size,
      sha256, burn)
    select 'told' || n, 'deleted', now(), now() - interval '1 min', now(), 5, 0, 0, '', false
    from generate_series(1, 6000) n`)
  await database.query('analyze pastes')
  const { rows } = await database.query<{ 'QUERY PLAN': string }>(SQL`
    explain select id, state from pastes
    where (buried_in < ${5} or buried_in > ${5})
      and state in ('deleted', 'removed') and retired_at is null limit 500`)
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  assert.match(plan, /pastes_unburied/)
  assert.doesNotMatch(plan, /Seq Scan/)
})

test('a database that is away only means that nobody vouches', async () => {
  const { world, origin } = await opened()
  const fail = () => Promise.reject(new Error('away'))
  const broken = createTestOrigin({ ...world, database: { query: fail, transaction: fail } })
  const before = await watermarkOf(world)
  tick(world)
  assert.equal(await broken.voucher.vouch(), false)
  assert.deepEqual(await watermarkOf(world), before)
  assert.notEqual(broken.voucher.cacheTimeMs(), null)
  assert.equal(await origin.voucher.vouch(), true)
})
