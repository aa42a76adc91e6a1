import { hash } from 'node:crypto'

/** The first hexadecimal digits of a SHA-256 digest: enough to tell a few names apart, not to protect anything. */
export function shortDigest(content: string | Buffer, digits: number): string {
  return hash('sha256', content, 'hex').slice(0, digits)
}
