import type * as z from 'zod'
import { parseReference, referenceKinds, type SecretReference } from '../secrets/reference.ts'
import { ConfigError, type VariableFault } from './fault.ts'
import { descriptionOf, isReferable } from './variable.ts'

/** A rule across variables, reported for the variable that has to change. */
export interface Rule<Values> {
  variable: string
  expected: string
  /** Receives the values of the variables that passed their own checks. */
  holds(values: Partial<Values>): boolean
}

/** Environment variables with a common prefix, the rules across them, and the settings that they become. */
export interface Section<Shape extends z.ZodRawShape, Settings> {
  title: string
  prefix: string
  variables: Shape
  rules: Rule<Output<Shape>>[]
  settings(values: Output<Shape>): Settings
}

/** The values of a section's variables, by their names without the prefix. */
export type Output<Shape extends z.ZodRawShape> = { [Name in keyof Shape]: z.output<Shape[Name]> }
export type Environment = Record<string, string | undefined>
// biome-ignore lint/suspicious/noExplicitAny: sections of all shapes are held in one map
export type AnySection = Section<any, any>
type SettingsOf<S> = S extends Section<infer _, infer Settings> ? Settings : never

export function section<Shape extends z.ZodRawShape, Settings>(parts: Section<Shape, Settings>) {
  return parts
}

/**
 * Reads every section from the environment. An empty variable counts as unset, because templates can't leave one out.
 *
 * @param faults what the caller has found already
 * @throws ConfigError that names every wrong variable, what is expected, and what it holds unless that is a secret
 */
export function readSections<Sections extends Record<string, AnySection>>(
  sections: Sections,
  environment: Environment,
  faults: VariableFault[] = [],
): { [Name in keyof Sections]: SettingsOf<Sections[Name]> } {
  const read = Object.entries(sections).map(([name, part]) => {
    const values = readValues(part, environment, faults)
    return [name, part, values] as const
  })
  if (faults.length > 0) throw new ConfigError(faults)
  return Object.fromEntries(read.map(([name, part, values]) => [name, part.settings(values)])) as never
}

function readValues({ prefix, variables, rules }: AnySection, environment: Environment, faults: VariableFault[]) {
  const values: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(variables as Record<string, z.ZodType>)) {
    const description = descriptionOf(schema)
    const { expected, secret, fallback } = description
    const text = environment[prefix + name] || (fallback && environment[fallback]) || undefined
    if (isReferable(description)) {
      const references = referencesTo(prefix + name, environment)
      for (const fault of referenceFaults(prefix + name, text, references)) faults.push(fault)
      // Its value is not known yet, so no rule applies.
      if (references.length > 0) continue
    }
    const result = schema.safeParse(text)
    if (result.success) values[name] = result.data
    else {
      const got = text === undefined ? 'nothing' : shown(text, secret)
      faults.push({ variable: prefix + name, expected, got })
    }
  }
  for (const { variable, expected, holds } of rules) {
    const wrongByItself = variable in variables && !(variable in values)
    if (!wrongByItself && !holds(values)) faults.push({ variable: prefix + variable, expected })
  }
  return values
}

interface GivenReference {
  kind: SecretReference['kind']
  /** The variable's name with the suffix. */
  given: string
  text: string
}

function referencesTo(name: string, environment: Environment): GivenReference[] {
  return (['secret', 'parameter'] as const).flatMap(kind => {
    const given = name + referenceKinds[kind].suffix
    const text = environment[given]
    return text ? { kind, given, text } : []
  })
}

function referenceFaults(name: string, value: string | undefined, references: GivenReference[]): VariableFault[] {
  const names = [...(value ? [name] : []), ...references.map(({ given }) => given)]
  if (names.length > 1) return [{ variable: name, expected: `one of ${names.join(' and ')}`, got: 'both' }]
  return references
    .filter(({ kind, text }) => !parseReference(kind, text))
    .map(({ kind, given, text }) => ({
      variable: given,
      expected: referenceKinds[kind].expected,
      got: shown(text, true),
    }))
}

/** Hides secrets, and logins within URLs. */
function shown(text: string, secret: boolean | undefined): string {
  return secret ? 'something else (not shown)' : JSON.stringify(text.replaceAll(/\/\/\S*@/g, '//…@').slice(0, 100))
}
