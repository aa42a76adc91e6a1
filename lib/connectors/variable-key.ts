import { z } from 'zod'
import type { AnySection } from '../config/section.ts'
import { descriptionOf } from '../config/variable.ts'
import { isIntrinsic } from '../offline/intrinsic.ts'
import { type Intrinsic, key } from './key.ts'

/** Keys that are environment variables of the functions: `storageClass` for `S3_STORAGE_CLASS`. */
export type VariableKeys = Record<string, VariableKey>

interface VariableKey {
  variable: string
  schema: z.ZodType<string | Intrinsic | undefined>
}

/** What a function's environment holds. */
export type Environment = Record<string, string | Intrinsic>

interface Options {
  /** The variables that are keys; all when left out. */
  only?: string[]
  /** Variables that a declaration doesn't set itself. */
  without?: string[]
  /** Keys that are called otherwise than their variables. */
  names?: Record<string, string>
}

/**
 * The keys for the variables of a section: a variable that is added there is a key here, with the same check. The
 * section's prefix is left out, and so is whether it is required: what stands in for it is the plugin's to know.
 */
export function variableKeys(section: AnySection, { only, without = [], names = {} }: Options = {}): VariableKeys {
  const variables = Object.entries(section.variables as Record<string, z.ZodType>)
  return Object.fromEntries(
    variables
      .map(([name, schema]) => ({ name, variable: section.prefix + name, schema }))
      .filter(({ variable }) => !without.includes(variable) && (only?.includes(variable) ?? true))
      .map(({ name, variable, schema }) => [names[variable] ?? camelCase(name), { variable, schema: keyOf(schema) }]),
  )
}

/** The schemas of such keys, for `z.strictObject`. Their names are not in the type: they come from the sections. */
export function shapeOf(keys: VariableKeys): Record<never, never> {
  return Object.fromEntries(Object.entries(keys).map(([name, { schema }]) => [name, schema]))
}

/** The values of those such keys that the plugin itself looks at. */
export type VariableValues<Names extends string> = Partial<Record<Names, string | Intrinsic>>

/** The variables that the values of such keys make. */
export function environmentOf(keys: VariableKeys, values: object): Environment {
  const given = values as Record<string, string | Intrinsic | undefined>
  return Object.fromEntries(
    Object.entries(keys).flatMap(([name, { variable }]) => {
      const value = given[name]
      return value === undefined ? [] : [[variable, value]]
    }),
  )
}

function keyOf(variable: z.ZodType): VariableKey['schema'] {
  const { description, expected, secret } = descriptionOf(variable)
  const hasDefault = variable instanceof z.ZodDefault || variable instanceof z.ZodPrefault
  const fallback = hasDefault ? variable.def.defaultValue : undefined
  const schema = z.custom<string | Intrinsic | undefined>(value => {
    if (value === undefined || isIntrinsic(value)) return true
    return variable.safeParse(textOf(value)).success
  })
  return key(
    schema.transform(value => (value === undefined || isIntrinsic(value) ? value : textOf(value))),
    { description, expected, secret, otherwise: fallback === undefined || fallback === '' ? undefined : `${fallback}` },
  )
}

/** A value as it stands in an environment variable: lists with commas, maps as JSON. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(',')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function camelCase(variable: string): string {
  return variable.toLowerCase().replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase())
}
