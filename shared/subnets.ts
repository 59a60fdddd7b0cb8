import { isIP } from 'node:net'

/** Addresses that have their first `prefix` bits in common. */
export interface Subnet {
  address: string
  prefix: number
  family: 'ipv4' | 'ipv6'
}

/** @param text an address, or address/bits @returns null for what is neither */
export function parseSubnet(text: string): Subnet | null {
  const [, address = '', bits] = /^([0-9a-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const version = isIP(address)
  if (version === 0) return null
  const longest = version === 4 ? 32 : 128
  const prefix = Number(bits ?? longest)
  return prefix > longest ? null : { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}
