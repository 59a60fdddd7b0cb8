import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Hono } from 'hono'
import { parseSubnet } from '../shared/subnets.ts'
import { canonicalAddress, createClientAddress, networkOf } from './client-address.ts'

const TRUSTED = ['10.0.0.0/8', '::1', 'fd00::/8']

async function ask(peer: string | undefined, forwarded?: string, trusted = TRUSTED) {
  const subnets = trusted.map(parseSubnet).filter((subnet) => subnet !== null)
  const clientAddress = createClientAddress(subnets)
  const app = new Hono().get('/', (c) => c.text(clientAddress(c)))
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  const env = { incoming: { headers, socket: { remoteAddress: peer } } }
  return (await app.request('/', {}, env)).text()
}

test('a peer that is no trusted proxy is the client, whatever it says', async () => {
  assert.equal(await ask('192.0.2.1'), '192.0.2.1')
  assert.equal(await ask('192.0.2.1', '198.51.100.1'), '192.0.2.1')
  assert.equal(await ask('10.0.0.1', '198.51.100.1', []), '10.0.0.1')
  assert.equal(await ask('127.0.0.1', '198.51.100.1'), '127.0.0.1')
})

test('behind trusted proxies the right-most address that is none of them counts', async () => {
  assert.equal(await ask('10.0.0.1', '198.51.100.1'), '198.51.100.1')
  assert.equal(await ask('10.0.0.1', '203.0.113.9, 198.51.100.1'), '198.51.100.1')
  assert.equal(await ask('10.0.0.1', '203.0.113.9, 198.51.100.1,10.2.3.4'), '198.51.100.1')
  assert.equal(await ask('::ffff:10.0.0.1', '2001:DB8::1, fd00::7'), '2001:db8::1')
  assert.equal(await ask('::1', '198.51.100.1:4711'), '198.51.100.1')
  assert.equal(await ask('::1', '[2001:db8::1]:4711'), '2001:db8::1')
})

test('with nobody but proxies on the way the farthest is the client', async () => {
  assert.equal(await ask('10.0.0.1'), '10.0.0.1')
  assert.equal(await ask('10.0.0.1', ''), '10.0.0.1')
  assert.equal(await ask('10.0.0.1', '10.0.0.3, 10.0.0.2'), '10.0.0.3')
})

test('what is no address is ignored, with all that stands before it', async () => {
  assert.equal(await ask('10.0.0.1', 'nonsense'), '10.0.0.1')
  assert.equal(await ask('10.0.0.1', '198.51.100.1, unknown'), '10.0.0.1')
  assert.equal(await ask('10.0.0.1', '198.51.100.1, unknown, 10.0.0.2'), '10.0.0.2')
  assert.equal(await ask('10.0.0.1', 'nonsense, 198.51.100.1, , '), '198.51.100.1')
})

test('a request without a socket of the network has one client of its own', async () => {
  assert.equal(await ask(undefined, '198.51.100.1'), 'unknown')
})

test('each address has one spelling', () => {
  const spellings: [text: string, address: string | null][] = [
    ['192.0.2.1', '192.0.2.1'],
    [' 192.0.2.1:80 ', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['', null],
    ['localhost', null],
    ['192.0.2.256', null],
    ['192.0.2.1:80:80', null],
    ['[192.0.2.1', null],
  ]
  for (const [text, address] of spellings) assert.equal(canonicalAddress(text), address, text)
})

test('hosts of one /64 are one network, an IPv4 address is its own', () => {
  assert.equal(networkOf('192.0.2.1'), '192.0.2.1')
  assert.equal(networkOf('unknown'), 'unknown')
  assert.equal(networkOf('2001:db8::1'), '2001:db8:0:0::/64')
  assert.equal(networkOf('2001:db8::5:6:7:8:9'), '2001:db8:0:5::/64')
  assert.equal(networkOf('::1'), '0:0:0:0::/64')
  const group = fc.integer({ min: 0, max: 0xff_ff }).map((number) => number.toString(16))
  const half = fc.array(group, { minLength: 4, maxLength: 4 })
  fc.assert(
    fc.property(half, half, (network, host) => {
      const address = canonicalAddress([...network, ...host].join(':')) ?? ''
      const mapped = address.includes('.') && !address.includes(':')
      if (!mapped) assert.equal(networkOf(address), `${network.join(':')}::/64`)
    }),
  )
})

test('no header makes it fail', async () => {
  const visible = fc.string({ unit: 'grapheme-ascii' })
  await fc.assert(
    fc.asyncProperty(visible, async (forwarded) => {
      const client = await ask('10.0.0.1', forwarded)
      assert.equal(canonicalAddress(client), client)
    }),
  )
})
