import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { Problem } from '../shared/http/problems.ts'
import { createGate } from './gate.ts'
import { settle } from './testing/edge.ts'

function held() {
  const { promise, resolve } = Promise.withResolvers<string>()
  return { task: () => promise, finish: resolve }
}

test('so many run at once; the next waits, and runs when a place comes free', async () => {
  const gate = createGate({ places: 2, waitMs: 60_000 })
  const tasks = [held(), held(), held(), held()]
  const started: number[] = []
  const runs = tasks.map(({ task }, index) =>
    gate.run(() => {
      started.push(index)
      return task()
    }),
  )
  await settle()
  assert.deepEqual([started, gate.taken(), gate.waiting()], [[0, 1], 2, 2])
  tasks[1]?.finish('second')
  assert.equal(await runs[1], 'second')
  await settle()
  assert.deepEqual([started, gate.taken(), gate.waiting()], [[0, 1, 2], 2, 1])
  for (const { finish } of tasks) finish('done')
  await Promise.all(runs)
  assert.deepEqual([started, gate.taken(), gate.waiting()], [[0, 1, 2, 3], 0, 0])
})

test('a task that fails gives its place back', async () => {
  const gate = createGate({ places: 1, waitMs: 60_000 })
  await assert.rejects(
    gate.run(() => Promise.reject(new Error('planned'))),
    /planned/,
  )
  await assert.rejects(
    gate.run(() => {
      throw new Error('at once')
    }),
    /at once/,
  )
  assert.equal(await gate.run(async () => 'next'), 'next')
  assert.equal(gate.taken(), 0)
})

test('who waits too long is told to come again, and takes no place later', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const gate = createGate({ places: 1, waitMs: 1000 })
    const first = held()
    const running = gate.run(first.task)
    let started = false
    const waiting = gate.run(async () => {
      started = true
    })
    const refused = assert.rejects(
      waiting,
      (error) => error instanceof Problem && error.status === 503,
    )
    mock.timers.tick(999)
    await settle()
    assert.equal(gate.waiting(), 1)
    mock.timers.tick(1)
    await refused
    first.finish('done')
    await running
    assert.deepEqual([started, gate.taken(), gate.waiting()], [false, 0, 0])
  } finally {
    mock.timers.reset()
  }
})

test('who got a place in time is not turned away later', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const gate = createGate({ places: 1, waitMs: 1000 })
    const [first, second] = [held(), held()]
    const running = gate.run(first.task)
    const waiting = gate.run(second.task)
    first.finish('first')
    await running
    mock.timers.tick(5000)
    second.finish('second')
    assert.equal(await waiting, 'second')
  } finally {
    mock.timers.reset()
  }
})
