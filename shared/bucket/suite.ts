import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import type { Bucket, BucketObject, ListedObject, PutOptions } from './bucket.ts'

export interface OpenBucket {
  bucket: Bucket
  close(): Promise<void>
}

const OPTIONS: PutOptions = { expiresAtMs: Date.UTC(2040, 0, 1), metadata: {} }

/** What every implementation of Bucket must do; `open` gives an empty one. */
export function bucketSuite(name: string, open: () => Promise<OpenBucket>): void {
  describe(name, () => {
    let opened: OpenBucket
    before(async () => {
      opened = await open()
    })
    after(() => opened.close())
    const withBucket = (run: (bucket: Bucket) => Promise<void>) => () => run(opened.bucket)

    for (const [what, bytes] of sampleBytes()) {
      test(`gives back ${what} as it was put`, withBucket(givesBack(bytes)))
    }
    test('has nothing under a name that was never put', withBucket(hasNothing))
    test('never replaces an object', withBucket(neverReplaces))
    test('stores one of many puts of one name', withBucket(storesOne))
    test('says that an object is unchanged', withBucket(saysUnchanged))
    test('gives the bytes from an offset on', withBucket(givesFromOffset))
    test('forgets what is deleted, and deletes it twice', withBucket(forgets))
    test(
      'can delete what was never there',
      withBucket((bucket) => bucket.delete('never')),
    )
    test('lists objects in the order of names', withBucket(lists))
    test('lists what it has behind a name alone', withBucket(listsAfter))
    test('lists past the end of one page', withBucket(listsPages))
    test('keeps metadata to the letter', withBucket(keepsMetadata))
    test('does nothing for a signal that has fired', withBucket(obeysSignal))
  })
}

function sampleBytes(): [string, Buffer][] {
  return [
    ['one byte', Buffer.from('x')],
    ['NUL bytes and invalid UTF-8', Buffer.from([0, 0xff, 0xfe, 0x0d, 0x0a, 0, 0x80])],
    ['what looks like the end of an upload', Buffer.from('\r\n--x--\r\n--\r\n\r\n--x\r\n')],
    ['10 KiB', randomBytes(10 * 1024)],
    ['64 KiB', randomBytes(64 * 1024)],
    ['a byte over 1 MiB', randomBytes(1024 * 1024 + 1)],
    ['5 MiB', randomBytes(5 * 1024 * 1024)],
  ]
}

let count = 0
function fresh(): string {
  count += 1
  return `name${String(count).padStart(4, '0')}`
}

/** The object, which must be there. */
export async function found(object: Promise<BucketObject | null>) {
  const value = await object
  assert.equal(value?.kind, 'found')
  assert.ok(value?.kind === 'found')
  return value
}

export async function readAll(stream: Readable): Promise<Buffer> {
  return Buffer.concat(await stream.toArray())
}

async function listed(bucket: Bucket, behind?: string): Promise<ListedObject[]> {
  const objects: ListedObject[] = []
  for await (const object of bucket.list(behind)) objects.push(object)
  return objects
}

function givesBack(bytes: Buffer) {
  return async (bucket: Bucket) => {
    const name = fresh()
    assert.equal(await bucket.put(name, bytes, OPTIONS), 'stored')
    const object = await found(bucket.get(name))
    assert.equal(object.length, bytes.length)
    assert.ok((await readAll(object.stream)).equals(bytes))
  }
}

async function hasNothing(bucket: Bucket): Promise<void> {
  assert.equal(await bucket.get('never'), null)
  assert.equal(await bucket.get('never', { ifNoneMatch: '"x"', from: 3 }), null)
}

async function neverReplaces(bucket: Bucket): Promise<void> {
  const name = fresh()
  assert.equal(await bucket.put(name, Buffer.from('first'), OPTIONS), 'stored')
  assert.equal(await bucket.put(name, Buffer.from('second'), OPTIONS), 'exists')
  const object = await found(bucket.get(name))
  assert.equal(String(await readAll(object.stream)), 'first')
}

async function storesOne(bucket: Bucket): Promise<void> {
  const name = fresh()
  const bodies = Array.from({ length: 8 }, (_, index) => Buffer.alloc(70_000, index + 1))
  const results = await Promise.all(bodies.map((body) => bucket.put(name, body, OPTIONS)))
  assert.deepEqual(results.toSorted(), [...Array<string>(7).fill('exists'), 'stored'])
  const winner = bodies[results.indexOf('stored')]
  const object = await found(bucket.get(name))
  assert.deepEqual(await readAll(object.stream), winner)
}

async function saysUnchanged(bucket: Bucket): Promise<void> {
  const name = fresh()
  await bucket.put(name, Buffer.from('same'), OPTIONS)
  const first = await found(bucket.get(name))
  await readAll(first.stream)
  assert.deepEqual(await bucket.get(name, { ifNoneMatch: first.etag }), { kind: 'unchanged' })
  const other = await found(bucket.get(name, { ifNoneMatch: '"another"' }))
  assert.equal(other.etag, first.etag)
  assert.equal(String(await readAll(other.stream)), 'same')
  await bucket.delete(name)
  assert.equal(await bucket.get(name, { ifNoneMatch: first.etag }), null)
}

async function givesFromOffset(bucket: Bucket): Promise<void> {
  const bytes = randomBytes(300_000)
  const name = fresh()
  await bucket.put(name, bytes, OPTIONS)
  for (const from of [0, 1, 70_000, bytes.length - 1]) {
    const object = await found(bucket.get(name, { from }))
    assert.equal(object.length, bytes.length - from)
    assert.ok((await readAll(object.stream)).equals(bytes.subarray(from)))
  }
}

async function forgets(bucket: Bucket): Promise<void> {
  const name = fresh()
  await bucket.put(name, Buffer.from('soon gone'), OPTIONS)
  await bucket.delete(name)
  assert.equal(await bucket.get(name), null)
  await bucket.delete(name)
  assert.ok(!(await listed(bucket)).some((object) => object.name === name))
}

async function lists(bucket: Bucket): Promise<void> {
  const names = ['Zz', 'aa', 'aA', 'a-', '0', 'ab1']
  const putAt = Date.now()
  await Promise.all(names.map((name) => bucket.put(name, Buffer.from(name), OPTIONS)))
  const objects = await listed(bucket)
  const all = objects.map((object) => object.name)
  assert.deepEqual(all, all.toSorted())
  for (const name of names) {
    const object = objects.find((one) => one.name === name)
    assert.equal(object?.size, name.length)
    assert.ok(Math.abs((object?.createdAtMs ?? 0) - putAt) < 60_000)
  }
}

async function listsAfter(bucket: Bucket): Promise<void> {
  const all = (await listed(bucket)).map((object) => object.name)
  const middle = all[3]
  assert.ok(middle !== undefined)
  const rest = (await listed(bucket, middle)).map((object) => object.name)
  assert.deepEqual(rest, all.slice(4))
  const between = (await listed(bucket, `${middle}-`)).map((object) => object.name)
  assert.deepEqual(between, all.slice(4))
  assert.deepEqual(await listed(bucket, '~'), [])
}

async function listsPages(bucket: Bucket): Promise<void> {
  const names = Array.from({ length: 210 }, (_, index) => `page${String(index).padStart(4, '0')}`)
  for (let at = 0; at < names.length; at += 50) {
    const some = names.slice(at, at + 50)
    await Promise.all(some.map((name) => bucket.put(name, Buffer.from('p'), OPTIONS)))
  }
  const pages = (await listed(bucket)).map((object) => object.name)
  assert.deepEqual(
    pages.filter((name) => name.startsWith('page')),
    names,
  )
}

async function keepsMetadata(bucket: Bucket): Promise<void> {
  const name = fresh()
  const metadata = { title: 'a "quoted" \\ title', project: '{{projectId}}', empty: '' }
  await bucket.put(name, Buffer.from('m'), { ...OPTIONS, metadata })
  const object = (await listed(bucket)).find((one) => one.name === name)
  assert.deepEqual(object?.metadata, metadata)
}

async function obeysSignal(bucket: Bucket): Promise<void> {
  const name = fresh()
  const signal = AbortSignal.abort()
  await assert.rejects(bucket.put(name, Buffer.from('x'), { ...OPTIONS, signal }))
  await assert.rejects(bucket.get(name, { signal }))
  await assert.rejects(bucket.delete(name, signal))
}
