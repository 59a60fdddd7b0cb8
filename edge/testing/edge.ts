import {
  connectInProcess,
  createInProcessServer,
  type InProcessServer,
} from '../../shared/cache/in-process.ts'
import type { SharedCache } from '../../shared/cache/cache.ts'
import { encodeRecord, type PasteRecord } from '../../shared/record.ts'
import { createManualClock, type ManualClock } from '../../shared/testing/clock.ts'
import { createTestBucket, type TestBucket } from '../../shared/testing/bucket.ts'
import { makeTestRecord, testIds } from '../../shared/testing/paste.ts'
import { timing } from '../../shared/timing.ts'
import { createFollower } from '../follower.ts'
import { createGate } from '../gate.ts'
import { createLargeBodies } from '../large.ts'
import { createMemory } from '../memory.ts'
import { createReader, type LookupResult, type Tier } from '../read.ts'
import type { Schedule } from '../walks.ts'

/** An edge on a manual clock, over an in-process cache and a bucket that a test commands. */

export interface TestWorld {
  clock: ManualClock
  server: InProcessServer
  bucket: TestBucket
  /** What an origin uses. */
  origin: SharedCache
}

export function createWorld(): TestWorld {
  const clock = createManualClock()
  const server = createInProcessServer({ clock })
  return { clock, server, bucket: createTestBucket(), origin: connectInProcess(server) }
}

/** Makes a paste as an origin does: the object first, then the shared cache. */
export async function publish(world: TestWorld, record?: PasteRecord, fill = true) {
  const made = record ?? makeTestRecord('hello\n', { nowMs: world.clock.now() })
  const { id, expiresAt } = made.head
  await world.bucket.put(id, encodeRecord(made), { expiresAtMs: expiresAt, metadata: {} })
  if (fill) await world.origin.fill(id, encodeRecord(made), expiresAt, Number.MAX_SAFE_INTEGER)
  return made
}

/** What a watermark needs: an epoch of the server as it is now. */
export async function beginEpoch(world: TestWorld, epoch: number): Promise<void> {
  const { server, watermark } = await world.origin.state()
  await world.origin.proposeEpoch(watermark, server, epoch)
  await vouch(world)
}

/** Says that the cache knows everything up to now. */
export async function vouch(world: TestWorld): Promise<void> {
  const { timeMs, watermark } = await world.origin.state()
  if (watermark !== null) await world.origin.advance(watermark.epoch, timeMs)
}

export interface EdgeOptions {
  maxTombstones?: number
  /** Published messages do not arrive: the log alone tells. */
  deaf?: boolean
}

export function createTestEdge(world: TestWorld, options: EdgeOptions = {}) {
  const { clock, server, bucket } = world
  const cache = connectInProcess(server)
  if (options.deaf === true) cache.subscribe = ignore
  const lookups: [Tier, LookupResult][] = []
  const damage: Tier[] = []
  const distrusts: string[] = []
  const pollErrors: unknown[] = []
  const cuts = new Set<() => void>()
  const memory = createMemory({
    maxBytes: 10_000_000,
    maxTombstones: options.maxTombstones ?? 1000,
    perf: { now: clock.monotonic },
  })
  const schedule: Schedule = (callback) => {
    cuts.add(callback)
    return () => cuts.delete(callback)
  }
  const follower = createFollower({
    cache,
    clock,
    onGone: ({ id, reason }) => reader.invalidate(id, reason),
    onExpired: (ids) => ids.forEach((id) => memory.drop(id)),
    onDistrust: (reason) => distrusts.push(reason),
    onPollError: (error) => pollErrors.push(error),
  })
  const gate = createGate({ places: 4, waitMs: timing.bucketWaitMs })
  const reader = createReader({
    ids: testIds,
    memory,
    follower,
    cache,
    bucket,
    gate,
    clock,
    schedule,
    onLookup: (tier, result) => lookups.push([tier, result]),
    onDamage: (_id, tier) => damage.push(tier),
  })
  const { invalidate } = reader
  const openBody = createLargeBodies({ bucket, gate, memory, follower, clock, invalidate })

  return {
    cache,
    memory,
    follower,
    reader,
    openBody,
    lookups,
    damage,
    distrusts,
    pollErrors,
    /** Calls time on every walk under way. */
    cutWalks: () => cuts.forEach((cut) => cut()),
    /** `record memory`, `gone deleted`, `absent`; or `error 503`. */
    async see(id: string): Promise<string> {
      return describe(async () => reader.read(id))
    },
  }
}

export type TestEdge = ReturnType<typeof createTestEdge>

/** An edge that holds a lease. */
export async function leased(options: EdgeOptions = {}) {
  const world = createWorld()
  const edge = createTestEdge(world, options)
  await beginEpoch(world, 1)
  await edge.follower.poll()
  return { world, edge }
}

/** Time passes with everything healthy. */
export async function live(world: TestWorld, edge: TestEdge, ms: number) {
  for (let passed = 0; passed < ms; passed += timing.pollMs) {
    world.clock.advance(Math.min(timing.pollMs, ms - passed))
    await vouch(world)
    await edge.follower.poll()
  }
}

async function describe(read: () => Promise<Awaited<ReturnType<TestEdge['reader']['read']>>>) {
  try {
    const answer = await read()
    if (answer.kind === 'record') return `record ${answer.tier}`
    return answer.kind === 'gone' ? `gone ${answer.reason}` : 'absent'
  } catch (error) {
    if (error instanceof Error && 'status' in error) return `error ${String(error.status)}`
    return `error ${error instanceof Error ? error.name : String(error)}`
  }
}

function ignore() {
  return { close: async () => undefined }
}

/** Lets everything go on that does not wait for a test. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
