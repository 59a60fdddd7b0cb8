import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSubnet } from './subnets.ts'

test('an address is a subnet of its own, one with bits is larger', () => {
  assert.deepEqual(parseSubnet('10.0.0.1'), { address: '10.0.0.1', prefix: 32, family: 'ipv4' })
  assert.deepEqual(parseSubnet('10.0.0.0/8'), { address: '10.0.0.0', prefix: 8, family: 'ipv4' })
  assert.deepEqual(parseSubnet('0.0.0.0/0'), { address: '0.0.0.0', prefix: 0, family: 'ipv4' })
  assert.deepEqual(parseSubnet('::1'), { address: '::1', prefix: 128, family: 'ipv6' })
  assert.deepEqual(parseSubnet('FD00::/8'), { address: 'FD00::', prefix: 8, family: 'ipv6' })
})

test('what is no address is no subnet', () => {
  const wrong = ['', '10.0.0', '10.0.0.256', '10.0.0.0/33', '::1/129', '10.0.0.0/', '/8', 'proxy']
  for (const text of [...wrong, '10.0.0.0/-1', '10.0.0.0/8/8', '10.0.0.0 /8', 'fe80::1%eth0']) {
    assert.equal(parseSubnet(text), null, text)
  }
})
