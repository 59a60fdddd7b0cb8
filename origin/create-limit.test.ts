import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Problem } from '../shared/http/problems.ts'
import { createManualClock } from '../shared/testing/clock.ts'
import { createCreateLimit } from './create-limit.ts'

const CLIENT = '192.0.2.1'

function setup(perMinute: number, maxClients = 100) {
  const clock = createManualClock()
  let limited = 0
  const onLimited = () => void (limited += 1)
  const limit = createCreateLimit({
    perMinute,
    maxClients,
    monotonic: clock.monotonic,
    onLimited,
  })
  /** @returns null when it was taken, else after how many seconds to try again */
  const take = (client = CLIENT): number | null => {
    try {
      limit.take(client)
      return null
    } catch (error) {
      assert.ok(error instanceof Problem && error.status === 429)
      return Number(error.headers['retry-after'])
    }
  }
  const takeAll = (client = CLIENT): number => {
    let taken = 0
    while (take(client) === null) taken += 1
    return taken
  }
  return { clock, limit, take, takeAll, limited: () => limited }
}

test('a client may make so many in a minute, and is then told when to try again', () => {
  const { clock, take, takeAll, limited } = setup(60)
  assert.equal(takeAll(), 60)
  assert.equal(limited(), 1)
  clock.advance(26_000)
  assert.equal(take(), 35)
  clock.advance(34_000)
  assert.equal(take(), 1)
  clock.advance(1000)
  assert.equal(take(), null)
  assert.equal(take(), 1)
})

test('another client has a count of its own; one IPv6 network is one client', () => {
  const { take, takeAll } = setup(3)
  assert.equal(takeAll(), 3)
  assert.equal(takeAll('192.0.2.2'), 3)
  assert.equal(takeAll('2001:db8::1'), 3)
  assert.notEqual(take('2001:db8::ffff:2'), null)
  assert.equal(take('2001:db8:0:1::1'), null)
})

test('the headers say what the limit is, what is left of it and until when', () => {
  const { clock, limit, takeAll } = setup(60)
  assert.deepEqual(limit.take(CLIENT), {
    ratelimit: '"create";r=59;t=60',
    'ratelimit-policy': '"create";q=60;w=60',
  })
  clock.advance(29_500)
  assert.equal(limit.take(CLIENT).ratelimit, '"create";r=58;t=31')
  takeAll()
  assert.throws(() => limit.take(CLIENT), {
    status: 429,
    message: 'too many pastes',
    hint: 'try again in 32 s',
    headers: {
      ratelimit: '"create";r=0;t=31',
      'ratelimit-policy': '"create";q=60;w=60',
      'retry-after': '32',
    },
  })
})

test('what was used up comes back little by little, and all of it after two minutes', () => {
  const { clock, takeAll } = setup(60)
  takeAll()
  clock.advance(90_000)
  assert.equal(takeAll(), 30)
  clock.advance(150_000)
  assert.equal(takeAll(), 60)
})

test('who waits as long as was said gets through, and not a second earlier', () => {
  const step = fc.integer({ min: 0, max: 70_000 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(step), (perMinute, steps) => {
      const { clock, take } = setup(perMinute)
      for (const byMs of steps) {
        clock.advance(byMs)
        const afterS = take()
        if (afterS === null) continue
        assert.ok(afterS >= 1 && afterS <= 120)
        clock.advance((afterS - 1) * 1000)
        assert.notEqual(take(), null)
        clock.advance(1000)
        assert.equal(take(), null)
      }
    }),
  )
})

test('0 limits nobody and says nothing of a limit', () => {
  const { limit } = setup(0)
  for (let count = 0; count < 1000; count += 1) assert.deepEqual(limit.take(CLIENT), {})
})

test('so many clients are remembered and no more: the oldest is forgotten first', () => {
  const { clock, take, takeAll } = setup(1, 3)
  for (const client of ['a', 'b', 'c', 'd']) {
    takeAll(client)
    clock.advance(1)
  }
  assert.notEqual(take('b'), null)
  assert.notEqual(take('d'), null)
  assert.equal(take('a'), null)
})
