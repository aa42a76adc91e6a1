import { z } from 'zod'
import { declarationSchemas } from '../lib/connectors/declaration/declaration.ts'
import { describedKey } from '../lib/connectors/declaration/key.ts'

const HEADER = ['| key | meaning | expected | default |', '| --- | --- | --- | --- |']

/** Every key of a declaration, a table for each group of keys. */
export function connectorKeysTables(): string {
  const tables = new Map<string, Map<string, string>>()
  for (const [kind, schema] of Object.entries(declarationSchemas)) addRows(tables, kind, schema, '')
  return Array.from(tables, ([title, rows]) => [`**${title}**`, '', ...HEADER, ...rows.values()].join('\n')).join(
    '\n\n',
  )
}

function addRows(tables: Map<string, Map<string, string>>, kind: string, schema: z.ZodObject, path: string) {
  const title = titleOf(kind, path)
  const rows = tables.get(title) ?? tables.set(title, new Map()).get(title)
  for (const [name, value] of Object.entries(schema.shape as Record<string, z.ZodType>)) {
    const at = path === '' ? name : `${path}.${name}`
    const group = value instanceof z.ZodOptional ? value.unwrap() : value
    if (group instanceof z.ZodObject) addRows(tables, kind, group, at)
    else if (!rows?.has(name)) rows?.set(name, row(at, value))
  }
}

/** Keys with the same title are the same for both types. */
function titleOf(kind: string, path: string): string {
  if (path === '') return 'Connector'
  return /^to\b/.test(path) ? `\`${path}\` of a ${kind === 'dump' ? 'dump' : 'replication'}` : `\`${path}\``
}

function row(at: string, schema: z.ZodType): string {
  const key = describedKey(schema)
  if (!key)
    return `| \`${at}\` | What the connector does. | ${Object.keys(declarationSchemas).join(' or ')} | **required** |`
  const isRequired = key.defaultText === undefined && !schema.safeParse(undefined).success
  return `| \`${at}\` | ${key.description} | ${key.expected} | ${isRequired ? '**required**' : (key.defaultText ?? '')} |`
}
