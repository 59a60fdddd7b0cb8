import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { readSettings } from '../shared/settings.ts'
import { KeyError, loadOrMakeKey } from './keys.ts'

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'ledge-keys-'))
  t.after(() => rmSync(dir, { recursive: true }))
  return dir
}

test('a key is made once and then kept', (t) => {
  const dir = folder(t)
  const key = loadOrMakeKey(dir, 'id')
  assert.match(key, /^[\w-]{43}$/)
  assert.equal(loadOrMakeKey(dir, 'id'), key)
  assert.deepEqual(readdirSync(dir), ['id.key'])
})

test('the two keys differ, from one another and between folders', (t) => {
  const dir = folder(t)
  const keys = [
    loadOrMakeKey(dir, 'id'),
    loadOrMakeKey(dir, 'token'),
    loadOrMakeKey(folder(t), 'id'),
  ]
  assert.equal(new Set(keys).size, 3)
})

test('only its owner may read the file', (t) => {
  const dir = folder(t)
  loadOrMakeKey(dir, 'token')
  assert.equal(statSync(join(dir, 'token.key')).mode & 0o777, 0o600)
})

test('what is kept is a value that ID_KEY would take', (t) => {
  const env = { ID_KEY: loadOrMakeKey(folder(t), 'id') }
  const source = { env, readFile: () => '' }
  assert.deepEqual(readSettings(source, { optional: ['ID_KEY'] }).ID_KEY, [env.ID_KEY])
})

test('a file that is empty, cut short at any byte, or otherwise damaged is refused', (t) => {
  const dir = folder(t)
  loadOrMakeKey(dir, 'id')
  const file = join(dir, 'id.key')
  const whole = readFileSync(file, 'utf8')
  const cuts = Array.from({ length: whole.length }, (_, length) => whole.slice(0, length))
  const damaged = [...cuts, `${whole}\n`, `a${'\0'.repeat(42)}\n`, `${whole.trim()},${whole}`]
  for (const content of damaged) {
    writeFileSync(file, content)
    assert.throws(
      () => loadOrMakeKey(dir, 'id'),
      (error) => error instanceof KeyError && /is damaged.*links made before/.test(error.message),
      JSON.stringify(content),
    )
    assert.equal(readFileSync(file, 'utf8'), content)
  }
  writeFileSync(file, whole)
  assert.equal(loadOrMakeKey(dir, 'id'), whole.trim())
})

test('no content of the file is shown or replaced, whatever it is', (t) => {
  const dir = folder(t)
  const file = join(dir, 'token.key')
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (content) => {
      writeFileSync(file, content)
      try {
        assert.equal(`${loadOrMakeKey(dir, 'token')}\n`, content)
      } catch (error) {
        assert.ok(error instanceof KeyError)
        assert.match(error.message, /^the key in \S+ is damaged: put it back from a backup/)
      }
      assert.deepEqual(readFileSync(file), Buffer.from(content))
    }),
    { numRuns: 50 },
  )
})

test('a key that cannot be read or kept is a clear error, and leaves nothing behind', (t) => {
  const dir = folder(t)
  mkdirSync(join(dir, 'id.key'))
  assert.throws(() => loadOrMakeKey(dir, 'id'), /^KeyError: cannot read the key in .*EISDIR/)
  assert.deepEqual(readdirSync(dir), ['id.key'])
  const absent = join(dir, 'absent')
  assert.throws(() => loadOrMakeKey(absent, 'id'), /^KeyError: cannot keep a key in .*ENOENT/)
})
