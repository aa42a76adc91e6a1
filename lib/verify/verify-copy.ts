import { pMapIterable } from 'p-map'
import { type DumpedRecords, noFindings, type ReadingFindings, type RecordSelection } from '../dumped/dumped-records.ts'
import type { PartitionRecords } from '../kafka/read/partition-records.ts'
import type { KafkaRecord, TopicPartition } from '../record.ts'
import { compareInOrder, type Tolerance } from './in-order.ts'
import type { PartitionComparison } from './partition-comparison.ts'
import type { Compared } from './record-fields.ts'
import { notBefore, RecordStream } from './record-stream.ts'
import { Tally } from './tally.ts'
import { PARTITIONS_AT_ONCE } from './verify-dump.ts'

/** A partition with its copy on the target, which has the same records in the same order at other offsets. */
export interface CopiedPartition extends TopicPartition {
  /** The copy's topic. */
  other: string
  tolerance: Tolerance
  open(findings: ReadingFindings, signal?: AbortSignal): AsyncIterable<KafkaRecord[]>
}

export interface CopyVerification {
  copies: AsyncIterable<CopiedPartition> | Iterable<CopiedPartition>
  target: PartitionRecords
  /** Records with an earlier timestamp are left out on both sides, in milliseconds since the epoch. */
  since?: number
  compared: Compared
  signal?: AbortSignal
}

/**
 * Compares partitions with their copies, record by record and in order, and produces nothing.
 *
 * @returns the partitions as they are done, in their order
 */
export async function* verifyCopy(verification: CopyVerification): AsyncIterable<PartitionComparison> {
  const compare = (copy: CopiedPartition) => compareCopy(verification, copy)
  yield* pMapIterable(verification.copies, compare, { concurrency: PARTITIONS_AT_ONCE })
}

async function compareCopy(
  { target, since, compared, signal }: CopyVerification,
  { topic, partition, other, tolerance, open }: CopiedPartition,
): Promise<PartitionComparison> {
  const findings = noFindings()
  const tally = new Tally({ topic, partition }, compared)
  const bounds = (await target.bounds(other, since)).get(partition)
  const range = { topic: other, partition, from: bounds?.start ?? 0, end: bounds?.end ?? 0 }
  const first = new RecordStream(notBefore(since, open(findings, signal)))
  const second = new RecordStream(notBefore(since, target.read(range, signal)))
  try {
    await compareInOrder(first, second, tally, { compared, ...tolerance })
  } finally {
    await Promise.all([first.close(), second.close()])
  }
  const unreadable = findings.corrupt.map(({ key, error }) => ({ key, message: error.message }))
  return tally.result({ ...(other === topic ? {} : { other }), unreadable })
}

/** Topics of the source and how their copies are named. */
export interface ReplicatedTopics {
  source: PartitionRecords
  target: PartitionRecords
  topics: string[]
  partitions?: number[]
  since?: number
  remoteTopic(topic: string): string
  /** Whether replication passes a record on: not one that has been on the target. */
  isReplicated(record: KafkaRecord): boolean
}

/** The partitions of source topics, whose copies a replication makes. */
export async function* replicatedPartitions(replicated: ReplicatedTopics): AsyncIterable<CopiedPartition> {
  const { source, target, topics, partitions, since, remoteTopic, isReplicated } = replicated
  for (const topic of topics) {
    const other = remoteTopic(topic)
    const [bounds, begins, copies] = await Promise.all([
      source.bounds(topic),
      source.bounds(topic, since),
      target.bounds(other),
    ])
    for (const [partition, { start, end }] of begins) {
      if (partitions && !partitions.includes(partition)) continue
      const isShortened = (some: Map<number, { start: number }>) => (some.get(partition)?.start ?? 0) > 0
      yield {
        ...{ topic, partition, other },
        tolerance: { mayBeginEarlier: { first: isShortened(copies), second: isShortened(bounds) }, mayLag: true },
        async *open(_, signal) {
          const records = source.read({ topic, partition, from: start, end }, signal)
          for await (const some of records) yield some.filter(isReplicated)
        },
      }
    }
  }
}

/** The partitions of a dump that was restored to topics of these names. A restore is complete, or something is missing. */
export async function* restoredPartitions(
  dumped: DumpedRecords,
  selection: RecordSelection,
  targetTopic: (topic: string) => string,
): AsyncIterable<CopiedPartition> {
  for await (const place of dumped.partitions(selection)) {
    const { topic, partition } = place
    yield {
      ...{ topic, partition, other: targetTopic(topic) },
      tolerance: { mayBeginEarlier: { first: false, second: false }, mayLag: false },
      async *open(findings, signal) {
        const batches = dumped.read(place, selection, { skipCorrupt: true, findings, signal })
        for await (const { records } of batches) yield records
      },
    }
  }
}
