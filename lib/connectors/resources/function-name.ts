import { shortDigest } from '../../digest.ts'

/** The longest name of a Lambda function, in characters. */
const MAX_LENGTH = 64

/** The longest `<service>-<stage>` that leaves room to tell functions apart. */
export const MAX_SERVICE = 50

/** The key of a function that accompanies a connector's own: `orders-check` for `check`. */
export function companionKey({ name }: { name: string }, file: string): string {
  return `${name}-${file}`
}

/** The name of a function. A name that is too long is cut, and ends in a digest of the whole name. */
export function functionName(service: string, key: string): string {
  const name = `${service}-${key}`
  if (name.length <= MAX_LENGTH) return name
  const digest = shortDigest(name, 8)
  return `${name.slice(0, MAX_LENGTH - 1 - digest.length)}-${digest}`
}
