import { setTimeout as sleep } from 'node:timers/promises'
import { asCodedError, type CodedError, type ErrorCode } from '../../error.ts'
import type { ConsumedRecord } from '../../kafka/read/consumed-record.ts'
import type { EventSourceMapping } from '../mapping/event-source-mapping.ts'
import { type FilteredRecord, passes } from './filter.ts'
import type { SchemaReader } from './schema-reader.ts'
import { copyOf, type RefusalReason, type ScreenedRecord } from './screened-record.ts'

/**
 * Examines the records of one fetch, in their order. Waits for a schema registry that is away until the records are not needed
 * any more; what it returns then is not complete.
 */
export type Intake = (
  records: ConsumedRecord[],
  isNeeded: () => boolean,
) => ScreenedRecord[] | Promise<ScreenedRecord[]>

export interface IntakeOptions {
  mapping: EventSourceMapping
  /** Of the mapping's schema registry, if it has one. */
  schemas: SchemaReader | undefined
  /** Called when the schema registry can't be used, and with nothing when it can again. */
  onTrouble(reason?: string): void
}

/** From one request to a registry that is away, or that may come to know a schema, to the next. */
const PAUSE_MS = 1_000

/**
 * Errors of the record itself or of its schema, and Lambda's reasons. Source: AWS Lambda Developer Guide, "Using schema registries
 * with Kafka event sources", "How Lambda performs schema validation for Kafka messages".
 */
const refusals: Partial<Record<ErrorCode, RefusalReason>> = {
  SCHEMA_UNKNOWN: 'schema',
  SCHEMA_INVALID: 'deserialization',
  VALUE_UNDECODABLE: 'deserialization',
  VALUE_TOO_LARGE: 'deserialization',
}

/** What a mapping does with records before they go into batches: validates, then filters. */
export function createIntake({ mapping, schemas, onTrouble }: IntakeOptions): Intake {
  const { filters = [], schemaRegistry } = mapping
  const filtered = (record: ScreenedRecord, seen: FilteredRecord): ScreenedRecord =>
    filters.length === 0 || passes(filters, seen) ? record : emptied(record, 'filtered')
  if (!schemas || !schemaRegistry) {
    return filters.length === 0 ? records => records : records => records.map(record => filtered(record, record))
  }
  const { validates, format } = schemaRegistry

  /** @throws CodedError */
  async function validated(record: ConsumedRecord, reader: SchemaReader): Promise<ScreenedRecord> {
    const result = copyOf(record)
    const seen: FilteredRecord = { key: record.key, value: record.value }
    for (const field of validates) {
      const bytes = record[field]
      // A tombstone has nothing to validate.
      if (bytes === null) continue
      const { metadata, source, json } = await reader.read(field, bytes, record)
      result[field] = format === 'JSON' ? json : source
      result.schemas = { ...result.schemas, [field]: metadata }
      seen[field] = json
    }
    return filtered(result, seen)
  }

  return async (records, isNeeded) => {
    const screened: ScreenedRecord[] = []
    while (screened.length < records.length && isNeeded()) {
      const record = records[screened.length] as ConsumedRecord
      try {
        screened.push(await validated(record, schemas))
        onTrouble()
      } catch (thrown) {
        const refused = refusedBy(asCodedError(thrown), record)
        if (refused) screened.push(refused)
        else {
          if (asCodedError(thrown).code !== 'SCHEMA_UNKNOWN') onTrouble(asCodedError(thrown).message)
          await sleep(PAUSE_MS)
        }
      }
    }
    return screened
  }
}

function refusedBy({ code, retryable, message }: CodedError, record: ConsumedRecord): ScreenedRecord | undefined {
  const reason = refusals[code]
  return reason && !retryable ? { ...copyOf(record), fate: { reason, message } } : undefined
}

/** A filtered record keeps only its place, so that a batch of them takes no memory. */
function emptied({ offset }: ScreenedRecord, fate: 'filtered'): ScreenedRecord {
  return { offset, timestamp: -1, timestampType: 'CREATE_TIME', key: null, value: null, headers: [], fate }
}
