import { parseEnv } from 'node:util'
import { parseLines } from 'dot-properties'
import { type FoundSettings, repeatedNames, settingsOf } from './found-connector.ts'
import { flowsOf } from './mirror-flows.ts'

/**
 * Reads Java properties: those of a connector, as Kafka Connect’s standalone worker takes them, or of MirrorMaker 2, which have
 * several clusters and flows.
 */
export function readProperties(text: string): FoundSettings {
  const pairs = parseLines(text).filter((line): line is [string, string] => Array.isArray(line))
  const remarks = repeatedNames(pairs.map(([name]) => name))
  const settings = settingsOf(pairs)
  const flows = flowsOf(settings)
  if (flows) return { connectors: flows.connectors, remarks: [...remarks, ...flows.remarks] }
  return { connectors: [{ name: settings.get('name')?.value, settings }], remarks }
}

/** Reads variables, as in a file `.env`: with quotation marks, and `export` before them. */
export function readEnvironment(text: string): FoundSettings {
  const pairs = Object.entries(parseEnv(text)).map(([name, value]) => [name, value ?? ''] as const)
  return { connectors: [{ settings: settingsOf(pairs) }], remarks: [] }
}
