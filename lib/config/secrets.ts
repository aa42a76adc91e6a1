import type * as z from 'zod'
import { parseJson } from '../parse-json.ts'
import { parseReference, referenceKinds, type SecretReference } from '../secrets/reference.ts'
import type { Renewable } from '../secrets/renewable.ts'
import { ConfigError } from './fault.ts'
import type { AnySection, Environment } from './section.ts'
import { descriptionOf, isReferable } from './variable.ts'

/** A variable whose value is stored elsewhere. */
interface ReferredVariable {
  /** Such as `SOURCE_KAFKA_PASSWORD`. */
  name: string
  /** The variable with the reference, such as `SOURCE_KAFKA_PASSWORD_SECRET_ARN`. */
  given: string
  reference: SecretReference
  /** The section that the variable belongs to. */
  section: string
  optionalField: boolean
}

/** The values of the variables that were fetched together. */
type Values = Record<string, string>

/** How long unchanged secrets are not read again. Missing permissions would otherwise cause a read for every refusal. */
const UNCHANGED_MS = 5_000

/**
 * Reads settings whose secrets may be stored in Secrets Manager or Parameter Store. Secrets are read once, and again when a
 * cluster or store refuses them: see `renew` in the settings of each section that has such a secret.
 *
 * @param read reads the settings from an environment, one property for each section
 * @throws CodedError `CONFIG_INVALID`, `SECRET_UNREADABLE`
 */
export async function readWithSecrets<Settings extends object>(
  sections: Record<string, AnySection>,
  read: (environment: Environment) => Settings,
  environment: Environment,
): Promise<Settings> {
  const referred = referredVariables(sections, environment)
  // Reports faults before anything is fetched. Without references, these are the final settings.
  const settings = read(environment)
  if (referred.length === 0) return settings

  let values = await fetchValues(referred)
  let unchangedAt = 0
  let reading: Promise<Values> | undefined

  async function readAgain(): Promise<void> {
    if (Date.now() - unchangedAt < UNCHANGED_MS) return
    reading ??= fetchValues(referred).finally(() => {
      reading = undefined
    })
    const fresh = await reading
    const isSame = referred.every(({ name }) => fresh[name] === values[name])
    if (isSame) unchangedAt = Date.now()
    else values = fresh
  }

  function settingsWith(used: Values): Settings {
    const fresh = read(withValues(environment, referred, used)) as Record<string, unknown>
    for (const section of new Set(referred.map(variable => variable.section))) {
      const renewable = fresh[section] as Renewable<unknown> | undefined
      if (renewable) renewable.renew = () => renew(section, used)
    }
    return fresh as Settings
  }

  async function renew(section: string, used: Values): Promise<unknown> {
    const changed = () => referred.some(({ name, section: of }) => of === section && values[name] !== used[name])
    if (!changed()) await readAgain()
    return changed() ? (settingsWith(values) as Record<string, unknown>)[section] : undefined
  }

  return settingsWith(values)
}

function referredVariables(sections: Record<string, AnySection>, environment: Environment): ReferredVariable[] {
  return Object.entries(sections).flatMap(([section, { prefix, variables }]) =>
    Object.entries(variables as Record<string, z.ZodType>).flatMap(([variable, schema]) => {
      const description = descriptionOf(schema)
      if (!isReferable(description)) return []
      const { optionalField = false } = description
      const name = prefix + variable
      return (['secret', 'parameter'] as const).flatMap(kind => {
        const given = name + referenceKinds[kind].suffix
        const reference = environment[given] && parseReference(kind, environment[given])
        return reference ? { name, given, reference, section, optionalField } : []
      })
    }),
  )
}

/** Reads each secret once, however many variables are fields of it, so that their values match. */
async function fetchValues(referred: ReferredVariable[]): Promise<Values> {
  // Loaded on demand: most functions have no references.
  const { fetchSecret } = await import('../secrets/fetch.ts')
  const fetched = new Map<string, Promise<string>>()
  const entries = await Promise.all(
    referred.map(async variable => {
      const { kind, id } = variable.reference
      const text = fetched.get(kind + id) ?? fetchSecret(variable.reference)
      fetched.set(kind + id, text)
      return [variable.name, fieldOf(await text, variable)] as const
    }),
  )
  return Object.fromEntries(entries)
}

function fieldOf(text: string, { given, reference: { field }, optionalField }: ReferredVariable): string {
  if (field === undefined) return text
  const value = (parseJson(text) as Record<string, unknown> | null | undefined)?.[field]
  if (optionalField && value === undefined) return ''
  if (typeof value === 'string' && value !== '') return value
  throw new ConfigError([
    { variable: given, expected: `a JSON object with text in its field ${field}`, got: 'something else' },
  ])
}

function withValues(environment: Environment, referred: ReferredVariable[], values: Values): Environment {
  const references = Object.fromEntries(referred.map(({ given }) => [given, undefined]))
  return { ...environment, ...references, ...values }
}
