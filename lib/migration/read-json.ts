import { isMap as isYamlMap, parseDocument, visit } from 'yaml'
import { type FoundConnector, type FoundSettings, repeatedNames, settingsOf } from './found-connector.ts'
import { mergedMirrors } from './mirror-flows.ts'

type Json = Record<string, unknown>

/**
 * Reads connectors as Kafka Connect’s REST interface takes and gives them: `{ name, config }`, the configuration alone, a list of
 * either, or what `GET /connectors?expand=info` answers.
 *
 * @throws an error that says what is wrong with the text
 */
export function readJson(text: string): FoundSettings {
  const parsed = parsedJson(text)
  const connectors = mergedMirrors(connectorsIn(parsed))
  return { connectors, remarks: repeatedNames(repeatedKeys(text)) }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // V8's message may quote the text, secrets included.
    const position = /position (\d+)/.exec((error as Error).message)?.[1]
    const line = position ? text.slice(0, Number(position)).split('\n').length : undefined
    throw new Error(`The file begins like JSON, but is none${line ? `: look at line ${line}` : ''}.`)
  }
}

function connectorsIn(parsed: unknown): FoundConnector[] {
  if (Array.isArray(parsed)) return parsed.flatMap(connectorsIn)
  if (!isMap(parsed))
    throw new Error(
      'The file is JSON, but no connector: expected {"name": …, "config": {…}} or the configuration alone.',
    )
  if (isMap(parsed.config)) return [connectorOf(parsed.config, parsed.name)]
  if (typeof parsed['connector.class'] === 'string') return [connectorOf(parsed, parsed.name)]
  const listed = Object.values(parsed).filter(isMap)
  const infos = listed.map(({ info }) => info).filter(isMap)
  if (infos.length > 0) return infos.flatMap(connectorsIn)
  if (listed.length > 0 && listed.length === Object.keys(parsed).length) return listed.flatMap(connectorsIn)
  if (listed.length > 0)
    throw new Error('The file is JSON, but no connector: expected "config" or "connector.class" in it.')
  return [connectorOf(parsed, parsed.name)]
}

/** Values that are lists or maps are none of Kafka Connect’s, and are left as their JSON. */
function connectorOf(config: Json, name: unknown): FoundConnector {
  const texts = Object.entries(config).map(([key, value]) => [key, textOf(value)] as const)
  const named = typeof name === 'string' ? name : undefined
  return { name: named, settings: settingsOf(named && !('name' in config) ? [['name', named], ...texts] : texts) }
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Names that an object has twice, which `JSON.parse` passes over. */
function repeatedKeys(text: string): string[] {
  const repeated: string[] = []
  visit(parseDocument(text, { uniqueKeys: false, logLevel: 'silent' }), {
    Map(_, map) {
      if (!isYamlMap(map)) return
      const names = map.items.map(({ key }) => String(key))
      const twice = names.filter((name, index) => names.indexOf(name) !== index)
      for (const name of twice) repeated.push(name, name)
    },
  })
  return repeated
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
