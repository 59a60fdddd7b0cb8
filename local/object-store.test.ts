import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { DamagedObjectError, type StoredObject } from './object-file.ts'
import { createObjectStore, DiskFullError, type ObjectStoreOptions } from './object-store.ts'

type Options = Omit<ObjectStoreOptions, 'dir'>

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'ledge-objects-'))
  t.after(() => rm(dir, { recursive: true }))
  return dir
}

async function openStore(dir: string, options: Options = {}) {
  const store = createObjectStore({ dir, ...options })
  await store.start()
  return store
}

function describe(name: string, size: number): StoredObject {
  const fixed = { md5: '', crc32c: null, createdAtMs: 1, contentType: 'x/y', metadata: { a: 'b' } }
  return { name, size, ...fixed, cacheControl: null, customTime: null }
}

async function files(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

function failWith(code: string): Promise<never> {
  return Promise.reject(Object.assign(new Error('full'), { code }))
}

/** A file whose writing ends as `fail` says, half of it written. */
function failingAfterHalf(fail: () => Promise<never>): NonNullable<Options['openFile']> {
  return async (path, flags, mode) => {
    const handle = await open(path, flags, mode)
    return {
      async writev(pieces) {
        const all = Buffer.concat(pieces as readonly NodeJS.ArrayBufferView[] as Uint8Array[])
        await handle.write(all, 0, Math.ceil(all.length / 2))
        return fail()
      },
      sync: () => handle.sync(),
      close: () => handle.close(),
    }
  }
}

test('what was put is there after a restart, to the byte', async (t) => {
  const dir = await folder(t)
  for (const size of [0, 1, 65_000, 65_536, 200_000]) {
    const bytes = randomBytes(size)
    const object = describe(`n${size}`, size)
    assert.equal(await (await openStore(dir)).put(object, bytes), true)
    const opened = await (await openStore(dir)).open(object.name)
    assert.deepEqual(opened?.object, object)
    const whole = opened.bytes ?? (await opened.handle?.readFile())?.subarray(-size)
    await opened.handle?.close()
    assert.ok(whole?.equals(bytes))
  }
})

test('files are for their owner alone', async (t) => {
  const dir = await folder(t)
  const store = await openStore(dir)
  await store.put(describe('mine', 1), Buffer.from('x'))
  const [file = ''] = await files(dir)
  const handle = await open(file)
  assert.equal((await handle.stat()).mode & 0o777, 0o600)
  await handle.close()
})

test('a write that never ends, as by kill -9, leaves nothing after a restart', async (t) => {
  const dir = await folder(t)
  const begun = Promise.withResolvers<void>()
  const end = Promise.withResolvers<never>()
  const hang = () => {
    begun.resolve()
    return end.promise
  }
  const dying = await openStore(dir, { openFile: failingAfterHalf(hang) })
  const put = dying.put(describe('half', 1000), Buffer.alloc(1000, 1))
  await begun.promise
  assert.equal((await files(dir)).length, 1)
  assert.equal(await dying.open('half'), null)
  assert.deepEqual(await dying.list('', 10), [])
  const store = await openStore(dir)
  assert.deepEqual(await files(dir), [])
  assert.equal(await store.put(describe('half', 1), Buffer.from('x')), true)
  end.reject(new Error('the end of the test'))
  await assert.rejects(put)
})

for (const code of ['ENOSPC', 'EDQUOT']) {
  test(`a disk that fills up while writing (${code}) keeps nothing partial`, async (t) => {
    const dir = await folder(t)
    const kept = await openStore(dir)
    await kept.put(describe('kept', 4), Buffer.from('kept'))
    const full = await openStore(dir, { openFile: failingAfterHalf(() => failWith(code)) })
    await assert.rejects(full.put(describe('new', 1000), Buffer.alloc(1000)), DiskFullError)
    assert.equal((await files(dir)).length, 1)
    assert.equal(await full.open('new'), null)
    assert.equal(String((await full.open('kept'))?.bytes), 'kept')
  })
}

test('what would eat into the reserve is refused before it is written', async (t) => {
  const dir = await folder(t)
  let free = 1099
  const store = await openStore(dir, { reserveBytes: 1000, freeBytes: () => Promise.resolve(free) })
  await assert.rejects(store.put(describe('a', 100), Buffer.alloc(100)), DiskFullError)
  assert.deepEqual(await files(dir), [])
  free = 1100
  assert.equal(await store.put(describe('a', 100), Buffer.alloc(100)), true)
})

test('64 MiB are kept free, by what the disk says', async (t) => {
  const reserve = 64 * 1024 * 1024
  const dir = await folder(t)
  const store = await openStore(dir, { freeBytes: () => Promise.resolve(reserve + 1) })
  await assert.rejects(store.put(describe('a', 2), Buffer.alloc(2)), DiskFullError)
  assert.equal(await store.put(describe('a', 1), Buffer.alloc(1)), true)
})

test('a damaged file is an error, but listed', async (t) => {
  const dir = await folder(t)
  const store = await openStore(dir)
  await store.put(describe('good', 5), Buffer.from('bytes'))
  const [file = ''] = await files(dir)
  const line = JSON.stringify(describe('good', 5))
  for (const damage of [
    '',
    'no line',
    '{}\n',
    'null\n',
    '{\n',
    `${line}\nbyte`,
    `${line}\nbytes+`,
  ]) {
    await writeFile(file, damage)
    await assert.rejects(store.open('good'), DamagedObjectError)
    const [listed] = await store.list('', 10)
    assert.equal(listed?.name, 'good')
  }
})

test('two names that differ in case alone are two objects', async (t) => {
  const store = await openStore(await folder(t))
  await store.put(describe('aB', 1), Buffer.from('1'))
  await store.put(describe('Ab', 1), Buffer.from('2'))
  assert.equal(String((await store.open('aB'))?.bytes), '1')
  assert.equal(String((await store.open('Ab'))?.bytes), '2')
})

test('a deletion says whether there was anything', async (t) => {
  const store = await openStore(await folder(t))
  await store.put(describe('x', 1), Buffer.from('1'))
  assert.equal(await store.delete('x'), true)
  assert.equal(await store.delete('x'), false)
  assert.equal(await store.open('x'), null)
})
