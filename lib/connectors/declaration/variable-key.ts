import { z } from 'zod'
import { type Intrinsic, isIntrinsic } from '../../cloudformation/intrinsic.ts'
import { isDefined } from '../../cloudformation/template.ts'
import type { AnySection } from '../../config/section.ts'
import { defaultOf, descriptionOf, isReferable } from '../../config/variable.ts'
import { key } from './key.ts'
import { type DeclaredSecret, isDeclaredSecret, secretVariable } from './secret.ts'

/** Keys that are environment variables of the functions: `storageClass` for `S3_STORAGE_CLASS`. */
export type VariableKeys = Record<string, VariableKey>

interface VariableKey {
  variable: string
  schema: z.ZodType<string | Intrinsic | DeclaredSecret | undefined>
}

/** What a function's environment holds. */
export type FunctionEnvironment = Record<string, string | Intrinsic>

interface Options {
  /** The variables that are keys; all when left out. */
  only?: string[]
  /** Variables that a declaration doesn't set itself. */
  without?: string[]
  /** Keys that are called otherwise than their variables. */
  names?: Record<string, string>
  /** Sections whose variables are keys alsoNamed these, of which descriptions may speak. */
  alsoNamed?: AnySection[]
}

/**
 * The keys for the variables of a section: a variable that is added there is a key here, with the same check. The
 * section's prefix is left out, and so is whether it is required: what stands in for it is the plugin's to know.
 */
export function variableKeys(
  section: AnySection,
  { only, without = [], names = {}, alsoNamed = [] }: Options = {},
): VariableKeys {
  const named = ({ prefix, variables }: AnySection) =>
    Object.keys(variables).map(name => ({
      name,
      variable: prefix + name,
      key: names[prefix + name] ?? camelCase(name),
    }))
  const all = named(section)
  const keyFor = new Map([...alsoNamed.flatMap(named), ...all].map(({ variable, key }) => [variable, key]))
  // A description speaks of other variables by their keys, too.
  const withKeys = (text: string) => text.replaceAll(/\b[A-Z][A-Z0-9_]+\b/g, word => keyFor.get(word) ?? word)
  const wanted = all.filter(({ variable }) => !without.includes(variable) && (only?.includes(variable) ?? true))
  return Object.fromEntries(
    wanted.map(({ name, variable, key }) => [key, { variable, schema: keyOf(section.variables[name], withKeys) }]),
  )
}

/** The schemas of such keys, for `z.strictObject`. Their names are not in the type: they come from the sections. */
export function schemasOf(keys: VariableKeys): Record<never, never> {
  return Object.fromEntries(Object.entries(keys).map(([name, { schema }]) => [name, schema]))
}

/** The values of those such keys that the plugin itself looks at. */
export type VariableValues<Names extends string> = Partial<Record<Names, string | Intrinsic>>

/** The variables that the values of such keys make. */
export function environmentOf(keys: VariableKeys, values: object): FunctionEnvironment {
  const given = values as Record<string, string | Intrinsic | DeclaredSecret | undefined>
  return Object.fromEntries(
    Object.entries(keys).flatMap(([name, { variable }]) => {
      const value = given[name]
      if (value === undefined) return []
      return [isDeclaredSecret(value) ? secretVariable(variable, value) : [variable, value]]
    }),
  )
}

/** Fits behind what is expected of a secret. */
const KEPT_ELSEWHERE = ', or { secret: <ARN>#<field> }, or { parameter: <name> }'

function keyOf(variable: z.ZodType, withKeys: (text: string) => string): VariableKey['schema'] {
  const described = descriptionOf(variable)
  const { description, expected, secret, fallback } = described
  // No secret is a list or a map itself.
  const refers = (value: unknown) => isReferable(described) && typeof value === 'object'
  // What the platform sets, a declaration needn't say.
  const defaults = [fallback?.startsWith('AWS_') ? fallback : undefined, defaultOf(variable)].filter(isDefined)
  const stays = (value: unknown) => value === undefined || isIntrinsic(value) || refers(value)
  const schema = z.custom<string | Intrinsic | DeclaredSecret | undefined>(value =>
    refers(value) && !isIntrinsic(value)
      ? isDeclaredSecret(value)
      : stays(value) || variable.safeParse(textOf(value)).success,
  )
  return key(
    schema.transform(value => (stays(value) ? value : textOf(value))),
    {
      description: withKeys(description),
      expected: withKeys(expected) + (isReferable(described) ? KEPT_ELSEWHERE : ''),
      secret,
      variable,
      defaultText: defaults.length > 0 ? defaults.map(text => `\`${text}\``).join(', else ') : undefined,
    },
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
