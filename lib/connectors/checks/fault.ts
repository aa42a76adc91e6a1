import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import { whichInstead } from '../../which-instead.ts'
import { shown } from '../declaration/key.ts'

/** Something wrong in a declaration. */
export interface Fault {
  /** The keys and list positions that lead to it, from the connector's name on. */
  path: PropertyKey[]
  message: string
}

/** The faults that zod found, in our words. */
export function faultsOf(schema: z.ZodType, { issues }: z.ZodError): Fault[] {
  return issues.flatMap(issue => {
    const { path } = issue
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, path)
      return issue.keys.map(name => ({ path: [...path, name], message: unknownKey(name, known) }))
    }
    if (issue.code === 'invalid_type')
      return [{ path, message: `expected keys with values, got ${shown(issue.input)}` }]
    return [{ path, message: issue.message }]
  })
}

function unknownKey(name: string, known: string[]): string {
  return `unknown key; ${whichInstead(name, known)}`
}

/** A fault if the condition holds. */
export function when(broken: unknown, path: string, message: string): Fault[] {
  return broken ? [{ path: path === '' ? [] : path.split('.'), message }] : []
}

/** Removes duplicates: both directions of a replication report the same faults, and each connector of a cycle finds it. */
export function withoutCopies(faults: Fault[]): Fault[] {
  return faults.filter((fault, index) => faults.findIndex(other => isDeepStrictEqual(other, fault)) === index)
}

/** A fault with its place in the file. */
export function faultLine(place: string, { path, message }: Fault): string {
  return `${[place, ...path].map(String).join('.')}: ${message}`
}

/** All faults as one message. */
export function faultMessage(place: string, faults: Fault[]): string {
  const lines = faults.map(fault => `  ${faultLine(place, fault)}`)
  return `The declaration of connectors is wrong, so nothing was changed. Please correct:\n${lines.join('\n')}`
}

function keysAt(schema: z.ZodType, path: PropertyKey[]): string[] {
  const object = path.reduce<z.ZodType>((at, name) => unwrapped(at).shape[String(name)] as z.ZodType, schema)
  return Object.keys(unwrapped(object).shape)
}

function unwrapped(schema: z.ZodType): z.ZodObject {
  return (schema instanceof z.ZodOptional ? schema.unwrap() : schema) as z.ZodObject
}
