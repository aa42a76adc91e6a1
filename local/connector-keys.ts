import * as z from 'zod'
import { declarationSchemas } from '../lib/connectors/declaration/declaration.ts'
import { describedKey } from '../lib/connectors/declaration/key.ts'

const HEADER = ['| key | meaning | expected | default |', '| --- | --- | --- | --- |']

const kindNames: Record<keyof typeof declarationSchemas, string> = { dump: 'dump', replicate: 'replication' }
type Kind = keyof typeof kindNames

/** A key with its schema for each type that has it. The types differ in the default at most. */
interface Row {
  at: string
  schemas: [Kind, z.ZodType][]
}

type Tables = Map<string, Map<string, Row>>

/** Every key of a declaration, a table for each group of keys. */
export function connectorKeysTables(): string {
  const tables: Tables = new Map()
  for (const [kind, schema] of Object.entries(declarationSchemas)) addRows(tables, kind as Kind, schema, '')
  return Array.from(tables, ([title, rows]) =>
    [`**${title}**`, '', ...HEADER, ...Array.from(rows.values(), rowText)].join('\n'),
  ).join('\n\n')
}

function addRows(tables: Tables, kind: Kind, schema: z.ZodObject, path: string) {
  const title = titleOf(kind, path)
  const rows = tables.get(title) ?? new Map<string, Row>()
  tables.set(title, rows)
  for (const [name, value] of Object.entries(schema.shape as Record<string, z.ZodType>)) {
    const at = path === '' ? name : `${path}.${name}`
    const group = value instanceof z.ZodOptional ? value.unwrap() : value
    if (group instanceof z.ZodObject) addRows(tables, kind, group, at)
    else rows.set(name, { at, schemas: [...(rows.get(name)?.schemas ?? []), [kind, value]] })
  }
}

/** Keys with the same title are the same for both types. */
function titleOf(kind: Kind, path: string): string {
  if (path === '') return 'Connector'
  return /^to\b/.test(path) ? `\`${path}\` of a ${kindNames[kind]}` : `\`${path}\``
}

function rowText({ at, schemas }: Row): string {
  const [first] = schemas
  const key = first && describedKey(first[1])
  if (!key)
    return `| \`${at}\` | What the connector does. | ${Object.keys(declarationSchemas).join(' or ')} | **required** |`
  const defaults = new Map(schemas.map(([kind, schema]) => [defaultOf(schema), kind]))
  const text = Array.from(defaults, ([text, kind]) => (defaults.size === 1 ? text : `${text} for a ${kindNames[kind]}`))
  return `| \`${at}\` | ${key.description} | ${key.expected} | ${text.join(', ')} |`
}

function defaultOf(schema: z.ZodType): string {
  const { defaultText } = describedKey(schema) ?? {}
  return defaultText ?? (schema.safeParse(undefined).success ? '' : '**required**')
}
