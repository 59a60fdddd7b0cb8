import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClosers } from './closers.ts'

test('what was opened last is closed first, each when the one before is done', async () => {
  const closers = createClosers()
  const order: string[] = []
  closers.add(() => order.push('first'))
  closers.add(async () => {
    order.push('second begins')
    await Promise.resolve()
    order.push('second ends')
  })
  closers.add(() => order.push('third'))
  await closers.close()
  assert.deepEqual(order, ['third', 'second begins', 'second ends', 'first'])
})

test('one that fails keeps none of the others open, and the first error is thrown', async () => {
  const closers = createClosers()
  const closed: string[] = []
  closers.add(() => closed.push('first'))
  closers.add(() => Promise.reject(new Error('later')))
  closers.add(() => {
    throw new Error('sooner')
  })
  await assert.rejects(closers.close(), /sooner/)
  assert.deepEqual(closed, ['first'])
})

test('closing twice closes once', async () => {
  const closers = createClosers()
  let closed = 0
  closers.add(() => (closed += 1))
  await closers.close()
  await closers.close()
  assert.equal(closed, 1)
})
