import { BlockList, isIP, SocketAddress } from 'node:net'
import type { Context } from 'hono'
import { header } from '../shared/http/handle.ts'
import type { Subnet } from '../shared/subnets.ts'

/** Who is asking: the peer, or whom the proxies that are trusted say they speak for. */

export type ClientAddress = (c: Context) => string

/** For requests that came by no socket of the network. */
const UNKNOWN = 'unknown'

/** @param trusted whose `X-Forwarded-For` counts */
export function createClientAddress(trusted: readonly Subnet[]): ClientAddress {
  const list = new BlockList()
  for (const { address, prefix, family } of trusted) list.addSubnet(address, prefix, family)
  const isTrusted = (address: string) => list.check(address, familyOf(address))

  return function clientAddress(c) {
    const peer = canonicalAddress(peerOf(c) ?? '')
    if (peer === null) return UNKNOWN
    if (!isTrusted(peer)) return peer
    let client = peer
    const hops = (header(c, 'x-forwarded-for') ?? '').split(',').filter((hop) => hop.trim() !== '')
    for (const hop of hops.toReversed()) {
      const address = canonicalAddress(hop)
      // To the left of what is no address stands what anybody may have written.
      if (address === null) break
      client = address
      if (!isTrusted(address)) break
    }
    return client
  }
}

/** The one spelling of an address, without brackets, port and zone; null for what is none. */
export function canonicalAddress(text: string): string | null {
  const bare = text
    .trim()
    .replace(/^\[([^\]]*)\](?::\d{1,5})?$/, '$1')
    .replace(/^([\d.]+):\d{1,5}$/, '$1')
    .replace(/%.*$/, '')
  const mapped = bare.replace(/^::ffff:(?=[\d.]+$)/i, '')
  if (isIP(mapped) === 0) return null
  const { address } = new SocketAddress({ address: mapped, family: familyOf(mapped) })
  // It may have been spelt in hex.
  return address.replace(/^::ffff:(?=[\d.]+$)/, '')
}

/** What a limit counts by: the address, or the /64 that one IPv6 host has for itself. */
export function networkOf(client: string): string {
  if (isIP(client) !== 6) return client
  const [left = '', right] = client.split('::')
  const before = left === '' ? [] : left.split(':')
  const after = right === undefined || right === '' ? [] : right.split(':')
  const missing = right === undefined ? 0 : 8 - before.length - after.length
  const groups = [...before, ...Array<string>(Math.max(0, missing)).fill('0'), ...after]
  return `${groups.slice(0, 4).join(':')}::/64`
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

function peerOf(c: Context): string | undefined {
  const env = c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined
  return env?.incoming?.socket?.remoteAddress
}
