import * as z from 'zod'
import {
  type CommandName,
  commandNames,
  definitions,
  type JsonForm,
  optionsOf,
} from '../lib/connectors/commands/definition.ts'
import { documents } from '../lib/connectors/commands/documents/index.ts'
import { errorDocument } from '../lib/connectors/commands/error-document.ts'
import { exitCodes } from '../lib/connectors/commands/exit-codes.ts'
import { errorCodes } from '../lib/error.ts'

/** The codes with which commands end. */
export function exitCodesTable(): string {
  const rows = Object.values(exitCodes).map(({ code, meaning }) => `| ${code} | ${meaning} |`)
  return ['| exit code | meaning |', '| --- | --- |', ...rows].join('\n')
}

/** What `--json` prints about an error. */
export function errorDocumentTable(): string {
  return fieldsTable(errorDocument)
}

/** A section for each command: what it does, an example, its options, and the fields of `--json`. */
export function commandSections(): string {
  return commandNames.map(commandSection).join('\n\n')
}

function commandSection(name: CommandName): string {
  const { usage, example } = definitions[name]
  return [
    `### ${name}`,
    `${usage}.`,
    ['```sh', `npx serverless connectors ${example}`, '```'].join('\n'),
    optionsTable(name),
    ...jsonText(name),
  ].join('\n\n')
}

function optionsTable(name: CommandName): string {
  const rows = Object.entries(optionsOf(name)).map(
    ([option, { usage, required }]) => `| \`--${option}\`${required ? ', required' : ''} | ${cell(usage)} |`,
  )
  return ['| option | meaning |', '| --- | --- |', ...rows].join('\n')
}

const formTexts: Record<JsonForm, string> = {
  document: 'With `--json`, a document:',
  lines: 'With `--json`, a document in each line:',
}

function jsonText(name: CommandName): string[] {
  const { json } = definitions[name] as { json?: JsonForm }
  if (!json) return []
  return [formTexts[json], fieldsTable(documents[name as keyof typeof documents])]
}

function fieldsTable(schema: z.ZodType): string {
  const rows = fieldsOf(z.toJSONSchema(schema) as Schema, '').map(
    ({ path, type, meaning }) => `| \`${path}\` | ${type} | ${cell(meaning)} |`,
  )
  return ['| field | type | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}

/** The parts of JSON Schema that zod makes of the documents. */
interface Schema {
  type?: string | string[]
  description?: string
  const?: unknown
  enum?: unknown[]
  format?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  prefixItems?: Schema[]
  additionalProperties?: Schema | boolean
  anyOf?: Schema[]
  oneOf?: Schema[]
}

/** What fields mean whose names say it, wherever they are. */
const usualMeanings: Record<string, string> = {
  schema: 'The version of these fields.',
  topic: 'The topic.',
  partition: 'The partition.',
  offset: 'The offset.',
  firstOffset: 'The first offset.',
  lastOffset: 'The last offset.',
  bucket: 'The bucket.',
  name: 'Its name.',
  region: 'Its region.',
  state: 'Its state.',
  key: 'Key of the object.',
  code: 'The error code.',
  message: 'What happened.',
  reason: 'Why.',
  error: 'The error.',
  level: 'Its level.',
  type: 'What the connector does.',
  kind: 'The place.',
}

interface Field {
  path: string
  type: string
  meaning: string
}

/** All fields of an object, those of its objects and lists behind it. Fields that several forms have in common are told once. */
function fieldsOf(schema: Schema, prefix: string): Field[] {
  const forms = schema.anyOf ?? schema.oneOf
  if (forms) return withoutCopies(forms.flatMap(form => fieldsOf(form, prefix)))
  if (schema.type === 'array' && schema.items && !schema.prefixItems) return fieldsOf(schema.items, `${prefix}[]`)
  const { properties = {}, required = [] } = schema
  return Object.entries(properties).flatMap(([name, field]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    const isOptional = !required.includes(name)
    const type = `${typeOf(field)}${isOptional ? ', or absent' : ''}`
    return [{ path, type, meaning: field.description ?? usualMeanings[name] ?? '' }, ...fieldsOf(field, path)]
  })
}

/** The same field of several forms; where they say different things, each says it. */
function withoutCopies(fields: Field[]): Field[] {
  const byPath = Map.groupBy(fields, ({ path }) => path)
  return Array.from(byPath, ([path, same]) => ({
    path,
    type: [...new Set(same.map(({ type }) => type))].join(', or '),
    meaning: [...new Set(same.map(({ meaning }) => meaning))].filter(meaning => meaning !== '').join(' '),
  }))
}

function typeOf(schema: Schema): string {
  const { type, enum: names, items, prefixItems, format, additionalProperties } = schema
  const forms = schema.anyOf ?? schema.oneOf
  if (forms) return [...new Set(forms.map(typeOf))].join(' or ')
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``
  if (names?.length === Object.keys(errorCodes).length) return '[error code](failures.md#error-codes)'
  if (names) return names.map(name => `\`${name}\``).join(', ')
  if (prefixItems) return `[${prefixItems.map(typeOf).join(', ')}]`
  if (type === 'array') return `list of ${items ? typeOf(items) : 'anything'}`
  if (type === 'object' && typeof additionalProperties === 'object' && additionalProperties.type)
    return `object of ${typeOf(additionalProperties)}`
  if (format === 'date-time') return 'time, ISO 8601'
  return type === 'integer' ? 'whole number' : [type ?? 'anything'].flat().join(' or ')
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
