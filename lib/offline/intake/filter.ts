import { isUtf8 } from 'node:buffer'
import { EventFields } from '../../event-patterns/event-fields.ts'
import { parseWithNumbers } from '../../event-patterns/json-number.ts'
import { matches } from '../../event-patterns/match.ts'
import type { Alternative } from '../../event-patterns/pattern.ts'
import type { Filter, FilteredField } from '../mapping/filter-criteria.ts'

/** What filters see of a record. */
export type FilteredRecord = Record<FilteredField, Buffer | null>

/** A key or value as filters see it. Bytes that are not UTF-8 match no condition. */
type Content = { kind: 'json'; json: unknown } | { kind: 'text'; text: string } | { kind: 'bytes' } | undefined

/**
 * Whether a record matches one of the filters. A condition on a whole field, such as `{"value": ["error"]}`, is for text, and one
 * on a field within, such as `{"value": {"state": ["error"]}}`, is for JSON: a record with the other one matches no such filter.
 * JSON is an object or an array here; a number or a quoted text alone is text.
 *
 * Source: AWS Lambda Developer Guide, "Filtering events from Amazon MSK and self-managed Apache Kafka event sources"; the table of
 * formats is the one for Amazon SQS, "Properly filtering Amazon SQS messages", which applies to Kafka as well.
 */
export function passes(filters: Filter[], record: FilteredRecord): boolean {
  const contents = { key: contentOf(record.key), value: contentOf(record.value) }
  const fields = new EventFields(
    Object.fromEntries(Object.entries(contents).flatMap(([name, content]) => seenAs(name, content))),
  )
  return filters.some(filter =>
    filter.some(alternative => hasFormats(alternative, contents) && matches(alternative, fields)),
  )
}

function hasFormats(alternative: Alternative, contents: Record<FilteredField, Content>): boolean {
  return alternative.every(({ path: [name, ...within] }) => {
    const content = contents[name as FilteredField]
    return within.length > 0 ? content?.kind === 'json' : content === undefined || content.kind === 'text'
  })
}

function contentOf(bytes: Buffer | null): Content {
  if (bytes === null) return undefined
  if (!isUtf8(bytes)) return { kind: 'bytes' }
  const text = bytes.toString()
  const json = /^\s*[[{]/.test(text) ? parseWithNumbers(text) : undefined
  return json === undefined ? { kind: 'text', text } : { kind: 'json', json }
}

function seenAs(name: string, content: Content): [string, unknown][] {
  if (content === undefined || content.kind === 'bytes') return []
  return [[name, content.kind === 'json' ? content.json : content.text]]
}
