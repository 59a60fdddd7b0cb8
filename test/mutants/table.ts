import { ofRetries } from './retries.ts'
import type { Mutant } from './mutant.ts'

/**
 * The guards that the promise rests on. Each entry takes one of them out, and names the test that
 * must then turn red. The product itself has no switch for any of this.
 */

const READ_TEST = 'edge/read.test.ts'
const TRUST_TEST = 'edge/read-trust.test.ts'
const FOLLOWER_TEST = 'edge/follower.test.ts'
const CACHE_TEST = 'shared/cache/in-process.test.ts'
const VOUCH_TEST = 'origin/vouch.test.ts'

const inTheCache: Mutant[] = [
  {
    name: 'no compare in fill',
    file: 'shared/cache/in-process.ts',
    find: `if (find(server, id)?.tombstone) return 'gone'`,
    replace: '',
    testFile: CACHE_TEST,
    test: 'in process: a fill never overwrites a tombstone',
  },
  {
    name: 'no deadline in fill',
    file: 'shared/cache/in-process.ts',
    find: `if (timeMs > deadlineMs) return 'late'`,
    replace: '',
    testFile: CACHE_TEST,
    test: 'in process: a fill after its deadline does nothing',
  },
  {
    name: 'watermark written without compare: its time',
    file: 'shared/cache/in-process.ts',
    find: 'if (watermark?.epoch !== epoch || watermark.timeMs >= timeMs) return false',
    replace: 'if (watermark === null || watermark.timeMs >= timeMs) return false',
    testFile: VOUCH_TEST,
    test: 'a watermark is not written over one that another origin put meanwhile',
  },
  {
    name: 'watermark written without compare: its epoch',
    file: 'shared/cache/in-process.ts',
    find: 'if (!sameWatermark(server.state.watermark, seen)) return false',
    replace: '',
    testFile: CACHE_TEST,
    test: 'in process: an epoch begins only in place of the watermark that was seen',
  },
]

const inTheWalk: Mutant[] = [
  {
    name: 'no killed flag',
    file: 'edge/read.ts',
    find: 'if (killed !== null) return gone(killed)',
    replace: '',
    testFile: TRUST_TEST,
    test: 'I11: it keeps nothing with the map of tombstones full either',
  },
  {
    name: 'cut walk keeps',
    file: 'edge/read.ts',
    find: `    if (walk.cut()) throw problems.unavailable('storage is slow')\n`,
    replace: '',
    testFile: TRUST_TEST,
    test: 'I11: a walk that is cut off answers 503 and what it brings later is not kept',
  },
  {
    name: 'memory accepts over a tombstone',
    file: 'edge/memory.ts',
    find: 'if (tombstones.get(id) !== undefined) return false',
    replace: '',
    testFile: 'edge/memory.test.ts',
    test: 'memory refuses a record for an id whose tombstone it holds',
  },
  {
    name: 'a tombstone in memory is not asked first',
    file: 'edge/read.ts',
    find: `if (reason !== undefined) return found('memory', gone(reason))`,
    replace: '',
    testFile: READ_TEST,
    test: 'I3: an edge that answered gone never answers with the paste again',
  },
  {
    name: 'no age rule',
    file: 'edge/read.ts',
    find: 'return clock.monotonic() - sentAt.monotonic < timing.bucketTrustMs',
    replace: 'return true',
    testFile: TRUST_TEST,
    test: 'I13: a bucket answer that grew old is confirmed before it is served',
  },
  {
    name: 'the cache is believed without a lease',
    file: 'edge/read.ts',
    find: 'if (covered(walk)) return arrive(walk, toEntry(told',
    replace: 'return arrive(walk, toEntry(told',
    testFile: TRUST_TEST,
    test: 'I13: what the cache holds is not served without a lease',
  },
  {
    name: 'a fill that was late is kept',
    file: 'edge/read.ts',
    find: `keep = known || filled === 'ok' || told.record.head.burn`,
    replace: 'keep = true',
    testFile: TRUST_TEST,
    test: 'I10: a record that could not be filled is served, but not kept',
  },
  {
    name: 'the MAC is not checked',
    file: 'shared/id.ts',
    find: 'if (keys.acceptsAny) return true',
    replace: 'return true',
    testFile: READ_TEST,
    test: 'I14: an id that is malformed or has a wrong MAC causes no upstream call',
  },
  {
    name: 'the edge asks about any id',
    file: 'edge/read.ts',
    find: 'if (entry === undefined && !ids.verify(id)) return ABSENT',
    replace: '',
    testFile: READ_TEST,
    test: 'I14: an id that is malformed or has a wrong MAC causes no upstream call',
  },
]

const ofExpiry: Mutant[] = [
  {
    name: 'no expiry check: memory',
    file: 'edge/read.ts',
    find: 'if (entry !== undefined && hasExpired(entry.record)) {',
    replace: 'if (entry === null) {',
    testFile: READ_TEST,
    test: 'I2: nothing is served at or after its expiry, from any tier',
  },
  {
    name: 'no expiry check: redis',
    file: 'edge/read.ts',
    find: `if (hasExpired(told)) return found('redis', goneFor(walk.id, 'expired'))`,
    replace: '',
    testFile: READ_TEST,
    test: 'I2: a record in the cache that has expired is gone, with a lease or without',
  },
  {
    name: 'no expiry check: bucket',
    file: 'edge/read.ts',
    find: `if (hasExpired(entry.record)) return found('bucket', goneFor(walk.id, 'expired'))`,
    replace: '',
    testFile: READ_TEST,
    test: 'I2: what the bucket holds past its expiry is not filled into the cache',
  },
  {
    name: 'no expiry check: the last look',
    file: 'edge/read.ts',
    find: `if (hasExpired(entry.record)) return found(tier, goneFor(walk.id, 'expired'))`,
    replace: '',
    testFile: READ_TEST,
    test: 'I2: a paste that expires while the cache is filled is not served',
  },
  {
    name: 'no expiry check: none at all',
    file: 'edge/read.ts',
    find: 'return clock.now() >= record.head.expiresAt',
    replace: 'return false',
    testFile: READ_TEST,
    test: 'I2: a paste that expires while the bucket is asked is not served',
  },
]

const inTheFollower: Mutant[] = [
  {
    name: 'no log poll',
    file: 'edge/follower.ts',
    find: `for (const entry of page.entries) onGone(entry, 'poll')`,
    replace: '',
    testFile: FOLLOWER_TEST,
    test: 'what went away reaches memory by the log when no message arrives',
  },
  {
    name: 'lease from the poll instead of the watermark',
    file: 'edge/follower.ts',
    find: 'const ageMs = Math.max(0, poll.timeMs - watermark.timeMs)',
    replace: 'const ageMs = 0',
    testFile: FOLLOWER_TEST,
    test: 'a lease lasts from the sending of the poll, less the age of the watermark',
  },
  {
    name: 'a lease outlives its connection',
    file: 'edge/follower.ts',
    find: 'cache.connection() === lease.connection',
    replace: 'true',
    testFile: FOLLOWER_TEST,
    test: 'a lease ends with the connection, at once',
  },
  {
    name: 'a lease on the monotonic clock alone',
    file: 'edge/follower.ts',
    find: 'clock.now() < lease.untilWall &&',
    replace: '',
    testFile: FOLLOWER_TEST,
    test: 'a lease ends by either clock',
  },
  {
    name: 'the watermark of another server grants a lease',
    file: 'edge/follower.ts',
    find: 'if (watermark === null || watermark.server !== poll.server || watermark.timeMs === 0) return',
    replace: 'if (watermark === null || watermark.timeMs === 0) return',
    testFile: FOLLOWER_TEST,
    test: 'a watermark of another server grants nothing',
  },
  {
    name: 'cursor kept over an epoch',
    file: 'edge/follower.ts',
    find: '    lease = null\n    cursor = null\n',
    replace: '    lease = null\n',
    testFile: FOLLOWER_TEST,
    test: 'after another epoch the cursor is that of the new log, not of the old one',
  },
  {
    name: 'no distrust',
    file: 'edge/follower.ts',
    find: '    era += 1\n    lease = null\n    cursor = null\n',
    replace: '',
    testFile: TRUST_TEST,
    test: 'I12: after a distrust everything in memory is asked about once',
  },
  {
    name: 'the era does not move with the cursor',
    file: 'edge/follower.ts',
    find: '    era += 1\n    cursor = poll.cursor\n',
    replace: '    cursor = poll.cursor\n',
    testFile: FOLLOWER_TEST,
    test: 'what is fetched before a late jump to the log’s end is of an older era',
  },
]

const inTheOrigin: Mutant[] = [
  {
    name: 'window counted from gone_at',
    file: 'origin/queries.ts',
    find: 'and (purged_at is null or purged_at > now() -',
    replace: 'and (gone_at > now() -',
    testFile: VOUCH_TEST,
    test: 'everything recent is told again in a new epoch, wherever its life stands',
  },
  {
    name: '`buried` as a mere flag',
    file: 'origin/queries.ts',
    find: 'where (buried_in < ${epoch} or buried_in > ${epoch})',
    replace: 'where buried_in = 0',
    testFile: VOUCH_TEST,
    test: 'everything recent is told again in a new epoch, wherever its life stands',
  },
  {
    name: 'the epoch of a burial is not compared',
    file: 'origin/vouch.ts',
    find: 'if (epochs.some((buriedIn) => buriedIn !== epoch)) return false',
    replace: '',
    testFile: VOUCH_TEST,
    test: 'I16: a burial that happened in another epoch does not count',
  },
  {
    name: 'vouched for without asking again',
    file: 'origin/vouch.ts',
    find: '      onReburied?.(rows.length)\n',
    replace: '      return true\n',
    testFile: VOUCH_TEST,
    test: 'I16: a deletion in the middle of a round is found before the round vouches',
  },
  {
    name: 'object deleted before the state moves',
    file: 'origin/remove.ts',
    find: 'if (await moveState(id, reason)) onGone?.(reason)',
    replace: 'await purge(id)\n    if (await moveState(id, reason)) onGone?.(reason)',
    testFile: 'origin/remove.test.ts',
    test: 'the state moves before the object goes',
  },
  {
    name: 'visible before the put',
    file: 'origin/create.ts',
    find: 'if (!(await insertPending(database, record.head))) continue',
    replace: `if (!(await insertPending(database, record.head))) continue
      await claim.show(record.head.id)`,
    testFile: 'origin/create.test.ts',
    test: 'I8: at every step of a create there is no visible row without its object',
  },
  {
    name: 'update before fetch in burn',
    file: 'origin/open.ts',
    find: 'const object = await bucket.get(id)',
    replace: 'await markBurned(database, id)\n    const object = await bucket.get(id)',
    testFile: 'origin/open.test.ts',
    test: 'I5: a bucket that fails burns nothing, whenever it fails',
  },
  {
    name: 'the body is sent whoever burned it',
    file: 'origin/open.ts',
    find: 'if (!(await markBurned(database, id))) {',
    replace: 'if (await markBurned(database, id).then(() => false)) {',
    testFile: 'origin/open.test.ts',
    test: 'I5: of a hundred that open at once one gets the body',
  },
]

export const mutants: readonly Mutant[] = [
  ...inTheCache,
  ...inTheWalk,
  ...ofExpiry,
  ...inTheFollower,
  ...inTheOrigin,
  ...ofRetries,
]
