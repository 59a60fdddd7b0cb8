import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge, orderOf, perRequest, ratiosOf, spreadOf } from './stats.ts'

test('the median of an odd number of figures is the middle one, whatever their order', () => {
  assert.deepEqual(spreadOf([9, 1, 5]), { median: 5, min: 1, max: 9 })
})

test('the median of an even number of figures lies between the middle two', () => {
  assert.deepEqual(spreadOf([10, 2, 4, 1]), { median: 3, min: 1, max: 10 })
})

test('figures are ordered as numbers, and are left as they were', () => {
  const figures = Object.freeze([100, 20, 3])
  assert.deepEqual(spreadOf(figures), { median: 20, min: 3, max: 100 })
})

test('one figure is its own spread', () => {
  assert.deepEqual(spreadOf([7]), { median: 7, min: 7, max: 7 })
})

test('without figures there is no spread, and without requests no cost', () => {
  assert.throws(() => spreadOf([]), RangeError)
  assert.throws(() => perRequest({ cpuMicros: 5, requests: 0 }), RangeError)
})

test('a ratio compares what one request costs, however many there were', () => {
  const bare = { cpuMicros: 1000, requests: 100 }
  const ratios = ratiosOf([
    { edge: { cpuMicros: 2400, requests: 200 }, bare },
    { edge: { cpuMicros: 550, requests: 50 }, bare },
    { edge: { cpuMicros: 1500, requests: 100 }, bare },
  ])
  assert.deepEqual(ratios, { median: 1.2, min: 1.1, max: 1.5 })
})

test('ratios are taken pair by pair: a slow spell that hits both does not show', () => {
  const ratios = ratiosOf([
    { edge: { cpuMicros: 110, requests: 10 }, bare: { cpuMicros: 100, requests: 10 } },
    { edge: { cpuMicros: 550, requests: 10 }, bare: { cpuMicros: 500, requests: 10 } },
  ])
  assert.deepEqual(ratios, { median: 1.1, min: 1.1, max: 1.1 })
})

test('rounds go A B B A', () => {
  const order = [0, 1, 2, 3].flatMap((pair) => orderOf(pair, 'A', 'B'))
  assert.equal(order.join(''), 'ABBAABBA')
})

test('a figure at its goal meets it, and only one far beyond it is an error', () => {
  const goal = { goal: 2, aim: 1 }
  assert.equal(judge(1, goal), 'aim met')
  assert.equal(judge(2, goal), 'met')
  assert.equal(judge(3, goal), 'missed')
  assert.equal(judge(3.01, goal), 'far beyond')
  assert.equal(judge(1, { goal: 2 }), 'met')
})
