import { createHash } from 'node:crypto'

/** A function's key as the framework writes it into the names of what it generates. */
export function logicalName(functionKey: string): string {
  const name = functionKey.replaceAll('-', 'Dash').replaceAll('_', 'Underscore')
  return name.charAt(0).toUpperCase() + name.slice(1)
}

/**
 * The logical id of a mapping: of its connector and topic, and nothing else, so that it stays the same resource whatever
 * is declared beside it. The digest tells topics apart that have the same letters and digits.
 */
export function mappingId(connector: string, topic: string): string {
  const letters = topic.replaceAll(/[^0-9A-Za-z]/g, '').slice(0, 60)
  const digest = createHash('sha256').update(topic).digest('hex').slice(0, 8)
  return `${logicalName(connector)}Mapping${letters}${digest}`
}
