import { isDefault, refusal } from './declared-key.ts'
import { type Fate, fromEnvironment, type Given, type Setting } from './setting.ts'

/** What is known of a setting there. */
interface There {
  default?: string
  range?: string
  implied?: boolean
}

interface Becoming extends There {
  /** What the documentation says, after the key. */
  text?: string
  /** The key's value; undefined if there is none for this one, so that a person has to decide. */
  convert?(value: string, given: Given): unknown
  /** What a person is told where there is no value. */
  otherwise?: string
}

/** It becomes a key. What the key refuses is left to a person; what is the default here is left out. */
export function becomes(path: string, { text = '', convert = asText, otherwise, ...there }: Becoming = {}): Setting {
  return {
    ...settingOf('key', there),
    keys: [path],
    text,
    fate(value, given) {
      const converted = convert(value, given)
      if (converted === undefined) return { group: 'person', said: otherwise ?? `no value of \`${path}\` means this` }
      return keyFate(path, converted, given)
    },
  }
}

/** A key with a value, if the key takes it. */
export function keyFate(path: string, value: unknown, given: Given): Fate {
  const refused = refusal(given.type, path, value)
  if (refused) return { group: 'person', said: refused }
  return isDefault(given.type, path, value)
    ? { group: 'already', said: `\`${path}\` is ${value} by default` }
    : { group: 'taken', keys: { [path]: value } }
}

interface Secret extends There {
  /** The variable with the ARN of the secret in Secrets Manager, after the connector's name. */
  variable: string
  /** The field of the secret. */
  field: string
  /** All fields of the secret, in words; this field alone if not given. */
  holds?: string
  text?: string
}

/** A secret, which becomes a reference: the value itself is neither written nor printed. */
export function becomesSecret(
  path: string,
  { variable: suffix, field, holds = `\`${field}\``, text = '', ...there }: Secret,
): Setting {
  return {
    ...settingOf('key', there),
    keys: [path],
    text,
    secret: true,
    fate(_, given) {
      const variable = given.variable(suffix)
      return {
        group: 'person',
        keys: { [path]: { secret: `${fromEnvironment(variable)}#${field}` } },
        said: `it belongs into the field \`${field}\` of a secret in Secrets Manager`,
        variables: { [variable]: `the ARN of the secret with ${holds}` },
      }
    },
  }
}

/** It becomes keys that depend on other settings, too. */
export function depends(keys: readonly string[], text: string, fate: Setting['fate'], there: There = {}): Setting {
  return { ...settingOf('key', there), keys, text, fate }
}

/** What it asks for is so here; any other value than those given is left to a person. */
export function already(
  text: string,
  { values, otherwise, ...there }: There & { values?: string[]; otherwise?: string } = {},
): Setting {
  return {
    ...settingOf('already', there),
    text,
    fate: value =>
      values === undefined || values.includes(value)
        ? { group: 'already', said: text }
        : { group: 'person', said: otherwise ?? `there is no other way here: ${text}` },
  }
}

/** Nothing here is as it says, and nothing has to be done about it. */
export function unneeded(text: string, there: There = {}): Setting {
  return { ...settingOf('unneeded', there), text, fate: () => ({ group: 'unneeded', said: text }) }
}

/** A matter of the worker. */
export function worker(text: string, there: There = {}): Setting {
  return { ...settingOf('worker', there), text, fate: () => ({ group: 'unneeded', said: text }) }
}

/** There is no counterpart. The default there asks for nothing, so it needs no person. */
export function none(text: string, there: There = {}): Setting {
  return {
    ...settingOf('none', there),
    text,
    fate: value =>
      value === there.default || value === ''
        ? { group: 'unneeded', said: `${value === '' ? 'not set' : 'the default there'}, which asks for nothing` }
        : { group: 'person', said: text },
  }
}

function settingOf(outcome: Setting['outcome'], there: There) {
  return { outcome, keys: [] as readonly string[], implied: false, secret: false, ...there }
}

/** The value as it is. */
const asText = (value: string): unknown => value

/** A list, separated by commas. */
export const listed = (value: string): string[] =>
  value
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')

/** A whole number; undefined for any other text. */
export function numbered(value: string): number | undefined {
  return /^-?\d{1,18}$/.test(value) ? Number(value) : undefined
}

/** `true` or `false` in any case, as Kafka reads them; undefined for any other text. */
export function flagged(value: string): boolean | undefined {
  return { true: true, false: false }[value.toLowerCase()]
}
