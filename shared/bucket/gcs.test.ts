import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { timing } from '../timing.ts'
import { BucketError, BucketFullError } from './bucket.ts'
import { createGcsBucket, type GcsBucket } from './gcs.ts'
import { found, readAll } from './suite.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const credentials = {
  client_email: 'test@example.invalid',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
}
const PUT = { expiresAtMs: Date.UTC(2040, 0, 1), metadata: {} }

type Answer = (response: ServerResponse, request: IncomingMessage) => void

interface Scripted {
  bucket: GcsBucket
  /** Requests so far, as `METHOD path?query`. */
  requests: string[]
  /** Resolves when a request has come that is not answered yet. */
  asked: () => Promise<unknown>
  /** Resolves when no connection is open. */
  allClosed: () => Promise<void>
  connections: () => number
}

/** A server that answers as it is told, and the bucket that asks it. */
async function script(t: TestContext, answer: Answer): Promise<Scripted> {
  const requests: string[] = []
  const sockets = new Set<Socket>()
  let opened = 0
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    request.resume()
    request.on('end', () => {
      answer(response, request)
      server.emit('asked')
    })
  })
  server.on('connection', (socket) => {
    opened += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const endpoint = `http://127.0.0.1:${port}/secret`
  const bucket = createGcsBucket({ bucket: 'pastes', endpoint, credentials })
  t.after(() => {
    bucket.close()
    server.closeAllConnections()
    server.close()
  })
  return {
    bucket,
    requests,
    asked: () => once(server, 'asked'),
    async allClosed() {
      const closed = [...sockets].map(
        (socket) => new Promise((resolve) => socket.once('close', resolve)),
      )
      await Promise.all(closed)
    },
    connections: () => opened,
  }
}

const fails = (promise: Promise<unknown>) => assert.rejects(promise, BucketError)
const isNotFull = (error: unknown) =>
  error instanceof BucketError && !(error instanceof BucketFullError)

async function listAll(bucket: GcsBucket): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const object of bucket.list()) all.push(object)
  return all
}

for (const status of [204, 206, 301, 304, 400, 401, 403, 412, 416, 429, 500, 503]) {
  test(`a read answered ${status} is a failure, never an absence`, async (t) => {
    const { bucket, requests } = await script(t, (response) => response.writeHead(status).end())
    await fails(bucket.get('id'))
    assert.equal(requests.length, 1)
  })
}

for (const status of [400, 401, 403, 404, 409, 429, 500, 502, 503, 504]) {
  test(`a put answered ${status} is a failure and is not tried again`, async (t) => {
    const { bucket, requests } = await script(t, (response) => response.writeHead(status).end())
    await assert.rejects(bucket.put('id', Buffer.from('x'), PUT), isNotFull)
    assert.equal(requests.length, 1)
  })
}

for (const status of [400, 401, 403, 412, 429, 500, 503]) {
  test(`a deletion or a listing answered ${status} is a failure`, async (t) => {
    const { bucket, requests } = await script(t, (response) => response.writeHead(status).end())
    await fails(bucket.delete('id'))
    await fails(listAll(bucket))
    assert.equal(requests.length, 2)
  })
}

test('a bucket without room is told from a broken one', async (t) => {
  const { bucket } = await script(t, (response) => response.writeHead(507).end())
  await assert.rejects(bucket.put('id', Buffer.from('x'), PUT), BucketFullError)
})

test('a bucket that does not exist is a failure, not an empty one', async (t) => {
  const json = '{"error":{"code":404,"message":"The specified bucket does not exist."}}'
  const xml = '<Error><Code>NoSuchBucket</Code></Error>'
  const { bucket } = await script(t, (response, { method }) =>
    response.writeHead(404).end(method === 'GET' ? xml : json),
  )
  await fails(bucket.get('id'))
  await fails(bucket.delete('id'))
  await fails(listAll(bucket))
})

test('a put asks for creation alone, and for no ACL', async (t) => {
  const { bucket, requests } = await script(t, (response) => response.end('{}'))
  assert.equal(await bucket.put('id', Buffer.from('x'), PUT), 'stored')
  assert.equal(
    requests[0],
    'POST /secret/upload/storage/v1/b/pastes/o?uploadType=multipart&name=id&ifGenerationMatch=0',
  )
})

for (const [what, answer] of Object.entries<Answer>({
  'never answers': () => {},
  'never finishes its headers': (response) => response.socket?.write('HTTP/1.1 200 OK\r\nETag:'),
})) {
  test(`a bucket that ${what} is given up on, and its connection is closed`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { bucket, asked, allClosed } = await script(t, answer)
    for (const ask of [
      () => bucket.get('id'),
      () => bucket.put('id', Buffer.from('x'), PUT),
      () => bucket.delete('id'),
      () => listAll(bucket),
    ]) {
      const request = asked()
      const outcome = fails(ask())
      await request
      t.mock.timers.tick(timing.bucketMs)
      await outcome
      await allClosed()
    }
  })
}

test('the caller can cut off any call, and its connection is closed', async (t) => {
  const { bucket, asked, allClosed } = await script(t, () => {})
  for (const ask of [
    (signal: AbortSignal) => bucket.get('id', { signal }),
    (signal: AbortSignal) => bucket.put('id', Buffer.from('x'), { ...PUT, signal }),
    (signal: AbortSignal) => bucket.delete('id', signal),
  ]) {
    const controller = new AbortController()
    const request = asked()
    const outcome = fails(ask(controller.signal))
    await request
    controller.abort()
    await outcome
    await allClosed()
  }
})

const HALF: Answer = (response) => {
  response.writeHead(200, { etag: '"e"', 'content-length': 10 })
  response.write('half')
}

test('a body that is cut short errs, and never ends', async (t) => {
  const { bucket } = await script(t, (response, request) => {
    HALF(response, request)
    void setImmediate().then(() => response.destroy())
  })
  const { length, stream } = await found(bucket.get('id'))
  assert.equal(length, 10)
  await fails(readAll(stream))
})

test('a body that stalls is given up on', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { bucket, allClosed } = await script(t, HALF)
  const { stream } = await found(bucket.get('id'))
  const outcome = fails(readAll(stream))
  t.mock.timers.tick(timing.bucketMs)
  await outcome
  await allClosed()
})

test('a signal ends a body that is being read', async (t) => {
  const { bucket, allClosed } = await script(t, HALF)
  const controller = new AbortController()
  const { stream } = await found(bucket.get('id', { signal: controller.signal }))
  const outcome = fails(readAll(stream))
  controller.abort()
  await outcome
  await allClosed()
})

test('a body that fails before anybody reads it harms nobody but its reader', async (t) => {
  const { bucket, allClosed } = await script(t, HALF)
  const controller = new AbortController()
  const { stream } = await found(bucket.get('id', { signal: controller.signal }))
  controller.abort()
  await allClosed()
  await fails(readAll(stream))
})

test('a reader who takes his time is not cut off', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const bytes = Buffer.alloc(1024 * 1024, 7)
  const { bucket } = await script(t, (response) =>
    response.writeHead(200, { etag: '"e"', 'content-length': bytes.length }).end(bytes),
  )
  const { stream } = await found(bucket.get('id'))
  while (stream.readableLength < stream.readableHighWaterMark) await setImmediate()
  t.mock.timers.tick(10 * timing.bucketMs)
  assert.ok((await readAll(stream)).equals(bytes))
})

test('a body that nobody wants closes its connection', async (t) => {
  const { bucket, allClosed } = await script(t, HALF)
  const { stream } = await found(bucket.get('id'))
  stream.destroy()
  await allClosed()
})

test('bodies read to their end share one connection', async (t) => {
  const { bucket, connections } = await script(t, (response) =>
    response.writeHead(200, { etag: '"e"', 'content-length': 2 }).end('ok'),
  )
  for (let round = 0; round < 5; round += 1) {
    const { stream } = await found(bucket.get('id'))
    assert.equal(String(await readAll(stream)), 'ok')
  }
  assert.equal(connections(), 1)
})

test('absences and failures keep their connection', async (t) => {
  const statuses = [404, 403, 304, 404]
  const { bucket, connections } = await script(t, (response) => {
    const status = statuses.shift() ?? 500
    response.writeHead(status, status === 304 ? { etag: '"e"' } : {}).end()
  })
  assert.equal(await bucket.get('id'), null)
  await fails(bucket.get('id'))
  assert.deepEqual(await bucket.get('id', { ifNoneMatch: '"e"' }), { kind: 'unchanged' })
  assert.equal(await bucket.get('id'), null)
  assert.equal(connections(), 1)
})

test('a read on a connection that the server has just closed is sent again', async (t) => {
  let count = 0
  const { bucket, requests } = await script(t, (response) => {
    count += 1
    if (count === 2) response.socket?.destroy()
    else response.writeHead(404).end()
  })
  assert.equal(await bucket.get('id'), null)
  assert.equal(await bucket.get('id'), null)
  assert.equal(requests.length, 3)
})

test('a put on such a connection is not sent again', async (t) => {
  let count = 0
  const { bucket, requests } = await script(t, (response) => {
    count += 1
    if (count === 2) response.socket?.destroy()
    else response.writeHead(404).end()
  })
  assert.equal(await bucket.get('id'), null)
  await fails(bucket.put('id', Buffer.from('x'), PUT))
  assert.equal(requests.length, 2)
})

for (const [what, head] of Object.entries({
  'no ETag': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'no length': 'HTTP/1.1 200 OK\r\nETag: "e"\r\nConnection: close\r\n\r\nok',
  'a length that is none': 'HTTP/1.1 200 OK\r\nETag: "e"\r\nContent-Length: many\r\n\r\nok',
  'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok',
  'no status': 'HTTP/1.1\r\n\r\n',
  'no HTTP': '\u0000\u0001\u0002 garbage \r\n\r\n',
  'a switch of protocols': 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
})) {
  test(`an answer with ${what} is a failure`, async (t) => {
    const { bucket, allClosed } = await script(t, (response) => response.socket?.end(head))
    await fails(bucket.get('id'))
    await fails(bucket.delete('id').then(() => bucket.get('id')))
    await allClosed()
  })
}

test('a range from elsewhere than was asked for is a failure', async (t) => {
  const headers = { etag: '"e"', 'content-length': 2 }
  const answers: Answer[] = [
    (response) => response.writeHead(200, headers).end('ok'),
    (response) => response.writeHead(206, headers).end('ok'),
    (response) => response.writeHead(206, { ...headers, 'content-range': 'bytes 0-1/9' }).end('ok'),
  ]
  const { bucket, requests } = await script(t, (response, request) =>
    answers[requests.length - 1]?.(response, request),
  )
  for (const _ of answers) await fails(bucket.get('id', { from: 7 }))
})

for (const page of ['no JSON', '5', 'null', '[]x', '{"items":5}', '{"items":[null]}']) {
  test(`a listing of ${page} is a failure`, async (t) => {
    const { bucket } = await script(t, (response) => response.end(page))
    await fails(listAll(bucket))
  })
}

test('an error says nothing of the signature', async (t) => {
  const { bucket } = await script(t, (response) => response.writeHead(500).end())
  await assert.rejects(bucket.get('id'), (error: Error) => !error.message.includes('X-Goog'))
  bucket.close()
  const gone = createGcsBucket({ bucket: 'pastes', endpoint: 'http://127.0.0.1:1/s', credentials })
  await assert.rejects(gone.get('id'), /ECONNREFUSED/)
})

test('one signature serves the reads of a window', async (t) => {
  const { bucket, requests } = await script(t, (response) => response.writeHead(404).end())
  await bucket.get('id')
  await bucket.get('id')
  await bucket.get('other')
  assert.equal(requests[0], requests[1])
  assert.notEqual(requests[0], requests[2])
})
