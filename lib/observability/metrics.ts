import { Metrics } from '@aws-lambda-powertools/metrics'
import type { Origin } from './logger.ts'

/** The namespace of all metrics in CloudWatch; their dimensions are `service` and `connector`. */
export const METRICS_NAMESPACE = 'kafka-functions'

interface Metric {
  unit: 'Bytes' | 'Count' | 'Milliseconds'
  meaning: string
}

/** Every metric. Names are stable: alarms and dashboards depend on them. docs/operate.md has the table. */
export const metrics = {
  RecordsIn: { unit: 'Count', meaning: 'Records of the event, including those that can’t be decoded.' },
  BytesIn: { unit: 'Bytes', meaning: 'Keys, values and headers of these records.' },
  RecordsOut: { unit: 'Count', meaning: 'Records written to the store, or sent to the target cluster.' },
  BytesOut: { unit: 'Bytes', meaning: 'The objects as stored, or keys, values and headers as sent.' },
  Objects: { unit: 'Count', meaning: 'Objects written.' },
  DeadLetters: {
    unit: 'Count',
    meaning: 'Records that can’t be decoded or delivered: put into a topic, or named in the log.',
  },
  PartitionsStopped: {
    unit: 'Count',
    meaning: 'Topic-partitions stopped: at a failing record under the policy `fail`, or because the time was over.',
  },
  NewestRecordAge: {
    unit: 'Milliseconds',
    meaning: 'Age of each topic-partition’s newest record once it is delivered: how far the data is behind.',
  },
  StagedObjects: { unit: 'Count', meaning: 'Batches that were staged when `compact` began. Look at its maximum.' },
  StagedBytes: { unit: 'Bytes', meaning: 'Bytes of these batches.' },
  OldestStagedAge: {
    unit: 'Milliseconds',
    meaning: 'Age of the oldest of these batches. It stays below `maxOpenMs` and a few minutes while compaction works.',
  },
  ObjectsCommitted: { unit: 'Count', meaning: 'Objects that `compact` made of staged batches.' },
  BytesCommitted: { unit: 'Bytes', meaning: 'Bytes of these objects as stored.' },
  Quarantined: {
    unit: 'Count',
    meaning: 'Staged batches that were put into `_quarantine`: damaged, or with other records than are committed.',
  },
  ClosedByRecords: { unit: 'Count', meaning: 'Objects closed by `flushSize`.' },
  ClosedBySize: { unit: 'Count', meaning: 'Objects closed by `targetSizeBytes`, or at 2 GiB.' },
  ClosedByInterval: { unit: 'Count', meaning: 'Objects closed by `rotateIntervalMs`.' },
  ClosedBySchedule: { unit: 'Count', meaning: 'Objects closed by `rotateScheduleIntervalMs`.' },
  ClosedByAge: { unit: 'Count', meaning: 'Objects closed by `maxOpenMs`.' },
  ClosedByFormat: { unit: 'Count', meaning: 'Objects closed because the settings of the format changed.' },
  ClosedByOrder: {
    unit: 'Count',
    meaning: 'Objects closed because the next batch has offsets between theirs, as after a redrive.',
  },
  ClosedByRequest: { unit: 'Count', meaning: 'Objects closed because rotation ended, or a command asked for it.' },
  ClosedByKeepLatest: { unit: 'Count', meaning: 'Objects with the newest record of each key.' },
  DecodeDuration: { unit: 'Milliseconds', meaning: 'Decoding the event.' },
  EncodeDuration: { unit: 'Milliseconds', meaning: 'Encoding and compressing one object.' },
  PutDuration: { unit: 'Milliseconds', meaning: 'One attempt to write an object.' },
  SendDuration: { unit: 'Milliseconds', meaning: 'Sending one topic-partition’s records to the target cluster.' },
} as const satisfies Record<string, Metric>

export type MetricName = keyof typeof metrics

/** Collects the metrics of an invocation. */
export interface Meter {
  /** Adds a value to a metric, in its unit. */
  add(name: MetricName, value: number): void
  /** Writes the collected values as one log line. */
  publish(): void
}

/**
 * Metrics in CloudWatch's embedded metric format: log lines from which CloudWatch extracts them.
 * Source: Amazon CloudWatch User Guide, "Specification: Embedded metric format".
 */
export function createMeter({ service, connector }: Origin): Meter {
  const collected = new Metrics({
    namespace: METRICS_NAMESPACE,
    serviceName: service,
    defaultDimensions: { connector },
  })
  return {
    add: (name, value) => void collected.addMetric(name, metrics[name].unit, value),
    publish() {
      // Without any metric the library would log a warning.
      if (collected.hasStoredMetrics()) collected.publishStoredMetrics()
    },
  }
}
