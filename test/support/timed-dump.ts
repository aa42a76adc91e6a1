import type { BatchResult, RecordBatch } from '../../lib/batch.ts'
import { readDumpSettings } from '../../lib/config/dump.ts'
import { BatchMemory } from '../../lib/delivery/batch-memory.ts'
import type { FailedRecord } from '../../lib/delivery/dead-letter.ts'
import { type Delivery, deliver } from '../../lib/delivery/deliver.ts'
import { type FailedRecordsMessage, parseFailedRecordsLine } from '../../lib/delivery/failed-records-line.ts'
import type { FailurePolicy } from '../../lib/delivery/policy.ts'
import { type Dump, writeObjects } from '../../lib/dump.ts'
import { asCodedError, CodedError } from '../../lib/error.ts'
import { createObjectKeys } from '../../lib/objects/key.ts'
import type { Log } from '../../lib/observability/logger.ts'
import { noTelemetry } from '../../lib/observability/telemetry.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import type { TimedStore } from './timed-store.ts'
import { VirtualTime } from './virtual-time.ts'

export interface LogLine {
  level: 'info' | 'warn' | 'error'
  message: string
  [field: string]: unknown
}

/** A record that belongs into the folder of the given path. */
export function pathRecord(offset: number, path: string, place = { topic: 'orders', partition: 0 }): KafkaRecord {
  const headers = [{ key: 'path', value: Buffer.from(path) }]
  return { ...place, offset, timestamp: 1_767_225_600_000, key: null, value: Buffer.from(`${offset}`), headers }
}

export function batchOf(records: KafkaRecord[]): RecordBatch {
  const { topic = 'orders', partition = 0 } = records[0] ?? {}
  return { topic, partition, records, abnormal: [] }
}

/** An instance of the function `dump` with a store that takes its time, on a virtual clock. */
export class TimedDump {
  readonly time = new VirtualTime()
  readonly lines: LogLine[] = []
  /** What was put into the dead letter. */
  readonly dead: FailedRecord[] = []
  isSinkAway = false
  readonly #delivery: Delivery
  #memory = new BatchMemory()

  constructor(store: Pick<TimedStore, 'put'>, policy: FailurePolicy, options: { hasSink?: boolean } = {}) {
    const keep = (level: LogLine['level']) => (message: unknown, fields?: unknown) =>
      void this.lines.push({ ...(fields as object), level, message: message as string })
    const logger = { info: keep('info'), warn: keep('warn'), error: keep('error') } as Log
    const settings = readDumpSettings({
      ...{ S3_BUCKET: 'lake', FORMAT: 'json', COMPRESSION: 'none' },
      ...{ OBJECT_PARTITIONER: 'field', PARTITION_FIELD: 'header:path' },
    })
    const dump: Dump = {
      format: settings.format,
      keys: createObjectKeys(settings.keys),
      ...{ store, storeName: 'bucket lake', logger, telemetry: noTelemetry },
    }
    const put = async (failed: FailedRecord[]) => {
      if (this.isSinkAway) throw new CodedError('DEAD_LETTER_UNREACHABLE', 'away', { retryable: true })
      this.dead.push(...failed)
      return []
    }
    this.#delivery = {
      ...{ policy, peer: 'bucket lake', logger, telemetry: noTelemetry },
      write: (records, attempt) => writeObjects(records, dump, attempt),
      ...(options.hasSink && { deadLetter: { topic: 'dead', put } }),
    }
  }

  /** The format's code is loaded on first use, which takes real time. */
  static async load(): Promise<void> {
    const { format } = readDumpSettings({ S3_BUCKET: 'lake', FORMAT: 'json', COMPRESSION: 'none' })
    const { encode } = await import('../../lib/formats/encode.ts')
    await encode([], format)
  }

  /** One invocation. Like platforms without partial responses, it fails when a partition does. */
  async invoke(batches: RecordBatch[], limitMs: number): Promise<{ results?: BatchResult[]; error?: CodedError }> {
    try {
      const results = await this.time.run(() => deliver(batches, this.#delivery, limitMs, this.#memory))
      return { results, error: results.find(({ failure }) => failure)?.failure?.error }
    } catch (error) {
      return { error: asCodedError(error) }
    }
  }

  /** The next invocation runs in an instance that has just been started. */
  replace(): void {
    this.#memory = new BatchMemory()
  }

  /** The records that the log names in lines of this message, as `<partition>/<offset>`, from the given line on. */
  named(message: FailedRecordsMessage, from = 0): string[] {
    const found = this.lines.slice(from).filter(line => line.message === message)
    return found.map(parseFailedRecordsLine).flatMap(line => {
      const { partition, ranges = [] } = line ?? {}
      return ranges.flatMap(([first, last]) => range(first, last - first + 1)).map(offset => `${partition}/${offset}`)
    })
  }
}

/** `count` numbers from the first. */
export function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index)
}
