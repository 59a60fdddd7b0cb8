import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../shared/http/problems.ts'
import { createManualClock } from '../shared/testing/clock.ts'
import { timing } from '../shared/timing.ts'
import { createWalks, type Walk } from './walks.ts'

function setup() {
  const cuts = new Map<() => void, number>()
  let joined = 0
  let era = 1
  const walks = createWalks<string>(
    {
      clock: createManualClock(),
      era: () => era,
      onJoined: () => (joined += 1),
      schedule(callback, delayMs) {
        cuts.set(callback, delayMs)
        return () => cuts.delete(callback)
      },
    },
    (reason) => `killed: ${reason}`,
  )
  return {
    walks,
    cuts,
    joined: () => joined,
    nextEra: () => (era += 1),
    cutAll: () => [...cuts.keys()].forEach((cut) => cut()),
  }
}

/** A walk that goes on when the test says so. */
function held() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const seen: Walk[] = []
  const run = (walk: Walk) => {
    seen.push(walk)
    return promise
  }
  return { run, seen, resolve, reject }
}

const IS_503 = (error: unknown) => error instanceof Problem && error.status === 503

test('one walk an id at a time: who comes during it joins it', async () => {
  const { walks, joined } = setup()
  const walk = held()
  const answers = [walks.join('a', walk.run), walks.join('a', walk.run), walks.join('a', walk.run)]
  assert.deepEqual([walk.seen.length, joined(), walks.size()], [1, 2, 1])
  walk.resolve('found')
  assert.deepEqual(await Promise.all(answers), ['found', 'found', 'found'])
  assert.equal(walks.size(), 0)
})

test('who comes after it starts one of their own', async () => {
  const { walks, joined } = setup()
  assert.equal(await walks.join('a', async () => 'first'), 'first')
  assert.equal(await walks.join('a', async () => 'second'), 'second')
  assert.equal(joined(), 0)
})

test('walks of different ids do not know of one another', async () => {
  const { walks } = setup()
  const [one, other] = [held(), held()]
  const answers = [walks.join('a', one.run), walks.join('b', other.run)]
  walks.kill('a', 'deleted')
  other.resolve('found')
  assert.deepEqual(await Promise.all(answers), ['killed: deleted', 'found'])
})

test('a killed walk’s waiters are answered at once, and the walk knows it', async () => {
  const { walks } = setup()
  const walk = held()
  const answers = [walks.join('a', walk.run), walks.join('a', walk.run)]
  assert.equal(walk.seen[0]?.killed(), null)
  walks.kill('a', 'removed')
  walks.kill('a', 'deleted')
  assert.deepEqual(await Promise.all(answers), ['killed: removed', 'killed: removed'])
  assert.equal(walk.seen[0]?.killed(), 'removed')
  walk.resolve('too late')
})

test('a walk that fails fails for all of its waiters, and for nobody after them', async () => {
  const { walks } = setup()
  const walk = held()
  const answers = [walks.join('a', walk.run), walks.join('a', walk.run)]
  walk.reject(new Error('planned'))
  for (const answer of answers) await assert.rejects(answer, /planned/)
  assert.equal(await walks.join('a', async () => 'next'), 'next')
})

test('a late walk is cut: 503, its reads are ended, and it knows it', async () => {
  const { walks, cuts, cutAll } = setup()
  const walk = held()
  const answer = walks.join('a', walk.run)
  assert.deepEqual([...cuts.values()], [timing.walkMs])
  assert.equal(walk.seen[0]?.cut(), false)
  cutAll()
  await assert.rejects(answer, IS_503)
  assert.equal(walk.seen[0]?.cut(), true)
  assert.equal(walk.seen[0]?.signal.aborted, true)
})

test('a walk that was cut is joined by nobody, and its end disturbs no newer one', async () => {
  const { walks, cutAll } = setup()
  const late = held()
  const answer = walks.join('a', late.run)
  cutAll()
  await assert.rejects(answer, IS_503)
  const fresh = held()
  const next = walks.join('a', fresh.run)
  assert.equal(fresh.seen.length, 1)
  late.resolve('too late')
  fresh.resolve('fresh')
  assert.equal(await next, 'fresh')
})

test('a walk that ended in time is never cut', async () => {
  const { walks, cuts } = setup()
  await walks.join('a', async () => 'found')
  assert.equal(cuts.size, 0)
})

test('a walk remembers when it began, and in which era', async () => {
  const { walks, nextEra } = setup()
  const walk = held()
  const answer = walks.join('a', walk.run)
  nextEra()
  assert.equal(walk.seen[0]?.era, 1)
  assert.deepEqual(walk.seen[0]?.begun, { monotonic: 1000, wall: 1_800_000_000_000 })
  walk.resolve('found')
  await answer
})
