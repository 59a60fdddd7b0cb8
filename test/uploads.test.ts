import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { startTestSystem } from './support/system.ts'

/** Uploads over real sockets: what is refused can be read, what is cut off leaves nothing behind. */

const run = promisify(execFile)
const LIMIT = 2 * 1024 * 1024
const system = await startTestSystem({ maxPasteBytes: LIMIT })
const dir = await mkdtemp(join(tmpdir(), 'ledge-uploads-'))
after(async () => {
  await system.close()
  await rm(dir, { recursive: true })
})
const url = await system.listen('front')
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
)

const TOO_LARGE = 'error: too large: the limit is 2 MiB\n'

async function states(): Promise<string[]> {
  const { rows } = await system.database.query<{ state: string }>('select state from pastes')
  return rows.map(({ state }) => state).toSorted()
}

/** Sends bytes as they are; what came back when the server closed, or stopped talking. */
async function exchange(pieces: (Buffer | string)[]): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => {})
  for (const piece of pieces) socket.write(piece)
  await Promise.race([once(socket, 'close'), once(socket, 'data').then(() => sleep(50))])
  socket.destroy()
  return Buffer.concat(chunks).toString()
}

const HEAD = 'PUT / HTTP/1.1\r\nhost: ledge.test\r\nuser-agent: curl/8\r\n'

test('a declared size over the limit is answered before any of the body came', async () => {
  const answer = await exchange([`${HEAD}content-length: ${LIMIT + 1}\r\n\r\n`])
  assert.match(answer, /^HTTP\/1\.1 413 /)
  assert.ok(answer.includes('error: too large: the limit is 2,097,152 bytes\n'))
  assert.deepEqual(await states(), [])
})

test('who declares too much and goes on sending can read the answer', async () => {
  const size = 4 * LIMIT
  const response = await fetch(url, { method: 'PUT', body: Buffer.alloc(size, 'x') })
  assert.equal(response.status, 413)
  assert.ok((await response.text()).startsWith(TOO_LARGE))
})

test('a chunked body over the limit can be sent to its end, and the answer be read', async () => {
  const body = new Blob([Buffer.alloc(4 * LIMIT, 'x')]).stream()
  const response = await fetch(url, { method: 'PUT', body, duplex: 'half' })
  assert.equal(response.status, 413)
  assert.ok((await response.text()).startsWith(TOO_LARGE))
  assert.deepEqual(await states(), [])
})

test('a gzip bomb is 413 and costs no more memory than the limit', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
  const headers = { 'content-encoding': 'gzip' }
  const response = await fetch(url, { method: 'PUT', body: bomb, headers })
  assert.equal(response.status, 413)
  assert.deepEqual(await states(), [])
})

test('curl gets the answer: a file, and standard input', { skip: !hasCurl }, async () => {
  const file = join(dir, 'big.bin')
  await writeFile(file, Buffer.alloc(4 * LIMIT, 'x'))
  for (const command of [`curl -sS -T '${file}' ${url}`, `curl -sS -T- ${url} < '${file}'`]) {
    const { stdout, stderr } = await run('sh', ['-c', command])
    assert.ok(stdout.startsWith(TOO_LARGE), `${command}: ${stdout} ${stderr}`)
  }
  for (const expect of ['', "-H 'Expect:'"]) {
    const { stdout } = await run('sh', ['-c', `curl -sS ${expect} -T '${file}' ${url}/`])
    assert.ok(stdout.startsWith(TOO_LARGE), stdout)
  }
  assert.deepEqual(await states(), [])
})

test('curl gets the answer to 2 GB at once, declared and chunked', { skip: !hasCurl }, async () => {
  const file = join(dir, 'huge.bin')
  await (await open(file, 'w')).close()
  await truncate(file, 2 * 1024 ** 3)
  const commands = [
    `curl -sS -T '${file}' ${url}/`,
    `curl -sS -H 'Expect:' -T '${file}' ${url}/`,
    `curl -sS -X POST -F 'file=@${file}' ${url}/`,
    `curl -sS -T- ${url} < '${file}'`,
    `curl -sS -H 'Expect:' -T- ${url} < '${file}'`,
    `yes | head -c 2147483648 | curl -sS -T- ${url}`,
  ]
  for (const command of commands) {
    const { stdout, stderr } = await run('sh', ['-c', command], { timeout: 2000 })
    assert.ok(stdout.startsWith(TOO_LARGE), `${command}: ${stdout} ${stderr}`)
  }
  assert.deepEqual(await states(), [])
})

test(
  'curl -T and curl --data-binary make pastes of exactly the bytes',
  { skip: !hasCurl },
  async () => {
    const file = join(dir, 'notes.md')
    const bytes = Buffer.from('\u{feff}a=1&b=2\r\n\0\xff', 'latin1')
    await writeFile(file, bytes)
    const ways = [
      `-T '${file}' ${url}`,
      `-T- ${url} < '${file}'`,
      `--data-binary @'${file}' ${url}`,
    ]
    for (const way of ways) {
      const { stdout } = await run('sh', ['-c', `curl -sS ${way}`])
      const [, id] = /^http:\/\/[^/]+\/(\w{12})\n$/.exec(stdout) ?? []
      const response = await fetch(`${url}/raw/${id}`)
      assert.ok(Buffer.from(await response.arrayBuffer()).equals(bytes), way)
    }
    await system.database.query('truncate pastes')
  },
)

test('a body that is cut off midway stores nothing, declared or chunked', async () => {
  const half = Buffer.alloc(100_000, 'x')
  const starts = ['content-length: 200000\r\n\r\n', 'transfer-encoding: chunked\r\n\r\n20000\r\n']
  for (const start of starts) {
    const begun = system.logged.length
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    await once(socket, 'connect')
    await new Promise((resolve) =>
      socket.write(Buffer.concat([Buffer.from(HEAD + start), half]), resolve),
    )
    await sleep(30)
    socket.destroy()
    // It is told of once the server has noticed.
    while (!system.logged.slice(begun).some((line) => line.includes('"status":400'))) await sleep(5)
  }
  assert.deepEqual(await states(), [])
  const response = await fetch(url, { method: 'PUT', body: 'still here' })
  assert.equal(response.status, 201)
})

test('curl -F and curl -d are forms', { skip: !hasCurl }, async () => {
  const file = join(dir, 'café.md')
  const bytes = Buffer.from('\u{feff}a=1&b=2\r\n--\r\n\0\xff\r', 'latin1')
  await writeFile(file, bytes)
  const ways: [command: string, sent: Buffer][] = [
    [`-F 'file=@${file}'`, bytes],
    [`-F 'f:1=<-' < '${file}'`, bytes],
    [`-F 'sprunge=<-' -F ttl=1h < '${file}'`, bytes],
    [`-d 'text=a+b%0D%0A' -d ttl=1h`, Buffer.from('a b\r\n')],
  ]
  for (const [way, sent] of ways) {
    const { stdout } = await run('sh', ['-c', `curl -sS ${way} ${url}`])
    const [, id] = /^http:\/\/[^/]+\/(\w{12})\n$/.exec(stdout) ?? []
    const response = await fetch(`${url}/raw/${id}`)
    assert.ok(Buffer.from(await response.arrayBuffer()).equals(sent), `${way}: ${stdout}`)
  }
  await system.database.query('truncate pastes')
})
