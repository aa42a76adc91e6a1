import type { ConnectorType } from '../config/connector-type.ts'

/** What becomes of a setting in general; the documentation groups nothing by it, but says it. */
export type Outcome =
  /** A key, or several, with a converted value. */
  | 'key'
  /** What it asks for is so here anyway. */
  | 'already'
  /** There is nothing here that it would be about. */
  | 'unneeded'
  /** No counterpart: a person decides what to do. */
  | 'none'
  /** A matter of the worker on which connectors run, which there is not here. */
  | 'worker'

/** What became of one setting of one file. */
export interface Fate {
  group: 'taken' | 'already' | 'unneeded' | 'person'
  /** Keys of the connector by their paths, such as `to.bucket`, with their values. */
  keys?: Record<string, unknown>
  /** What there is to say about it, in Markdown. */
  said?: string
  /** Variables that have to be set for a deployment, with what they have to hold. */
  variables?: Record<string, string>
}

/** The settings of the connector that is converted. */
export interface Given {
  /** What it becomes. */
  type: ConnectorType
  /** The connector's name here. */
  name: string
  /** The value, or the default there. Undefined if there is neither, or if a config provider has the value. */
  get(name: string): string | undefined
  /** Whether the file has the setting, whoever knows its value. */
  has(name: string): boolean
  /** The name of an environment variable of this connector's own, such as `ORDERS_STORE_SECRET_ARN` for `STORE_SECRET_ARN`. */
  variable(name: string): string
}

/** A setting of another system, and what becomes of it here. */
export interface Setting {
  outcome: Outcome
  /** The keys that it becomes, by their paths. */
  keys: readonly string[]
  /** Its default there; undefined if there is none. */
  default?: string
  /** The values that it may have there. */
  range?: string
  /** What the documentation says, after the keys. */
  text: string
  /** Whether the default there is another one than here, so that it is taken even where the file doesn't have the setting. */
  implied: boolean
  /** Whether its value is a secret. */
  secret: boolean
  /** What becomes of a value. The name is that in the file, for settings whose names have a `*`. */
  fate(value: string, given: Given, name: string): Fate
}

/** Settings by name. A name with `*` matches all names that begin or continue so: `transforms.*`. */
export type Settings = Record<string, Setting>

/** The `${env:…}` with which the framework reads a variable when it deploys. */
export function fromEnvironment(variable: string): string {
  return `\${env:${variable}}`
}

/** A name as the start of an environment variable's. */
export function variableName(name: string): string {
  return name
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replace(/^(\d)/, '_$1')
}
