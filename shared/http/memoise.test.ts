import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoise } from './memoise.ts'

function createCounted(limit: number) {
  const computed: string[] = []
  const recall = memoise((header) => {
    computed.push(header)
    return header.length > 1
  }, limit)
  return { recall, computed }
}

test('a header is looked into once, a false result too', () => {
  const { recall, computed } = createCounted(10)
  assert.deepEqual(
    [recall('a'), recall('bb'), recall('a'), recall('bb')],
    [false, true, false, true],
  )
  assert.deepEqual(computed, ['a', 'bb'])
})

test('at its limit it forgets rather than grows', () => {
  const { recall, computed } = createCounted(2)
  for (const header of ['a', 'b', 'c', 'a']) recall(header)
  assert.deepEqual(computed, ['a', 'b', 'c', 'a'])
})

test('a very long header is never kept', () => {
  const { recall, computed } = createCounted(10)
  const long = 'x'.repeat(513)
  assert.deepEqual([recall(long), recall(long)], [true, true])
  assert.equal(computed.length, 2)
})
