import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../testing/clock.ts'
import { CacheError } from './cache.ts'
import {
  connectInProcess,
  createInProcessServer,
  flushServer,
  restartServer,
  snapshotState,
} from './in-process.ts'
import { cacheSuite } from './suite.ts'

cacheSuite('in process', async () => {
  const server = createInProcessServer({ clock: createManualClock() })
  const [cache, other] = [connectInProcess(server), connectInProcess(server)]
  return {
    cache,
    other,
    restart: async () => restartServer(server),
    flush: async () => flushServer(server),
    moveClock: (byMs) => {
      server.clockOffsetMs += byMs
    },
    async close() {
      await cache.close()
      await other.close()
    },
  }
})

test('a server that is down fails every command: broken is not empty', async () => {
  const server = createInProcessServer()
  const cache = connectInProcess(server)
  server.down = true
  await assert.rejects(cache.get('id'), CacheError)
  await assert.rejects(cache.poll(null), CacheError)
  await assert.rejects(cache.bury({ id: 'id', reason: 'deleted' }), CacheError)
  server.down = false
  assert.equal(await cache.get('id'), null)
})

test('a server can come back with what it knew at an earlier time', async () => {
  const server = createInProcessServer()
  const cache = connectInProcess(server)
  const nowMs = Date.now()
  await cache.fill('id', Buffer.from('old'), nowMs + 1000, nowMs + 1000)
  const snapshot = snapshotState(server)
  await cache.bury({ id: 'id', reason: 'deleted' })
  restartServer(server, snapshot)
  assert.deepEqual(await cache.get('id'), Buffer.from('old'))
})

test('the least recently used records go when there are too many, tombstones stay', async () => {
  const server = createInProcessServer({ maxRecordBytes: 30 })
  const cache = connectInProcess(server)
  const end = Date.now() + 10_000
  const fill = (id: string) => cache.fill(id, Buffer.alloc(10), end, end)
  await cache.bury({ id: 'gone', reason: 'deleted' })
  for (const id of ['a', 'b', 'c']) await fill(id)
  await cache.get('a')
  await fill('d')
  assert.equal(await cache.get('b'), null)
  assert.notEqual(await cache.get('a'), null)
  assert.notEqual(await cache.get('gone'), null)
  assert.equal(server.recordBytes, 30)
})

test('what expired unread is swept out of memory', async () => {
  const server = createInProcessServer()
  const cache = connectInProcess(server)
  const nowMs = Date.now()
  await cache.fill('id', Buffer.alloc(10), nowMs + 1000, nowMs + 1000)
  server.clockOffsetMs = 2000
  await cache.trim()
  assert.equal(server.state.values.size, 0)
  assert.equal(server.recordBytes, 0)
})
