import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeTombstone } from '../record.ts'
import { logPage, timing } from '../timing.ts'
import type { LoggedInvalidation, SharedCache } from './cache.ts'

/** What every SharedCache must do; run over each implementation. */

export interface CacheUnderTest {
  cache: SharedCache
  /** A second client of the same server. */
  other: SharedCache
  /** The server dies and comes back without its data. */
  restart(): Promise<void>
  /** Everything is forgotten, the server stays. */
  flush(): Promise<void>
  /** Moves the server's clock on; null where that cannot be done. */
  moveClock: ((byMs: number) => void) | null
  close(): Promise<void>
}

const RECORD = Buffer.from('{"a":"record"}\nwith a body \u0000\u00ff')
const LATER = 100_000

type Case = [statement: string, run: (under: CacheUnderTest) => Promise<void>, needsClock?: boolean]

export function cacheSuite(name: string, open: () => Promise<CacheUnderTest>): void {
  for (const [statement, run, needsClock = false] of CASES) {
    test(`${name}: ${statement}`, async (t) => {
      const under = await open()
      try {
        if (needsClock && under.moveClock === null) t.skip('this server has a clock of its own')
        else await run(under)
      } finally {
        await under.close()
      }
    })
  }
}

async function nowOf(cache: SharedCache): Promise<number> {
  return (await cache.state()).timeMs
}

async function fill(cache: SharedCache, id: string, lifeMs = LATER) {
  const timeMs = await nowOf(cache)
  return cache.fill(id, RECORD, timeMs + lifeMs, timeMs + 1000)
}

/** Begins an epoch as an origin does. */
async function beginEpoch(cache: SharedCache, epoch: number): Promise<void> {
  const { server, watermark } = await cache.state()
  assert.equal(await cache.proposeEpoch(watermark, server, epoch), true)
}

const CASES: Case[] = [
  [
    'a filled record comes back byte for byte, also to another client',
    async ({ cache, other }) => {
      assert.equal(await cache.get('id'), null)
      assert.equal(await fill(cache, 'id'), 'ok')
      assert.deepEqual(await other.get('id'), RECORD)
    },
  ],
  [
    'a fill never overwrites a tombstone',
    async ({ cache, other }) => {
      await other.bury({ id: 'id', reason: 'deleted' })
      assert.equal(await fill(cache, 'id'), 'gone')
      assert.deepEqual(await cache.get('id'), encodeTombstone('deleted'))
    },
  ],
  [
    'a fill after its deadline does nothing',
    async ({ cache }) => {
      const timeMs = await nowOf(cache)
      assert.equal(await cache.fill('id', RECORD, timeMs + LATER, timeMs - 1), 'late')
      assert.equal(await cache.get('id'), null)
    },
  ],
  [
    'a fill after its deadline still says gone where that is so',
    async ({ cache }) => {
      await cache.bury({ id: 'id', reason: 'deleted' })
      const timeMs = await nowOf(cache)
      assert.equal(await cache.fill('id', RECORD, timeMs + LATER, timeMs - 1), 'gone')
    },
  ],
  [
    'a tombstone replaces a record',
    async ({ cache }) => {
      await fill(cache, 'id')
      await cache.bury({ id: 'id', reason: 'removed' })
      assert.deepEqual(await cache.get('id'), encodeTombstone('removed'))
    },
  ],
  [
    'burying says in which epoch it happened, and 0 where there is none',
    async ({ cache }) => {
      assert.equal(await cache.bury({ id: 'id', reason: 'deleted' }), 0)
      await beginEpoch(cache, 7)
      assert.equal(await cache.bury({ id: 'id', reason: 'deleted' }), 7)
    },
  ],
  [
    'what is buried reaches subscribers and the log, in order',
    async ({ cache, other }) => {
      const heard: string[] = []
      const { cursor } = await other.poll(null)
      const all = Promise.withResolvers<void>()
      const subscription = other.subscribe({
        gone: ({ id }) => heard.push(id) === 2 && all.resolve(),
        expired: () => undefined,
      })
      await settleSubscription(cache, other)
      await cache.bury({ id: 'one', reason: 'deleted' })
      await cache.bury({ id: 'two', reason: 'removed' })
      await all.promise
      assert.deepEqual(heard, ['one', 'two'])
      const { entries, complete } = await other.poll(cursor)
      assert.deepEqual(withoutTimes(entries), [
        { id: 'one', reason: 'deleted' },
        { id: 'two', reason: 'removed' },
      ])
      assert.equal(complete, true)
      await subscription.close()
    },
  ],
  [
    'expired ids are published and not logged',
    async ({ cache, other }) => {
      const heard = Promise.withResolvers<readonly string[]>()
      const { cursor } = await other.poll(null)
      const subscription = other.subscribe({
        gone: () => undefined,
        expired: (ids) => ids.length > 0 && heard.resolve(ids),
      })
      await settleSubscription(cache, other)
      await cache.publishExpired(['one', 'two'])
      assert.deepEqual(await heard.promise, ['one', 'two'])
      assert.deepEqual((await other.poll(cursor)).entries, [])
      await subscription.close()
    },
  ],
  [
    'a closed subscription hears nothing more',
    async ({ cache, other }) => {
      const heard: string[] = []
      const subscription = other.subscribe({
        gone: ({ id }) => heard.push(id),
        expired: () => undefined,
      })
      await subscription.close()
      await subscription.close()
      await cache.bury({ id: 'id', reason: 'deleted' })
      await other.state()
      assert.deepEqual(heard, [])
    },
  ],
  [
    'the log is read in pages, from where one was',
    async ({ cache }) => {
      const { cursor } = await cache.poll(null)
      const count = logPage.entries + 5
      for (let n = 0; n < count; n += 1) await cache.bury({ id: `id${n}`, reason: 'deleted' })
      const first = await cache.poll(cursor)
      assert.equal(first.entries.length, logPage.entries)
      assert.equal(first.complete, false)
      const second = await cache.poll(first.cursor)
      assert.equal(second.complete, true)
      assert.deepEqual(
        second.entries.map(({ id }) => id),
        [0, 1, 2, 3, 4].map((n) => `id${logPage.entries + n}`),
      )
      assert.deepEqual((await cache.poll(second.cursor)).entries, [])
    },
  ],
  [
    'a poll without a cursor starts at the end of the log',
    async ({ cache }) => {
      await cache.bury({ id: 'before', reason: 'deleted' })
      const { entries, cursor } = await cache.poll(null)
      assert.deepEqual(entries, [])
      await cache.bury({ id: 'after', reason: 'deleted' })
      const next = await cache.poll(cursor)
      assert.deepEqual(withoutTimes(next.entries), [{ id: 'after', reason: 'deleted' }])
    },
  ],
  [
    'an epoch begins only in place of the watermark that was seen',
    async ({ cache, other }) => {
      const { server } = await cache.state()
      assert.equal(await cache.proposeEpoch(null, server, 1), true)
      assert.equal(await other.proposeEpoch(null, server, 2), false)
      assert.deepEqual((await other.state()).watermark, { server, epoch: 1, timeMs: 0 })
      assert.equal(await cache.advance(1, 500), true)
      assert.equal(
        await other.proposeEpoch({ server, epoch: 1, timeMs: 0 }, server, 2),
        false,
        'its time has moved since',
      )
      assert.equal(await other.proposeEpoch({ server, epoch: 1, timeMs: 500 }, server, 2), true)
    },
  ],
  [
    'the watermark moves on only, and only in its epoch',
    async ({ cache }) => {
      assert.equal(await cache.advance(1, 100), false)
      await beginEpoch(cache, 1)
      assert.equal(await cache.advance(1, 100), true)
      assert.equal(await cache.advance(1, 100), false)
      assert.equal(await cache.advance(1, 99), false)
      assert.equal(await cache.advance(2, 200), false)
      assert.equal((await cache.poll(null)).watermark?.timeMs, 100)
    },
  ],
  [
    'a restart forgets, renames the server and loses the connections',
    async ({ cache, restart }) => {
      await fill(cache, 'id')
      await beginEpoch(cache, 1)
      const before = await cache.state()
      const connection = cache.connection()
      await restart()
      const after = await cache.state()
      assert.notEqual(after.server, before.server)
      assert.equal(after.watermark, null)
      assert.notEqual(cache.connection(), connection)
      assert.equal(await cache.get('id'), null)
    },
  ],
  [
    'a flush forgets, but the server and its connections stay',
    async ({ cache, flush }) => {
      await fill(cache, 'id')
      await beginEpoch(cache, 1)
      const { server } = await cache.state()
      const connection = cache.connection()
      await flush()
      assert.deepEqual((await cache.state()).watermark, null)
      assert.equal((await cache.state()).server, server)
      assert.equal(cache.connection(), connection)
      assert.equal(await cache.get('id'), null)
    },
  ],
  [
    'a record lives until its paste expires, and for an hour at most',
    async ({ cache, moveClock }) => {
      await fill(cache, 'short', 5000)
      await fill(cache, 'long', 10 * timing.recordLifeMs)
      moveClock?.(4999)
      assert.deepEqual(await cache.get('short'), RECORD)
      moveClock?.(1)
      assert.equal(await cache.get('short'), null)
      moveClock?.(timing.recordLifeMs - 5001)
      assert.deepEqual(await cache.get('long'), RECORD)
      moveClock?.(1)
      assert.equal(await cache.get('long'), null)
    },
    true,
  ],
  [
    'a tombstone stays for good, until it settles',
    async ({ cache, moveClock }) => {
      await cache.bury({ id: 'id', reason: 'deleted' })
      moveClock?.(10 * timing.tombstoneLifeMs)
      assert.deepEqual(await cache.get('id'), encodeTombstone('deleted'))
      await cache.settle('id')
      moveClock?.(timing.tombstoneLifeMs - 1)
      assert.deepEqual(await cache.get('id'), encodeTombstone('deleted'))
      moveClock?.(1)
      assert.equal(await cache.get('id'), null)
    },
    true,
  ],
  [
    'burying again takes the time to live away',
    async ({ cache, moveClock }) => {
      await cache.bury({ id: 'id', reason: 'deleted' })
      await cache.settle('id')
      await cache.bury({ id: 'id', reason: 'deleted' })
      moveClock?.(10 * timing.tombstoneLifeMs)
      assert.deepEqual(await cache.get('id'), encodeTombstone('deleted'))
    },
    true,
  ],
  [
    'settling what is no tombstone does nothing',
    async ({ cache }) => {
      await cache.settle('nothing')
      await fill(cache, 'id')
      await cache.settle('id')
      assert.deepEqual(await cache.get('id'), RECORD)
      assert.equal(await cache.get('nothing'), null)
    },
  ],
  [
    'trimming cuts what is older than the log remembers, by its own clock',
    async ({ cache, moveClock }) => {
      const { cursor } = await cache.poll(null)
      await cache.bury({ id: 'old', reason: 'deleted' })
      moveClock?.(timing.logLifeMs - 1000)
      await cache.bury({ id: 'new', reason: 'deleted' })
      assert.equal(await cache.trim(), 0)
      moveClock?.(1001)
      assert.equal(await cache.trim(), 1)
      const { entries } = await cache.poll(cursor)
      assert.deepEqual(withoutTimes(entries), [{ id: 'new', reason: 'deleted' }])
    },
    true,
  ],
]

/** A subscription may take a moment to stand: buries until one is heard. */
async function settleSubscription(cache: SharedCache, other: SharedCache): Promise<void> {
  const heard = Promise.withResolvers<void>()
  const probe = other.subscribe({ gone: () => undefined, expired: () => heard.resolve() })
  const timer = setInterval(() => void cache.publishExpired([]), 5)
  await Promise.all([heard.promise, cache.publishExpired([])])
  clearInterval(timer)
  await probe.close()
}

function withoutTimes(entries: readonly LoggedInvalidation[]) {
  return entries.map(({ id, reason }) => ({ id, reason }))
}
