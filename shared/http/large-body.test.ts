import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { crc32, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { RecordError } from '../record.ts'
import { type LargeBody, streamBody } from './large-body.ts'

const PLAIN = Buffer.concat([
  randomBytes(5000),
  Buffer.alloc(90_000, 'again and again '),
  randomBytes(5000),
])
const PACKED = gzipSync(PLAIN)

/** A stream of `bytes` in uneven chunks. */
function source(bytes: Buffer): Readable {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 3001) chunks.push(bytes.subarray(at, at + 3001))
  return Readable.from(chunks)
}

function bodyOf(stored: Buffer, its: Partial<LargeBody> = {}): LargeBody {
  return {
    stored: 'identity',
    sent: 'identity',
    start: 0,
    length: PLAIN.length,
    crc: crc32(PLAIN),
    open: async (from) => source(stored.subarray(from)),
    ...its,
  }
}

async function readAll(body: LargeBody): Promise<Buffer> {
  return Buffer.from(await new Response(await streamBody(body)).arrayBuffer())
}

const ZIPPED = { stored: 'gzip', crc: crc32(PACKED) } as const

test('a body goes out as it is stored, or unpacked', async () => {
  assert.ok((await readAll(bodyOf(PLAIN))).equals(PLAIN))
  assert.ok((await readAll(bodyOf(PACKED, ZIPPED))).equals(PLAIN))
  const asStored = bodyOf(PACKED, { ...ZIPPED, sent: 'gzip', length: PACKED.length })
  assert.ok((await readAll(asStored)).equals(PACKED))
})

test('any part is that part, of what is stored or of what is unpacked', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(PLAIN.length - 1),
      fc.nat(9999),
      fc.boolean(),
      async (start, more, zip) => {
        const length = Math.min(more + 1, PLAIN.length - start)
        const part = { start, length, crc: null }
        const body = zip ? bodyOf(PACKED, { ...part, stored: 'gzip' }) : bodyOf(PLAIN, part)
        assert.ok((await readAll(body)).equals(PLAIN.subarray(start, start + length)))
      },
    ),
    { numRuns: 40 },
  )
})

test('what is stored is opened where the part begins; what is packed at its beginning', async () => {
  const opened: number[] = []
  const open = async (from: number) => {
    opened.push(from)
    return source(PLAIN.subarray(from))
  }
  await readAll(bodyOf(PLAIN, { start: 77, length: 5, crc: null, open }))
  const packed = bodyOf(PACKED, { ...ZIPPED, start: 77, length: 5, crc: null })
  await readAll({
    ...packed,
    open: (from) => {
      opened.push(from)
      return packed.open(from)
    },
  })
  assert.deepEqual(opened, [77, 0])
})

test('a body that is shorter, longer or other than announced never ends well', async () => {
  const flipped = Buffer.from(PLAIN)
  flipped[60_000] = 0
  const flippedGzip = Buffer.from(PACKED)
  flippedGzip[2500] = (PACKED[2500] ?? 0) ^ 1
  const bad: [name: string, body: LargeBody][] = [
    ['short', bodyOf(PLAIN.subarray(0, -1))],
    ['long', bodyOf(Buffer.concat([PLAIN, PLAIN]))],
    ['flipped', bodyOf(flipped)],
    ['short gzip', bodyOf(PACKED.subarray(0, -1), ZIPPED)],
    ['flipped gzip', bodyOf(flippedGzip, ZIPPED)],
    [
      'flipped gzip as it is',
      bodyOf(flippedGzip, { ...ZIPPED, sent: 'gzip', length: PACKED.length }),
    ],
    ['not gzip', bodyOf(PLAIN, ZIPPED)],
    ['part beyond the end', bodyOf(PLAIN, { start: PLAIN.length - 5, length: 6, crc: null })],
  ]
  for (const [name, body] of bad) await assert.rejects(readAll(body), name)
})

test('more bytes than announced are never sent', async () => {
  const stream = await streamBody(bodyOf(Buffer.concat([PLAIN, Buffer.alloc(50_000)])))
  let sent = 0
  await assert.rejects(async () => {
    for await (const chunk of stream) sent += (chunk as Buffer).length
  }, RecordError)
  assert.ok(sent <= PLAIN.length)
})

test('what cannot be opened throws before anything is sent', async () => {
  const open = () => Promise.reject(new RecordError('planned'))
  await assert.rejects(streamBody(bodyOf(PLAIN, { open })), /planned/)
})

test('a reader that goes away closes what was opened', async () => {
  for (const its of [{}, ZIPPED, { ...ZIPPED, crc: null }]) {
    const stored = its === ZIPPED || 'stored' in its ? PACKED : PLAIN
    const stream = source(stored)
    const body = await streamBody(bodyOf(stored, { ...its, open: async () => stream }))
    const reader = body.getReader()
    await reader.read()
    await reader.cancel()
    if (!stream.destroyed) await new Promise((resolve) => stream.once('close', resolve))
    assert.ok(stream.destroyed)
  }
})
