import { asCodedError } from '../../error.ts'
import type { LogRecord } from '../../kafka/read/topic-log.ts'
import type { Log } from '../../observability/logger.ts'

/** Takes the records of a topic, and skips those in an unknown format, such as one produced by hand. */
export interface ReadableRecords {
  take(record: LogRecord): void
  /** Warns of what was skipped. */
  report(): void
}

/** @param take throws CodedError `RECORD_UNDECODABLE` for a record in an unknown format */
export function readableRecords(topic: string, logger: Log, take: (record: LogRecord) => void): ReadableRecords {
  let faults = 0
  return {
    take(record) {
      try {
        take(record)
      } catch (error) {
        if (asCodedError(error).code !== 'RECORD_UNDECODABLE') throw error
        faults += 1
      }
    },
    report() {
      if (faults > 0) logger.warn('Records left out', { topic, records: faults, errorCode: 'RECORD_UNDECODABLE' })
    },
  }
}
