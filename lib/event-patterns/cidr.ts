import { BlockList, isIP } from 'node:net'
import { PatternError } from './pattern-error.ts'

/** `cidr`: an IPv4 or IPv6 address within a block such as `10.0.0.0/24`. */
export function cidr(block: unknown, path: readonly string[]): (text: string) => boolean {
  const [, address = '', prefix = ''] = /^([^/]+)\/(\d{1,3})$/.exec(String(block)) ?? []
  const version = isIP(address)
  if (version === 0 || Number(prefix) > (version === 4 ? 32 : 128)) {
    throw new PatternError(path, 'expected a block of addresses in cidr, such as 10.0.0.0/24')
  }
  const family = version === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(address, Number(prefix), family)
  return text => isIP(text) === version && list.check(text, family)
}
