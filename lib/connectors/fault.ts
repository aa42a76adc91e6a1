import { closest, distance } from 'fastest-levenshtein'
import { z } from 'zod'

/** Something wrong in a declaration. */
export interface Fault {
  /** The keys and positions that lead to it, from the connector's name on. */
  path: PropertyKey[]
  message: string
}

/** A name further off than this is another name, not a mistyped one. */
const FARTHEST_TYPO = 3

/** What zod found in a value, in our words. */
export function faultsOf(schema: z.ZodType, { issues }: z.ZodError): Fault[] {
  return issues.flatMap(issue => {
    const { path } = issue
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, path)
      return issue.keys.map(name => ({ path: [...path, name], message: unknownKey(name, known) }))
    }
    if (issue.code === 'invalid_type') return [{ path, message: 'expected keys with values' }]
    return [{ path, message: issue.message }]
  })
}

function unknownKey(name: string, known: string[]): string {
  const nearest = closest(name, known)
  const isTypo = distance(name.toLowerCase(), nearest.toLowerCase()) <= FARTHEST_TYPO
  return `there is no such key; ${isTypo ? `did you mean ${nearest}?` : `there are ${known.join(', ')}`}`
}

/** All faults as one message, with the place in the file. */
export function faultMessage(place: string, faults: Fault[]): string {
  const lines = faults.map(({ path, message }) => `  ${[place, ...path].map(String).join('.')}: ${message}`)
  return `The connectors are declared wrongly, so nothing was changed. Please correct:\n${lines.join('\n')}`
}

function keysAt(schema: z.ZodType, path: PropertyKey[]): string[] {
  const object = path.reduce<z.ZodType>((at, name) => unwrapped(at).shape[String(name)] as z.ZodType, schema)
  return Object.keys(unwrapped(object).shape)
}

function unwrapped(schema: z.ZodType): z.ZodObject {
  return (schema instanceof z.ZodOptional ? schema.unwrap() : schema) as z.ZodObject
}
