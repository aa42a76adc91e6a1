import { compressions } from '../../formats/compression.ts'
import { objectExtension } from '../../formats/index.ts'
import { pathFolders } from '../../objects/path-folder.ts'
import { encodeSegment } from '../../objects/segment.ts'
import type { TemplatePart } from '../../objects/template.ts'
import type { TableSettings } from '../resources/athena-table.ts'

/** Where a connector's objects are, for a query. */
export interface QueryPlace {
  bucket: string
  region: string
  /** URL of a store other than AWS S3. */
  endpoint?: string
  /** Those that are queried. */
  topics: string[]
  /** The key of the only object that is queried; absent: all of the topics. */
  object?: string
  /** All that the connector reads; undefined when a pattern chooses them. */
  declaredTopics?: string[]
  /** The table's name for Athena. */
  table: { database: string; name: string }
}

/**
 * A pattern that all objects of a topic match, as DuckDB and Python's `fnmatch` read it: `*` stands for anything in a name, `**` for
 * folders. Those of other topics match too if {@link hasTopicFolder} is false and their names begin alike.
 *
 * @returns the pattern from the bucket on
 */
export function globOf({ keys, format }: TableSettings, bucket: string, topic: string): string {
  const textOf = (part: TemplatePart) => {
    if ('text' in part) return part.text
    return { topic: encodeSegment(topic), partition: '*', path: '**', offsets: '*' }[part.placeholder]
  }
  const name = keys.template.map(parts => parts.map(textOf).join('')).join('/')
  return `${bucket}/${literal(prefixOf(keys.prefix))}${name}.${objectExtension(format.format, format.compression)}`
}

/** What a pattern has for a text that is no pattern. */
export function literal(text: string): string {
  return text.replaceAll(/[[*?]/g, '[$&]')
}

/** Whether the topics' objects are in folders of their own. */
export function hasTopicFolder({ keys }: TableSettings): boolean {
  return keys.template
    .slice(0, -1)
    .flat()
    .some(part => 'placeholder' in part && part.placeholder === 'topic')
}

/** The innermost folder that holds all objects of a topic, with a slash at its end. */
export function folderOf({ keys }: TableSettings, bucket: string, topic: string): string {
  const isFixed = (part: TemplatePart) => 'text' in part || part.placeholder === 'topic'
  const folders = keys.template.slice(0, -1)
  const end = folders.findIndex(parts => !parts.every(isFixed))
  const fixed = folders.slice(0, end < 0 ? folders.length : end)
  const textOf = (part: TemplatePart) => ('text' in part ? part.text : encodeSegment(topic))
  return `${bucket}/${prefixOf(keys.prefix)}${fixed.map(parts => `${parts.map(textOf).join('')}/`).join('')}`
}

const prefixOf = (prefix: string) => (prefix === '' ? '' : `${prefix}/`)

/**
 * The columns that readers make of folders `name=value`, with whether they are numbers; none where a column of the records has
 * the same name, which readers refuse.
 */
export function folderTypes({ keys }: TableSettings, columns: readonly string[]): Record<string, 'number' | 'text'> {
  const taken = columns.map(name => name.toLowerCase())
  const named = pathFolders(keys.partitioner).filter(({ name }) => name !== undefined)
  if (named.some(({ name = '' }) => taken.includes(name.toLowerCase()))) return {}
  return Object.fromEntries(
    named.map(({ name = '', value, before, after }) => {
      const isNumber = value !== 'field' && value.length === 1 && before === `${name}=` && after === ''
      return [name, isNumber ? 'number' : 'text'] as const
    }),
  )
}

/** How readers know a compression that is around the object; undefined for none. */
export function outerCompression({ format }: TableSettings): string | undefined {
  const { extension } = compressions[format.compression]
  return extension === '' ? undefined : extension.slice(1)
}
