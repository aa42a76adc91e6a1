import * as z from 'zod'
import type { ConnectorType } from '../config/connector-type.ts'
import { declarationSchemas } from '../connectors/declaration/declaration.ts'
import { describedKey } from '../connectors/declaration/key.ts'
import type { Declaration } from './declaration.ts'

/** The key of a connector with this path; undefined if there is none. */
function keyAt(type: ConnectorType, path: string) {
  const schema = path
    .split('.')
    .reduce<z.ZodType | undefined>((at, name) => shapeOf(at)?.[name], declarationSchemas[type])
  return schema && describedKey(schema) && { schema, ...describedKey(schema) }
}

/** The keys of a group of keys; undefined for a key. */
function shapeOf(schema: z.ZodType | undefined): Record<string, z.ZodType> | undefined {
  const object = schema instanceof z.ZodOptional ? schema.unwrap() : schema
  return object instanceof z.ZodObject ? (object.shape as Record<string, z.ZodType>) : undefined
}

/** A declaration with its keys in the order of the documentation. */
export function inOrder(type: ConnectorType, declaration: Declaration): Declaration {
  return ordered(declaration, declarationSchemas[type])
}

function ordered(value: Declaration, schema: z.ZodType | undefined): Declaration {
  const shape = shapeOf(schema)
  if (!shape) return value
  const names = Object.keys(shape)
  const entries = Object.entries(value).toSorted(([a], [b]) => names.indexOf(a) - names.indexOf(b))
  return Object.fromEntries(entries.map(([name, part]) => [name, isMap(part) ? ordered(part, shape[name]) : part]))
}

function isMap(value: unknown): value is Declaration {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a key expects, if it refuses the value; undefined if it takes it. The value itself is not part of it. */
export function refusal(type: ConnectorType, path: string, value: unknown): string | undefined {
  const key = keyAt(type, path)
  if (!key) throw new Error(`There is no key ${path}`)
  return key.schema.safeParse(value).success ? undefined : `\`${path}\` expects ${key.expected}`
}

/** Whether the value is what applies if the key is left out. */
export function isDefault(type: ConnectorType, path: string, value: unknown): boolean {
  return keyAt(type, path)?.defaultText === `\`${value}\``
}
