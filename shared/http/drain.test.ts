import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { drainUnread } from './drain.ts'
import { serve } from './serve.ts'

const log = { warn() {}, error() {} }
const REFUSAL = 'HTTP/1.1 413 '

/** Refuses everything; what is under /half after a first piece of the body. */
async function startRefusing(t: TestContext) {
  const served = await serve({
    async fetch(request) {
      if (request.url.endsWith('/half')) {
        const reader = request.body?.getReader()
        await reader?.read()
        reader?.releaseLock()
      }
      if (request.url.endsWith('/taken')) return new Response(await request.text())
      return new Response('too large', { status: 413 })
    },
    host: '127.0.0.1',
    port: 0,
    log,
  })
  t.after(() => served.close())
  return served.port
}

function open(port: number) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  let text = ''
  let failure: Error | null = null
  socket.on('data', (chunk) => (text += chunk.toString('latin1')))
  socket.on('error', (error) => (failure = error))
  const arrived = async (what: string) => {
    while (!text.includes(what)) await once(socket, 'data')
  }
  const write = (bytes: Buffer | string) => new Promise((resolve) => socket.write(bytes, resolve))
  return { socket, write, arrived, text: () => text, failure: () => failure }
}

const PIECE = Buffer.alloc(1024 * 1024, 'x')

for (const path of ['/', '/half']) {
  for (const connection of ['close', 'keep-alive']) {
    test(`who sends on after the answer is heard out: ${path}, ${connection}`, async (t) => {
      const client = open(await startRefusing(t))
      const head = `PUT ${path} HTTP/1.1\r\nhost: a\r\nconnection: ${connection}\r\n`
      await client.write(`${head}content-length: ${32 * PIECE.length}\r\n\r\n`)
      await client.write(PIECE)
      await client.arrived('too large')
      for (let sent = 1; sent < 32; sent += 1) await client.write(PIECE)
      if (connection === 'close') {
        client.socket.end()
        await once(client.socket, 'close')
      } else {
        await client.write('GET /next HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
        client.socket.end()
        await once(client.socket, 'close')
        assert.equal(client.text().split(REFUSAL).length, 3, 'the connection was kept')
      }
      assert.equal(client.failure(), null)
      assert.ok(client.text().startsWith(REFUSAL))
    })
  }
}

test('who never stops is cut off', async (t) => {
  const server = createServer((request, response) => {
    drainUnread(request, response, 50)
    response.writeHead(413).end('too large')
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const client = open((server.address() as AddressInfo).port)
  await client.write('PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n')
  await once(client.socket, 'end')
  client.socket.destroy()
  assert.ok(client.text().startsWith(REFUSAL))
})

test('a body that waits to be asked for is asked for when it is read, and not before', async (t) => {
  const port = await startRefusing(t)
  const head = (path: string) =>
    `PUT ${path} HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n`
  const taken = open(port)
  await taken.write(head('/taken'))
  await taken.arrived('HTTP/1.1 100 Continue\r\n\r\n')
  await taken.write('text')
  await taken.arrived('\r\n\r\ntext')
  assert.equal(taken.text().split('100 Continue').length, 2)
  taken.socket.destroy()
  const refused = open(port)
  await refused.write(head('/'))
  await once(refused.socket, 'end')
  assert.ok(refused.text().startsWith(REFUSAL))
  assert.match(refused.text(), /\r\nconnection: close\r\n/i)
  assert.doesNotMatch(refused.text(), /100 Continue/)
})
