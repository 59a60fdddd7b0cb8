import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../shared/testing/clock.ts'
import type { Queryable } from './database.ts'
import { createQuota } from './quota.ts'

/** A database that says how much is stored, and counts how often it was asked. */
function setup(maxBytes: number) {
  const clock = createManualClock()
  const stored = { bytes: 0, asked: 0 }
  const database = {
    async query() {
      stored.asked += 1
      return { rows: [{ bytes: String(stored.bytes) }], count: 1 }
    },
  } as unknown as Queryable
  return { clock, stored, quota: createQuota({ database, maxBytes, monotonic: clock.monotonic }) }
}

test('what fits is taken, to the byte, and what does not is not', async () => {
  const { quota } = setup(100)
  assert.equal(await quota.take(60), true)
  assert.equal(await quota.take(41), false)
  assert.equal(await quota.take(40), true)
  assert.equal(await quota.take(1), false)
  assert.equal(quota.storedBytes(), 100)
})

test('what was given back can be taken again', async () => {
  const { quota } = setup(100)
  await quota.take(100)
  quota.give(30)
  assert.equal(await quota.take(30), true)
  quota.give(1000)
  assert.equal(quota.storedBytes(), 0)
})

test('0 is no limit, and asks nobody', async () => {
  const { quota, stored } = setup(0)
  assert.equal(await quota.take(Number.MAX_SAFE_INTEGER), true)
  assert.equal(stored.asked, 0)
})

test('the sum is looked up at first and then every ten seconds, not at each paste', async () => {
  const { quota, clock, stored } = setup(1000)
  for (let count = 0; count < 10; count += 1) await quota.take(1)
  assert.equal(stored.asked, 1)
  clock.advance(10_001)
  await quota.take(1)
  assert.equal(stored.asked, 2)
})

test('before anything is refused a sum of over a second ago is looked up again', async () => {
  const { quota, clock, stored } = setup(100)
  await quota.take(100)
  assert.equal(await quota.take(1), false)
  assert.equal(stored.asked, 1)
  clock.advance(1001)
  stored.bytes = 99
  assert.equal(await quota.take(1), true)
  assert.equal(stored.asked, 2)
})

test('what others stored counts', async () => {
  const { quota, stored } = setup(100)
  stored.bytes = 95
  assert.equal(await quota.take(6), false)
  assert.equal(await quota.take(5), true)
})
