import { type Field, isInValue, nameOf, parseField } from './field.ts'
import { fieldPartitioner, MAX_VALUE } from './field-path.ts'
import { timeReader } from './field-time.ts'
import type { Partitioner } from './partitioner.ts'
import { type PathFormat, parsePathFormat, timeColumns, timePartitioner, timePresets } from './time-path.ts'

/** One level of folders: by a field, or by a time (which may be several levels). */
export type Part =
  /** Without a name, the folder has the field's own. */
  | { field: Field; name?: string }
  /** Without `from`, the time is the record's timestamp. */
  | { format: PathFormat; from?: Field }

/** What parts have in common. */
export interface PartsSettings {
  /** Outermost folder first; at least one. */
  parts: Part[]
  timeZone: string
  /** The value of fields that a record doesn't have. */
  fallback: string
}

/**
 * Fields of one list. They share the room that a key has for one field's value, so that a time and a prefix fit in as well;
 * each value needs more than its digest.
 */
const MAX_FIELDS = 8

const FIELD_PART = /^(?:([A-Za-z_][\w.-]*)=)?(key|\/.*|header:.+)$/s
const TIME_PART = /^(.+?)(?:@(key|\/.*|header:.+))?$/s

/**
 * Parses a list of parts, separated by commas:
 *
 *     part  = [name "="] field | time ["@" field]
 *     field = JSON pointer | "header:" name | "key"
 *     time  = "daily" | "hourly" | path format
 *
 * Undefined for any other text, and when two folders would have the same name, whose case doesn't count: query engines make
 * a column of each.
 */
export function parseParts(text: string): Part[] | undefined {
  const parts = text.split(',').map(part => parsePart(part.trim()))
  if (parts.some(part => part === undefined)) return undefined
  const known = parts as Part[]
  const names = known.flatMap(namesOf).map(name => name.toLowerCase())
  const isUsable = new Set(names).size === names.length && known.filter(isField).length <= MAX_FIELDS
  return isUsable ? known : undefined
}

function parsePart(text: string): Part | undefined {
  const [, name, fieldText = ''] = FIELD_PART.exec(text) ?? []
  const field = parseField(fieldText)
  if (field) return { field, name }
  const [, formatText = '', fromText] = TIME_PART.exec(text) ?? []
  const format = timeFormat(formatText)
  const from = fromText === undefined ? undefined : parseField(fromText)
  return format && (fromText === undefined || from) ? { format, from } : undefined
}

function timeFormat(text: string): PathFormat | undefined {
  return Object.hasOwn(timePresets, text) ? timePresets[text as keyof typeof timePresets] : parsePathFormat(text)
}

/** The names of a part's folders. */
function namesOf(part: Part): string[] {
  return 'field' in part ? [part.name ?? nameOf(part.field)] : timeColumns(part.format)
}

const isField = (part: Part) => 'field' in part

/** Folders by each part in turn. */
export function partsPartitioner({ parts, timeZone, fallback }: PartsSettings): Partitioner {
  const longestValue = Math.floor(MAX_VALUE / Math.max(parts.filter(isField).length, 1))
  const levels = parts.map(part => {
    if ('field' in part) return fieldPartitioner(part.field, fallback, { name: part.name, longestValue })
    return timePartitioner(part.format, timeZone, part.from && timeReader(part.from))
  })
  return {
    pathOf: record => levels.map(level => level.pathOf(record)).join('/'),
    pattern: levels.map(({ pattern }) => pattern).join('/'),
    longestPath: levels.reduce((sum, { longestPath }) => sum + longestPath + 1, -1),
    columns: levels.flatMap(({ columns }) => columns),
    readsValues: parts.some(part => isInValue('field' in part ? part.field : (part.from ?? 'key'))),
  }
}
