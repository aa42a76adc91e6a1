import { shortDigest } from '../digest.ts'

/** A function's key in the form in which the framework uses it in logical ids. */
export function logicalName(functionKey: string): string {
  const name = functionKey.replaceAll('-', 'Dash').replaceAll('_', 'Underscore')
  return name.charAt(0).toUpperCase() + name.slice(1)
}

/**
 * The logical id of a mapping. It depends only on the connector's function and the topic, so that the mapping stays the same resource when
 * other declarations change. The digest distinguishes topics with the same letters and digits.
 */
export function mappingId(functionKey: string, topic: string): string {
  const letters = topic.replaceAll(/[^0-9A-Za-z]/g, '').slice(0, 60)
  const digest = shortDigest(topic, 8)
  return `${logicalName(functionKey)}Mapping${letters}${digest}`
}
