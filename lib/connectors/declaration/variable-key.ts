import * as z from 'zod'
import { type Intrinsic, isIntrinsic } from '../../cloudformation/intrinsic.ts'
import { isDefined } from '../../cloudformation/template.ts'
import type { AnySection, Section } from '../../config/section.ts'
import { defaultOf, descriptionOf, isReferable, type VariableDescription } from '../../config/variable.ts'
import { key } from './key.ts'
import { type DeclaredSecret, isDeclaredSecret, secretVariable } from './secret.ts'

/** A key that becomes one environment variable: `storageClass` for `S3_STORAGE_CLASS`. */
interface VariableKey {
  variable: string
  schema: z.ZodType<DeclaredValue>
}

/** Such keys by name. */
export type VariableKeys<Name extends string = string> = Record<Name, VariableKey>

/** What such a key holds once it has been read: the variable's text, or where the text comes from. */
export type DeclaredValue = string | Intrinsic | DeclaredSecret | undefined

/** The environment of a deployed function. */
export type FunctionEnvironment = Record<string, string | Intrinsic>

/** Keys whose names are not those of their variables in camel case, by variable. */
type Names = Record<string, string>

/** The name of the key for a variable: `storageClass` for `STORAGE_CLASS`. */
type CamelCase<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}${Capitalize<CamelCase<Rest>>}`
  : Lowercase<Name>

type KeyName<Variable, Renamed> = Variable extends keyof Renamed ? Renamed[Variable] : CamelCase<Variable & string>

/** The names of the keys for the variables of a section. */
export type KeyNames<S, Renamed> =
  S extends Section<infer Shape, unknown>
    ? { [Variable in keyof Shape]: KeyName<Variable, Renamed> }[keyof Shape] & string
    : never

interface Options<Renamed extends Names, Left extends string> {
  /** Variables that are not keys, by their names without the section's prefix. */
  without?: readonly Left[]
  /** Keys that are named otherwise than their variables, by the variables' names without the prefix. */
  names?: Renamed
  /** Other sections whose variables are keys too: descriptions mention them by these keys. */
  alsoNamed?: AnySection[]
}

/**
 * The keys for the variables of a section: a variable added to the section becomes a key with the same check. The key's
 * name leaves out the section's prefix. No key is required: the plugin knows what replaces a missing one.
 */
export function variableKeys<
  S extends AnySection,
  const Renamed extends Names = Record<never, string>,
  const Left extends string = never,
>(
  section: S,
  { without = [], names = {} as Renamed, alsoNamed = [] }: Options<Renamed, Left> = {},
): VariableKeys<Exclude<KeyNames<S, Renamed>, KeyName<Left, Renamed>>> {
  const named = ({ prefix, variables }: AnySection) =>
    Object.keys(variables).map(name => ({ name, variable: prefix + name, key: names[name] ?? camelCase(name) }))
  const all = named(section)
  const keyFor = new Map([...alsoNamed.flatMap(named), ...all].map(({ variable, key }) => [variable, key]))
  // A description mentions other variables by their keys, too.
  const withKeys = (text: string) => text.replaceAll(/\b[A-Z][A-Z0-9_]+\b/g, word => keyFor.get(word) ?? word)
  const left: readonly string[] = without
  return Object.fromEntries(
    all
      .filter(({ name }) => !left.includes(name))
      .map(({ name, variable, key }) => [key, { variable, schema: keyOf(section.variables[name], withKeys) }]),
  ) as never
}

/** The keys for the variables of several sections, as with {@link variableKeys}. */
export function variableKeysOfAll<
  Sections extends Record<string, AnySection>,
  const Renamed extends Names = Record<never, string>,
  const Left extends string = never,
>(
  sections: Sections,
  options: Options<Renamed, Left>,
): VariableKeys<Exclude<KeyNames<Sections[keyof Sections], Renamed>, KeyName<Left, Renamed>>> {
  const alsoNamed = Object.values(sections)
  return Object.assign({}, ...alsoNamed.map(section => variableKeys(section, { ...options, alsoNamed })))
}

/** The schemas of such keys, for `z.strictObject`. */
export function schemasOf<Name extends string>(keys: VariableKeys<Name>): Record<Name, VariableKey['schema']> {
  return Object.fromEntries(Object.entries<VariableKey>(keys).map(([name, { schema }]) => [name, schema])) as Record<
    Name,
    VariableKey['schema']
  >
}

/** The variables that the values of such keys become. */
export function environmentOf(keys: VariableKeys, values: Record<string, unknown>): FunctionEnvironment {
  return Object.fromEntries(
    Object.entries(keys).flatMap(([name, { variable }]) => {
      const value = values[name] as DeclaredValue
      if (value === undefined) return []
      return [isDeclaredSecret(value) ? secretVariable(variable, value) : [variable, value]]
    }),
  )
}

/** Reads after what is expected of a secret. */
const KEPT_ELSEWHERE = ', or { secret: <ARN>#<field> }, or { parameter: <name> }'

function keyOf(variable: z.ZodType, withKeys: (text: string) => string): VariableKey['schema'] {
  const described = descriptionOf(variable)
  const { description, expected, secret, fallback } = described
  // No secret is itself a list or a map, so an object is a reference.
  const refers = (value: unknown) => isReferable(described) && typeof value === 'object'
  // A declaration may leave out what the platform sets.
  const defaults = [fallback?.startsWith('AWS_') ? fallback : undefined, defaultOf(variable)].filter(isDefined)
  const stays = (value: unknown) => value === undefined || isIntrinsic(value) || refers(value)
  const schema = z.custom<DeclaredValue>(value =>
    refers(value) && !isIntrinsic(value)
      ? isDeclaredSecret(value)
      : stays(value) || variable.safeParse(textOf(value, described)).success,
  )
  return key(
    schema.transform(value => (stays(value) ? value : textOf(value, described))),
    {
      description: withKeys(description),
      expected: withKeys(expected) + (isReferable(described) ? KEPT_ELSEWHERE : ''),
      secret,
      variable,
      defaultText: defaults.length > 0 ? defaults.map(text => `\`${text}\``).join(', else ') : undefined,
    },
  )
}

/** A value as the text of an environment variable: lists with commas, maps as JSON. */
function textOf(value: unknown, { joined = parts => parts.join(',') }: VariableDescription): string {
  if (Array.isArray(value)) return joined(value.map(String))
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function camelCase(variable: string): string {
  return variable.toLowerCase().replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase())
}
