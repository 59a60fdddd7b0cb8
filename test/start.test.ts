import assert from 'node:assert/strict'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { copyKept, EXIT_CONFIG, firstStart, KEPT, oneLine, paste, read } from './support/kept.ts'
import { makeFolder, runLedge, startLedge } from './support/process.ts'

const START_LIMIT_MS = 15_000

test('it starts with no setting, and the command that it prints makes a paste', async () => {
  const { said, readyMs, path } = await firstStart()
  assert.ok(readyMs < START_LIMIT_MS, `${readyMs} ms`)
  assert.match(said, /^Ledge is at http:\/\/127\.0\.0\.1:\d+\n[^\n]+\n$/)
  assert.match(path, /^\/[1-9A-HJ-NP-Za-km-z]{12}$/)
})

test('a second one on the same data ends with a line that helps; the first goes on', async (t) => {
  const { dir, path } = await copyKept(t)
  const first = await startLedge(t, { DATA_DIR: dir })
  const second = await runLedge(t, { DATA_DIR: dir })
  assert.equal(second.code, EXIT_CONFIG)
  assert.match(oneLine(second.said), new RegExp(`process ${first.pid}.+stop it, or set DATA_DIR`))
  assert.equal(await read(first, path), KEPT)
  await paste(first, 'as before')
})

test('all wrong settings are named together, and nothing is touched', async (t) => {
  const dir = join(await makeFolder(t), 'data')
  const { code, said, logged } = await runLedge(t, {
    DATA_DIR: dir,
    PORT: 'http',
    ID_KEY: 'short',
    MAX_PASTE_BYTES: 'much',
    MIN_TTL: '2d',
    DEFAULT_TTL: '1d',
    TOKEN_KEY_FILE: join(dir, 'absent'),
    REDIS_URL: 'redis://127.0.0.1:6379',
  })
  assert.equal(code, EXIT_CONFIG)
  const names = said
    .trim()
    .split('\n')
    .map((line) => line.split(':')[0])
  const wrong = ['DEFAULT_TTL', 'ID_KEY', 'MAX_PASTE_BYTES', 'PORT', 'REDIS_URL', 'TOKEN_KEY_FILE']
  assert.deepEqual(new Set(names), new Set(wrong))
  assert.match(said, /^REDIS_URL: Redis is not supported by this version yet; unset it/m)
  assert.equal(logged, '')
  await assert.rejects(access(dir), { code: 'ENOENT' })
})
