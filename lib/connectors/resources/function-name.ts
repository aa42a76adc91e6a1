import { createHash } from 'node:crypto'

/** The longest name that AWS gives a function. */
const MAX_LENGTH = 64

/** Service and stage may be as long as leaves room to tell functions apart. */
export const MAX_SERVICE = 50

/** The key of a function that accompanies a connector's own: `orders-check` for `check`. */
export function companionKey({ name }: { name: string }, file: string): string {
  return `${name}-${file}`
}

/** The name of a function: what doesn't fit is cut, and a digest of the whole tells it from others. */
export function functionName(service: string, key: string): string {
  const name = `${service}-${key}`
  if (name.length <= MAX_LENGTH) return name
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `${name.slice(0, MAX_LENGTH - 1 - digest.length)}-${digest}`
}
