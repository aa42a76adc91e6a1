import type { ConsumedRecord } from '../../kafka/read/consumed-record.ts'
import type { FilteredField } from '../mapping/filter-criteria.ts'
import type { SchemaMetadata } from './schema-reader.ts'

/** Why a schema registry doesn't let a record through. */
export const refusalReasons = ['schema', 'deserialization'] as const
export type RefusalReason = (typeof refusalReasons)[number]

/** A record that a schema registry doesn't let through. */
export interface Refusal {
  reason: RefusalReason
  /** What a person has to know, without the record's contents. */
  message: string
}

/** A record with what the mapping makes of it before it reaches a batch. */
export interface ScreenedRecord extends ConsumedRecord {
  /** Why the function doesn't get it. Its offset is committed with those around it. */
  fate?: 'filtered' | Refusal
  /** Of the key and value that were validated. */
  schemas?: Partial<Record<FilteredField, SchemaMetadata>>
}

/** A record of its own, whose fields can be replaced: those of a fetched record are made when they are asked for. */
export function copyOf({
  offset,
  timestamp,
  timestampType,
  key,
  value,
  headers,
  schemas,
}: ScreenedRecord): ScreenedRecord {
  return { offset, timestamp, timestampType, key, value, headers, schemas }
}
