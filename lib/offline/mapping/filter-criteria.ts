import * as z from 'zod'
import { type Alternative, compilePattern } from '../../event-patterns/pattern.ts'

/** The fields of a record that filters may ask for. */
export type FilteredField = 'key' | 'value'

/** A filter, compiled. A record matches if it matches one alternative. */
export type Filter = Alternative[]

/** Five per mapping, and ten from accounts that have requested it. Source: AWS Lambda Developer Guide, "Control which events
 * Lambda sends to your function". */
const MOST_FILTERS = 10

/** Source: AWS Lambda API, `Filter`, `Pattern`. */
const LONGEST_PATTERN = 4_096

const filter = z.strictObject({
  Pattern: z.string().max(LONGEST_PATTERN, `expected at most ${LONGEST_PATTERN} characters`).transform(compiled),
})

/** `FilterCriteria` of a mapping. Without filters it is as if there were none. */
export const filterCriteriaSchema = z
  .strictObject({
    Filters: z.array(filter).max(MOST_FILTERS, `expected at most ${MOST_FILTERS} filters`).default([]),
  })
  .transform(({ Filters }) => Filters.map(({ Pattern }) => Pattern))

function compiled(pattern: string, context: z.RefinementCtx): Filter {
  try {
    return compilePattern(pattern)
  } catch (error) {
    context.addIssue(`AWS refuses this pattern: ${(error as Error).message}`)
    return z.NEVER
  }
}

/**
 * The fields that filters ask for and Lambda doesn't filter by: it filters records of Kafka by their value, and by their key if a
 * schema registry validates it.
 *
 * Source: AWS Lambda Developer Guide, "Filtering events from Amazon MSK and self-managed Apache Kafka event sources"; AWS Lambda
 * API, `KafkaSchemaValidationConfig`.
 */
export function unfilteredFields(filters: Filter[], validatesKey: boolean): string[] {
  const names = filters.flat(2).map(({ path: [name = ''] }) => name)
  return [...new Set(names)].filter(name => name !== 'value' && !(name === 'key' && validatesKey))
}
