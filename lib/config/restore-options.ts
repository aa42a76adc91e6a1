import { layoutKinds } from '../dumped/layouts/index.ts'
import { ConfigError } from './fault.ts'
import type { Environment } from './section.ts'

/** An option of `serverless connectors restore` and `npm run restore`. */
interface RestoreOption {
  usage: string
  /** `multiple`: may be given several times. */
  type: 'string' | 'boolean' | 'multiple'
  /** The environment variable that it sets. */
  variable: string
  /** The variable's text of what was given. Absent: with commas. */
  text?(given: string[]): string
}

/** The options that say what is restored, and how. Each sets a variable, whose section checks it. */
export const restoreOptions = {
  topics: {
    usage: 'Topics of the dump, with commas: names, or /regular expressions/; all if not given',
    type: 'string',
    variable: 'RESTORE_TOPICS',
  },
  partitions: { usage: 'Partitions, such as 0,2,5-7', type: 'string', variable: 'RESTORE_PARTITIONS' },
  offsets: {
    usage: 'Offsets, such as orders-0:3,50-60; may be given several times',
    type: 'multiple',
    variable: 'RESTORE_OFFSETS',
  },
  since: {
    usage: 'Only records from this time on: ISO 8601, 2h, 1d or milliseconds',
    type: 'string',
    variable: 'RESTORE_SINCE',
  },
  until: { usage: 'Only records before this time', type: 'string', variable: 'RESTORE_UNTIL' },
  keys: {
    usage: 'Only records with these keys: text, or base64:…, with commas',
    type: 'string',
    variable: 'RESTORE_KEYS',
  },
  to: { usage: 'Brokers of the target, as host:port', type: 'string', variable: 'TARGET_KAFKA_BROKERS' },
  rename: {
    usage: 'Name of a topic on the target, as orders=orders-restored; may be given several times',
    type: 'multiple',
    variable: 'TOPIC_MAPPING',
    text: mappingText,
  },
  partitioner: { usage: 'Partition on the target: same, key or round-robin', type: 'string', variable: 'PARTITIONER' },
  append: { usage: 'Produce to topics that have other records already', type: 'boolean', variable: 'RESTORE_APPEND' },
  purge: {
    usage: 'Topic of the target to delete and create again first; may be given several times',
    type: 'multiple',
    variable: 'RESTORE_PURGE',
  },
  strict: { usage: 'Refuse to restore when offsets are missing', type: 'boolean', variable: 'RESTORE_STRICT' },
  'skip-corrupt': {
    usage: 'Continue without objects that can’t be read',
    type: 'boolean',
    variable: 'RESTORE_SKIP_CORRUPT',
  },
  'dry-run': {
    usage: 'Read everything, print what would be produced, change nothing',
    type: 'boolean',
    variable: 'RESTORE_DRY_RUN',
  },
  groups: {
    usage: 'Where consumer groups continue: recorded, earliest, latest, none or a time',
    type: 'string',
    variable: 'RESTORE_GROUPS',
  },
  'group-names': {
    usage: 'Consumer groups, with commas: names, or /regular expressions/; all if not given',
    type: 'string',
    variable: 'RESTORE_GROUP_NAMES',
  },
  'groups-only': {
    usage: 'Only set consumer groups, of records that are restored already',
    type: 'boolean',
    variable: 'RESTORE_GROUPS_ONLY',
  },
  undo: {
    usage: 'Set consumer groups back to where they were before the restore',
    type: 'boolean',
    variable: 'RESTORE_UNDO',
  },
  id: { usage: 'Name of the restore; the same name continues it', type: 'string', variable: 'RESTORE_ID' },
} satisfies Record<string, RestoreOption>

/** Where a dump is and who wrote it, of which a declared connector knows. */
export const fromOptions = {
  from: {
    usage: 'Dump, as s3://bucket/prefix; may be given several times',
    type: 'multiple',
    variable: 'RESTORE_FROM',
  },
  'written-by': {
    usage: `Connector that has written it: ${layoutKinds.join(', ')}`,
    type: 'string',
    variable: 'RESTORE_WRITTEN_BY',
  },
  template: { usage: 'How that connector makes the keys of objects', type: 'string', variable: 'RESTORE_TEMPLATE' },
  fields: { usage: 'Columns of Aiven’s CSV, with commas', type: 'string', variable: 'RESTORE_FIELDS' },
  base64: {
    usage: 'What is base64 in another connector’s text: key, value, headers',
    type: 'string',
    variable: 'RESTORE_BASE64',
  },
  envelope: {
    usage: 'false: each text of Aiven’s JSON is the value itself',
    type: 'string',
    variable: 'RESTORE_ENVELOPE',
  },
} satisfies Record<string, RestoreOption>

const all: Record<string, RestoreOption> = { ...fromOptions, ...restoreOptions }

/** The variables that options of a command line set. Other options are left out. */
export function optionEnvironment(given: Record<string, unknown>): Environment {
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, { variable, text = withCommas }]) => {
      const value = given[name]
      if (value === undefined || value === false) return []
      return [[variable, text((Array.isArray(value) ? value : [value]).map(String))]]
    }),
  )
}

/**
 * Refuses options with nothing in them, as of a shell variable that isn't set: they would count as not given, and everything would
 * be restored.
 *
 * @throws ConfigError that names them
 */
export function requireGiven(given: Record<string, unknown>): void {
  const isEmpty = (value: unknown) => (Array.isArray(value) ? value : [value]).includes('')
  const empty = Object.keys(given).filter(name => isEmpty(given[name]))
  if (empty.length > 0)
    throw new ConfigError(empty.map(name => ({ variable: `--${name}`, expected: 'something', got: 'an empty text' })))
}

/**
 * Names the options in place of their variables.
 *
 * @returns any other error as it is
 */
export function inOptions(error: unknown): unknown {
  return renamed(error, new Map(Object.entries(all).map(([name, { variable }]) => [variable, `--${name}`])))
}

/** Says what is wrong in the names that a person has used, by variable. */
export function renamed(error: unknown, names: ReadonlyMap<string, string>): unknown {
  if (!(error instanceof ConfigError)) return error
  const inNames = (text: string) => text.replaceAll(/\b[A-Z][A-Z0-9_]+\b/g, word => names.get(word) ?? word)
  return new ConfigError(
    error.faults.map(fault => ({ ...fault, variable: inNames(fault.variable), expected: inNames(fault.expected) })),
  )
}

const withCommas = (given: string[]) => given.join(',')

/** `a=b` each, as the JSON of TOPIC_MAPPING. What is no such text stays, and is refused with what is expected. */
function mappingText(given: string[]): string {
  const pairs = given.flatMap(text => text.split(',')).map(text => text.split('='))
  return pairs.every(pair => pair.length === 2) ? JSON.stringify(Object.fromEntries(pairs)) : given.join(',')
}
