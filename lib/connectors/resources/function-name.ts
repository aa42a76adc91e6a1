import { shortDigest } from '../../digest.ts'

/** The longest name of a Lambda function, in characters. */
const MAX_LENGTH = 64

/** The longest `<service>-<stage>` that leaves room to tell functions apart. */
export const MAX_SERVICE = 50

/** Names of which no two give the same logical id. */
const PLAIN = /^[a-z0-9-]+$/

/**
 * The key of a connector's own function: its name, with a digest if the name has capital letters or underscores. CloudFormation
 * allows only letters and digits in a logical id, so `a_b` and `aUnderscoreb` become the same, and so do `a` and `A`.
 */
export function connectorKey({ name }: { name: string }): string {
  return PLAIN.test(name) ? name : `${name}-${shortDigest(name, 8)}`
}

/** The key of a function that accompanies a connector's own: `orders-check` for `check`. */
export function companionKey(connector: { name: string }, file: string): string {
  return `${connectorKey(connector)}-${file}`
}

/** The name of a function. A name that is too long is cut, and ends in a digest of the whole name. */
export function functionName(service: string, key: string): string {
  const name = `${service}-${key}`
  if (name.length <= MAX_LENGTH) return name
  const digest = shortDigest(name, 8)
  return `${name.slice(0, MAX_LENGTH - 1 - digest.length)}-${digest}`
}
