import type { ConnectorType } from '../lib/config/connector-type.ts'
import {
  aliasKeys,
  dumpTargetKeys,
  failureKeys,
  replicateTargetKeys,
  retentionKeys,
  rotateKeys,
  syncOffsetsKeys,
  syncTopicsKeys,
} from '../lib/connectors/declaration/section-keys.ts'
import type { VariableKeys } from '../lib/connectors/declaration/variable-key.ts'
import { connectSinkSettings } from '../lib/migration/connect-sink.ts'
import { type DocumentedParameter, documented } from '../lib/migration/documented.ts'
import type { Outcome, Setting, Settings } from '../lib/migration/setting.ts'
import type { System } from '../lib/migration/system.ts'
import { systems } from '../lib/migration/systems/index.ts'

/** The tables of docs/coming-from.md, by the names in their markers. */
export const comingFromTables: Record<string, () => string> = {
  'every sink of Kafka Connect': () => settingsTable(connectSinkSettings, 'dump'),
  ...tablesOf(systems, system => settingsTable(ownSettings(system), system.type)),
  ...tablesOf(documented, parametersTable),
}

function tablesOf<Entry>(entries: Record<string, Entry>, table: (entry: Entry) => string) {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [`coming from ${name}`, () => table(entry)]))
}

/** What a system has besides the settings of every sink. */
function ownSettings({ settings }: System): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([name, setting]) => connectSinkSettings[name] !== setting))
}

const HEADER = ['| there | here |', '| --- | --- |']

function parametersTable(parameters: readonly DocumentedParameter[]): string {
  return [...HEADER, ...parameters.map(([there, here]) => `| ${there} | ${here} |`)].join('\n')
}

/** A row for each setting; those that follow each other and become the same are in one. */
function settingsTable(settings: Settings, type: ConnectorType): string {
  const rows: { names: string[]; here: string }[] = []
  for (const [name, setting] of Object.entries(settings)) {
    const here = hereText(setting, type)
    const last = rows.at(-1)
    if (last?.here === here) last.names.push(thereText(name, setting))
    else rows.push({ names: [thereText(name, setting)], here })
  }
  return [...HEADER, ...rows.map(({ names, here }) => `| ${names.join(', ')} | ${here.replaceAll('|', '\\|')} |`)].join(
    '\n',
  )
}

/** A name, its default and its range. */
function thereText(name: string, setting: Setting): string {
  const { default: text = '' } = setting
  const fallback = text === '' ? '' : ` ${/^[\w-]+$/.test(text) ? text : `\`${text}\``}`
  const range = setting.range === undefined ? '' : ` (${setting.range})`
  return `\`${name}\`${fallback}${range}`
}

const outcomeTexts: Record<Outcome, (text: string) => string> = {
  key: text => text,
  already: text => `so already: ${text}`,
  unneeded: text => `not needed: ${text}`,
  none: text => `**none**: ${text}`,
  worker: text => `the worker’s: ${text}`,
}

function hereText({ outcome, keys, text }: Setting, type: ConnectorType): string {
  const variables = keys.flatMap(key => variableOf(type, key) ?? [])
  const quoted = (names: readonly string[]) => names.map(name => `\`${name}\``).join(', ')
  const names = [quoted(keys), quoted(variables)].filter(part => part !== '').join('; ')
  return [names, outcomeTexts[outcome](text)].filter(part => part !== '').join(': ')
}

/** Groups of keys that become variables, by what their paths begin with; longer ones first. */
const variableGroups: Record<ConnectorType, [prefix: string, keys: VariableKeys][]> = {
  dump: [
    ['to.rotate.', rotateKeys],
    ['to.', { ...dumpTargetKeys, ...retentionKeys }],
    ['', failureKeys.dump],
  ],
  replicate: [
    ['syncOffsets.', syncOffsetsKeys],
    ['syncTopics.', syncTopicsKeys],
    ['source.', aliasKeys],
    ['to.', replicateTargetKeys],
    ['', failureKeys.replicate],
  ],
}

/** The variable that a key becomes; undefined if it becomes none. */
function variableOf(type: ConnectorType, path: string): string | undefined {
  const [prefix = '', keys = {}] = variableGroups[type].find(([prefix]) => path.startsWith(prefix)) ?? []
  return (keys as VariableKeys)[path.slice(prefix.length)]?.variable
}
