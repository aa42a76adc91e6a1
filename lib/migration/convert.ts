import { closest, distance } from 'fastest-levenshtein'
import { type Declaration, declaredPut } from './declaration.ts'
import { inOrder } from './declared-key.ts'
import type { FoundConnector } from './found-connector.ts'
import { type Fate, fromEnvironment, type Given, type Setting, type Settings, variableName } from './setting.ts'
import { shownValue } from './shown-value.ts'
import type { System } from './system.ts'
import { systems } from './systems/index.ts'

/** What became of a line of the file, or of a default that the file doesn't mention. */
export interface Line {
  /** The setting's name in the file. */
  setting: string
  /** Its value, without secrets. */
  value: string
  /** Whether the file has it; otherwise its default there is another one than here. */
  isGiven: boolean
  group: Fate['group'] | 'unknown'
  keys: Record<string, unknown>
  /** The key that it is about, whether or not it has a value. */
  about?: string
  said?: string
}

/** A connector of another system, as one of ours. */
export interface Conversion {
  system: System
  name: string
  /** The declaration, with `${env:…}` for what the file can't say. */
  declaration: Declaration
  lines: Line[]
  /** The variables that `${env:…}` names, and what they have to hold. */
  variables: Record<string, string>
  /** What has to be done when one replaces the other. */
  switching: string[]
}

/** The system whose settings these are; undefined if it is none that is known. */
export function systemOf(found: FoundConnector): System | undefined {
  return Object.values<System>(systems).find(({ matches }) => matches(name => found.settings.get(name)?.value))
}

/** Converts a connector whose system is known. */
export function convert(found: FoundConnector, system: System, name: string): Conversion {
  const given = givenOf(found, system, name)
  const more = Object.entries(system.more?.(given) ?? {})
  const lines = [...linesOf(found, system, given), ...impliedLines(found, system, given)]
  const variables = Object.assign({}, ...lines.map(({ variables }) => variables))
  const keys = [...lines.flatMap(line => Object.entries(line.keys)), ...more]
  const asked = lackingLines(more)
  return {
    system,
    name,
    declaration: declarationOf(system, keys),
    lines: [...lines.map(({ variables: _, ...line }) => line), ...asked.lines],
    variables: { ...variables, ...asked.variables },
    switching: system.switching(given),
  }
}

/** What the file can't say because something else knows it, each with the variable that says it instead. */
function lackingLines(more: [string, unknown][]): { lines: Line[]; variables: Record<string, string> } {
  const lacking = more.filter(([, value]) => JSON.stringify(value).includes(fromEnvironment('').slice(0, -1)))
  const variables = lacking.flatMap(([path, value]) =>
    Array.from(
      JSON.stringify(value).matchAll(/\$\{env:(\w+)\}/g),
      ([, name = '']) => [name, lackingText(path)] as const,
    ),
  )
  const lines = lacking.map(([path, value]): Line => {
    const said = `the file doesn’t say it: ${lackingText(path)}`
    return { setting: path, value: '', isGiven: false, group: 'person', keys: { [path]: value }, about: path, said }
  })
  return { lines, variables: Object.fromEntries(variables) }
}

function lackingText(path: string): string {
  if (path.endsWith('bootstrapServers'))
    return 'a broker, as host:port. For Amazon MSK, declare `msk` with the cluster’s ARN instead'
  if (path.includes('.auth.'))
    return 'the ARN of a secret with `username` and `password`. Another login is another key of `auth`'
  return path === 'to.bucket' ? 'the bucket' : 'a topic'
}

type FatedLine = Line & { variables?: Record<string, string> }

function linesOf(found: FoundConnector, system: System, given: Given): FatedLine[] {
  return Array.from(found.settings, ([name, { value, original }]) => {
    const setting = settingOf(system.settings, name)
    const line = {
      setting: original,
      isGiven: true,
      value: shownValue(original, value, setting, Object.hasOwn(system.settings, name)),
    }
    const { keys = {}, ...fate } = setting ? fateOf(setting, value, given, name) : unknownFate(name, system)
    return { ...line, ...fate, keys, about: Object.keys(keys)[0] ?? setting?.keys[0] }
  })
}

/** Settings that the file doesn't have, whose defaults there differ from those here. */
function impliedLines(found: FoundConnector, system: System, given: Given): FatedLine[] {
  return Object.entries(system.settings).flatMap(([name, setting]) => {
    if (!setting.implied || setting.default === undefined || found.settings.has(name)) return []
    const { keys = {}, ...fate } = setting.fate(setting.default, given, name)
    if (fate.group !== 'taken' && fate.group !== 'person') return []
    return [{ setting: name, isGiven: false, value: setting.default, ...fate, keys, about: Object.keys(keys)[0] }]
  })
}

function fateOf(setting: Setting, value: string, given: Given, name: string): Fate {
  if (value === '' && !setting.default) return { group: 'already', said: 'empty, as if it were not there' }
  if (!isLookedUp(value) || setting.secret) return setting.fate(value, given, name)
  const [key] = setting.keys
  const own = /^\$\{env:(\w+)\}$/.exec(value)?.[1]
  const variable = own ?? given.variable(name.toUpperCase().replaceAll(/\W+/g, '_'))
  if (setting.outcome !== 'key') return { group: 'unneeded', said: setting.text }
  if (!key || setting.keys.length > 1 || value.replace(/^\$\{[^}]*\}$/, '') !== '') {
    return { group: 'person', said: 'a config provider of the worker has the value: write the value itself' }
  }
  return {
    group: 'person',
    keys: { [key]: listKeys.has(key) ? [fromEnvironment(variable)] : fromEnvironment(variable) },
    said: 'a config provider of the worker has the value',
    variables: { [variable]: `the value of ${name}` },
  }
}

const listKeys = new Set(['source.topics', 'source.bootstrapServers', 'to.bootstrapServers'])

/** Whether a config provider has the value, or a part of it. Source: Apache Kafka, `ConfigTransformer`. */
function isLookedUp(value: string): boolean {
  return value.includes('${')
}

function unknownFate(
  name: string,
  { settings, title }: System,
): Omit<Line, 'setting' | 'value' | 'isGiven' | 'keys'> & { keys?: undefined } {
  const known = Object.keys(settings).filter(other => !other.includes('*'))
  const nearest = closest(name, known)
  const isTypo = distance(name, nearest) <= Math.max(1, Math.min(3, nearest.length / 4))
  return {
    group: 'unknown',
    said: isTypo ? `did you mean ${nearest}?` : `not a setting of ${title.split(':')[0]} that is known here`,
  }
}

/** The entry for a name: its own, else that whose name with `*` says most about it. */
export function settingOf(settings: Settings, name: string): Setting | undefined {
  if (Object.hasOwn(settings, name)) return settings[name]
  const families = Object.keys(settings).filter(family => family.includes('*') && matcher(family).test(name))
  const [most] = families.toSorted((a, b) => b.length - a.length)
  return most === undefined ? undefined : settings[most]
}

const matcher = (family: string) => new RegExp(`^${family.split('*').map(RegExp.escape).join('.*')}$`)

function givenOf(found: FoundConnector, { type, settings }: System, name: string): Given {
  const prefix = variableName(found.variablePrefix ?? name)
  return {
    type,
    name,
    has: setting => (found.settings.get(setting)?.value ?? '') !== '',
    get(setting) {
      const value = found.settings.get(setting)?.value
      if (value !== undefined && isLookedUp(value)) return undefined
      return value ?? (Object.hasOwn(settings, setting) ? settings[setting]?.default : undefined)
    },
    variable: suffix => `${prefix}_${suffix}`,
  }
}

function declarationOf({ type }: System, keys: [string, unknown][]): Declaration {
  const declaration: Declaration = { type, source: {}, to: {} }
  for (const [path, value] of keys) declaredPut(declaration, path, value)
  return inOrder(type, declaration)
}
