import { createHash } from 'node:crypto'

/** The first hexadecimal digits of a SHA-256 digest: enough to tell a few names apart, not to protect anything. */
export function shortDigest(content: string | Buffer, digits: number): string {
  return createHash('sha256').update(content).digest('hex').slice(0, digits)
}
