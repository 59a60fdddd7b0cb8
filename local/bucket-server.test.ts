import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type GetSignedUrlConfig, Storage } from '@google-cloud/storage'
import { BucketError, BucketFullError } from '../shared/bucket/bucket.ts'
import { createGcsBucket } from '../shared/bucket/gcs.ts'
import { found, readAll } from '../shared/bucket/suite.ts'
import { type BucketServerOptions, createBucketServer } from './bucket-server.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 })
const EMAIL = 'test@example.invalid'
const SECRET = 'a-secret-of-some-length'
const HOUR_MS = 3_600_000
const PUT = { expiresAtMs: Date.UTC(2040, 0, 1), metadata: { a: 'b' } }

function hex(name: string): string {
  return Buffer.from(name).toString('hex')
}

function pem(key: typeof privateKey): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

async function start(t: TestContext, options: Partial<BucketServerOptions> = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'ledge-bucket-'))
  const errors: object[] = []
  let nowMs = Date.now()
  const server = createBucketServer({
    dir,
    bucket: 'pastes',
    secretPath: SECRET,
    publicKey,
    clientEmail: EMAIL,
    clock: { now: () => nowMs },
    log: { error: (details) => errors.push(details) },
    ...options,
  })
  const { endpoint, port } = await server.listen()
  const credentials = { client_email: EMAIL, private_key: pem(privateKey) }
  const bucket = createGcsBucket({ bucket: 'pastes', endpoint, credentials })
  t.after(async () => {
    bucket.close()
    await server.close()
    await rm(dir, { recursive: true })
  })
  return { bucket, endpoint, port, dir, errors, server, moveClock: (ms: number) => (nowMs += ms) }
}

async function sign(
  endpoint: string,
  config: Partial<GetSignedUrlConfig> = {},
  key = privateKey,
): Promise<string> {
  const storage = new Storage({ apiEndpoint: endpoint, projectId: 'x' })
  storage.authClient.jsonContent = { client_email: EMAIL, private_key: pem(key) }
  const expires = Date.now() + HOUR_MS
  const file = storage.bucket('pastes').file('id')
  const [url] = await file.getSignedUrl({ version: 'v4', action: 'read', expires, ...config })
  return url
}

test("a URL that Google's client has signed reads the object, until it expires", async (t) => {
  const { bucket, endpoint, moveClock } = await start(t)
  await bucket.put('id', Buffer.from('hello'), PUT)
  const url = await sign(endpoint)
  assert.ok(!url.includes(SECRET))
  const response = await fetch(url)
  assert.equal(response.status, 200)
  assert.equal(await response.text(), 'hello')
  assert.equal(response.headers.get('content-encoding'), null)
  assert.equal(response.headers.get('cache-control'), 'no-store')
  moveClock(HOUR_MS)
  assert.equal((await fetch(url)).status, 403)
})

test('a signed read takes a range and If-None-Match', async (t) => {
  const { bucket, endpoint } = await start(t)
  const bytes = Buffer.alloc(200_000, 'abc')
  await bucket.put('id', bytes, PUT)
  const url = await sign(endpoint)
  const part = await fetch(url, { headers: { range: 'bytes=100000-100002' } })
  assert.equal(part.status, 206)
  assert.equal(part.headers.get('content-range'), 'bytes 100000-100002/200000')
  assert.equal(await part.text(), 'bca')
  const etag = part.headers.get('etag') ?? ''
  const same = await fetch(url, { headers: { 'if-none-match': etag, range: 'bytes=0-1' } })
  assert.equal(same.status, 304)
  assert.equal(same.headers.get('content-length'), null)
  const beyond = await fetch(url, { headers: { range: 'bytes=200000-' } })
  assert.equal(beyond.status, 416)
  assert.equal(beyond.headers.get('content-range'), 'bytes */200000')
})

test('nothing but the right signature reads an object', async (t) => {
  const { bucket, endpoint, port } = await start(t)
  await bucket.put('id', Buffer.from('hello'), PUT)
  await bucket.put('ie', Buffer.from('other'), PUT)
  const url = await sign(endpoint)
  const refused = [
    `http://127.0.0.1:${port}/pastes/id`,
    url.replace('/id?', '/ie?'),
    url.replace(/Expires=\d+/, 'Expires=604800'),
    url.replace('127.0.0.1', 'localhost'),
    `${url}&generation=1`,
    await sign(endpoint, {}, foreign.privateKey),
    await sign(endpoint, { action: 'write' }),
    await sign(endpoint, { accessibleAt: Date.now() + HOUR_MS / 2 }),
  ]
  for (const one of refused) {
    const response = await fetch(one)
    assert.equal(response.status, 403, one)
    assert.doesNotMatch(await response.text(), /hello|other/)
  }
  assert.equal((await fetch(url, { method: 'HEAD' })).status, 403)
  assert.equal((await fetch(url)).status, 200)
})

test('a signature for writing writes nothing', async (t) => {
  const { endpoint, dir } = await start(t)
  const url = await sign(endpoint, { action: 'write' })
  assert.equal((await fetch(url, { method: 'PUT', body: 'x' })).status, 405)
  assert.deepEqual(await readdir(join(dir, 'objects')), [])
})

test('writing, deleting and listing take the secret', async (t) => {
  const { bucket, port } = await start(t)
  await bucket.put('id', Buffer.from('hello'), PUT)
  for (const path of ['', `/${SECRET.toUpperCase()}`, `/${SECRET.slice(1)}`, `/${SECRET}x`]) {
    const endpoint = `http://127.0.0.1:${port}${path}`
    const credentials = { client_email: EMAIL, private_key: pem(privateKey) }
    const without = createGcsBucket({ bucket: 'pastes', endpoint, credentials })
    t.after(() => without.close())
    await assert.rejects(without.put('new', Buffer.from('x'), PUT), BucketError)
    await assert.rejects(without.list()[Symbol.asyncIterator]().next(), BucketError)
    await assert.rejects(without.delete('id'), BucketError)
    assert.equal(await bucket.get('new'), null)
    const object = await found(bucket.get('id'))
    assert.equal(String(await readAll(object.stream)), 'hello')
  }
})

test('another bucket is not there', async (t) => {
  const { endpoint } = await start(t)
  const credentials = { client_email: EMAIL, private_key: pem(privateKey) }
  const other = createGcsBucket({ bucket: 'other', endpoint, credentials })
  t.after(() => other.close())
  await assert.rejects(other.get('id'), BucketError)
  await assert.rejects(other.put('id', Buffer.from('x'), PUT), BucketError)
  await assert.rejects(other.delete('id'), BucketError)
})

test('a full disk is said to be full, and harms nothing that is stored', async (t) => {
  let free = Number.MAX_SAFE_INTEGER
  const { bucket, errors } = await start(t, { freeBytes: () => Promise.resolve(free) })
  await bucket.put('old', Buffer.from('old'), PUT)
  free = 64 * 1024 * 1024
  await assert.rejects(bucket.put('new', Buffer.from('new'), PUT), BucketFullError)
  assert.equal(await bucket.get('new'), null)
  const object = await found(bucket.get('old'))
  assert.equal(String(await readAll(object.stream)), 'old')
  await bucket.delete('old')
  free += 1000
  assert.equal(await bucket.put('new', Buffer.from('new'), PUT), 'stored')
  assert.deepEqual(errors, [])
})

test('a disk that fills up while it writes is said to be full', async (t) => {
  const full = Object.assign(new Error('full'), { code: 'ENOSPC' })
  const { bucket, dir } = await start(t, { openFile: () => Promise.reject(full) })
  await assert.rejects(bucket.put('new', Buffer.from('new'), PUT), BucketFullError)
  assert.deepEqual(await readdir(join(dir, 'tmp')), [])
})

test('a damaged object is an error that is logged, and the next read goes on', async (t) => {
  const { bucket, dir, errors } = await start(t)
  await bucket.put('id', Buffer.from('hello'), PUT)
  await bucket.put('ok', Buffer.from('fine'), PUT)
  await writeFile(join(dir, 'objects', hex('i'), hex('id')), 'not an object')
  await assert.rejects(bucket.get('id'), BucketError)
  assert.equal(errors.length, 1)
  const object = await found(bucket.get('ok'))
  assert.equal(String(await readAll(object.stream)), 'fine')
})

test("Google's client with its own defaults can upload, and compares checksums", async (t) => {
  const { bucket, endpoint } = await start(t)
  const storage = new Storage({ apiEndpoint: endpoint, projectId: 'x' })
  const upload = (validation: 'md5' | 'crc32c') =>
    storage
      .bucket('pastes')
      .file(validation)
      .save('hello', { resumable: false, validation, preconditionOpts: { ifGenerationMatch: 0 } })
  for (const validation of ['md5', 'crc32c'] as const) {
    await upload(validation)
    const object = await found(bucket.get(validation))
    assert.equal(String(await readAll(object.stream)), 'hello')
    await assert.rejects(upload(validation), { code: 412 })
  }
})

for (const [what, query, facts] of [
  ['a name that could be a path', 'name=..%2Fetc&ifGenerationMatch=0', {}],
  ['no name', 'ifGenerationMatch=0', {}],
  ['leave to replace', 'name=id', {}],
  ['a generation to replace', 'name=id&ifGenerationMatch=7', {}],
  ['another checksum', 'name=id&ifGenerationMatch=0', { md5Hash: 'AAAAAAAAAAAAAAAAAAAAAA==' }],
  ['metadata that are none', 'name=id&ifGenerationMatch=0', { metadata: { a: 1 } }],
] as const) {
  test(`an upload with ${what} is refused`, async (t) => {
    const { endpoint, dir } = await start(t)
    const type = 'content-type: text/plain\r\n\r\n'
    const response = await fetch(`${endpoint}/upload/storage/v1/b/pastes/o?${query}`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/related; boundary=b' },
      body: `--b\r\n${type}${JSON.stringify(facts)}\r\n--b\r\n${type}x\r\n--b--`,
    })
    assert.equal(response.status, 400)
    assert.deepEqual(await readdir(join(dir, 'objects')), [])
  })
}

test('an object over the limit is refused', async (t) => {
  const { bucket, dir } = await start(t, { maxObjectBytes: 1000 })
  await assert.rejects(bucket.put('id', Buffer.alloc(100_000), PUT), BucketError)
  assert.deepEqual(await readdir(join(dir, 'objects')), [])
})

test('closing twice is closing once, with connections kept open', async (t) => {
  const { bucket, server } = await start(t)
  assert.equal(await bucket.get('id'), null)
  await Promise.all([server.close(), server.close()])
  await assert.rejects(bucket.get('id'), BucketError)
})
