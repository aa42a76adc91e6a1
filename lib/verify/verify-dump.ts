import { pMapIterable } from 'p-map'
import { type DumpedPartition, type DumpedRecords, noFindings, type RecordSelection } from '../dumped/dumped-records.ts'
import { requireFound } from '../dumped/nothing-found.ts'
import type { PartitionBounds, PartitionRecords } from '../kafka/read/partition-records.ts'
import type { KafkaRecord, TopicPartition } from '../record.ts'
import { compareByOffset } from './by-offset.ts'
import type { PartitionComparison } from './partition-comparison.ts'
import type { Compared } from './record-fields.ts'
import { notBefore, RecordStream } from './record-stream.ts'
import { Tally } from './tally.ts'

/** A dump, and the topics that it was made of. */
export interface DumpVerification {
  dumped: DumpedRecords
  topics: PartitionRecords
  /** Topics, partitions, and `from` are used. */
  selection: RecordSelection
  compared: Compared
  /** Whether the topic is compacted, so that it lacks records that it once had. */
  isCompacted(topic: string): Promise<boolean>
  /** Whether the dump may have left out a record, as it keeps the newest of each key or deletes old ones. */
  isNotKept(record: KafkaRecord): boolean
  signal?: AbortSignal
}

/** Partitions that are compared at once. Each keeps a fetch and some objects of the dump in memory. */
export const PARTITIONS_AT_ONCE = 4

/** What is known of a topic. */
interface TopicFacts {
  bounds: Map<number, PartitionBounds>
  /** First offsets from the selection's time on. */
  begins: Map<number, PartitionBounds>
  isCompacted: boolean
}

/**
 * Compares a dump with its topics, record by record, and produces nothing.
 *
 * @returns the partitions as they are done, in their order
 * @throws CodedError `RESTORE_NOTHING_FOUND` when the dump has nothing of them; when the store or the cluster can't be read; objects of the dump that can't are told in the result
 */
export async function* verifyDump(verification: DumpVerification): AsyncIterable<PartitionComparison> {
  const places = await Array.fromAsync(verification.dumped.partitions(verification.selection))
  if (places.length === 0) await requireFound(verification.dumped, verification.selection, places)
  const facts = factsOf(verification)
  const compare = (place: DumpedPartition) => compareDumped(verification, place, facts)
  yield* pMapIterable(places.toSorted(byPlace), compare, { concurrency: PARTITIONS_AT_ONCE })
  yield* absentPartitions(verification, places, facts)
}

async function compareDumped(
  { dumped, topics, selection, compared, isNotKept, signal }: DumpVerification,
  place: DumpedPartition,
  facts: (topic: string) => Promise<TopicFacts>,
): Promise<PartitionComparison> {
  const { topic, partition } = place
  const findings = noFindings()
  const tally = new Tally(place, compared)
  const first = new RecordStream(recordsOf(dumped.read(place, selection, { skipCorrupt: true, findings, signal })))
  await first.fill()
  // Asked after the dump was read, which may continue meanwhile.
  const { bounds, begins, isCompacted } = await facts(topic)
  const { start = 0, end = 0 } = bounds.get(partition) ?? {}
  const begin = selection.from === undefined ? undefined : begins.get(partition)?.start
  const from = Math.max(start, begin ?? 0, place.firstOffset ?? first.head?.offset ?? 0)
  // What the dump has behind the end that was asked for is there as well: the dump continues.
  const range = { topic, partition, from, end: bounds.has(partition) ? Number.MAX_SAFE_INTEGER : 0 }
  const second = new RecordStream(notBefore(selection.from, topics.read(range, signal)))
  try {
    const last = await compareByOffset(first, second, tally, {
      compared,
      isGone: ({ offset }) => bounds.size === 0 || offset < start || isCompacted,
      isNotKept,
    })
    tally.count('before', begin === undefined ? Math.max(from - start, 0) : 0)
    tally.count('notYet', Math.max(end - Math.max(last === undefined ? from : last + 1, start), 0))
  } finally {
    await Promise.all([first.close(), second.close()])
  }
  return tally.result({ unreadable: findings.corrupt.map(({ key, error }) => ({ key, message: error.message })) })
}

/** Partitions that have records and nothing in the dump, of topics that it has something of. */
async function* absentPartitions(
  { selection, compared }: DumpVerification,
  places: DumpedPartition[],
  facts: (topic: string) => Promise<TopicFacts>,
): AsyncIterable<PartitionComparison> {
  const byTopic = Map.groupBy(places, ({ topic }) => topic)
  for (const [topic, dumped] of byTopic) {
    const { begins } = await facts(topic)
    for (const [partition, { start, end }] of begins) {
      const isWanted = selection.partitions?.includes(partition) ?? true
      if (!isWanted || end <= start || dumped.some(place => place.partition === partition)) continue
      const tally = new Tally({ topic, partition }, compared)
      tally.count('notYet', end - start)
      yield tally.result({ absent: true })
    }
  }
}

/** Asks once for each topic. */
function factsOf({ topics, selection, isCompacted }: DumpVerification): (topic: string) => Promise<TopicFacts> {
  const known = new Map<string, Promise<TopicFacts>>()
  async function ask(topic: string): Promise<TopicFacts> {
    const bounds = await topics.bounds(topic)
    const begins = selection.from === undefined ? bounds : await topics.bounds(topic, selection.from)
    return { bounds, begins, isCompacted: bounds.size > 0 && (await isCompacted(topic)) }
  }
  return topic => {
    const asked = known.get(topic) ?? ask(topic)
    known.set(topic, asked)
    return asked
  }
}

async function* recordsOf(batches: AsyncIterable<{ records: KafkaRecord[] }>): AsyncIterable<KafkaRecord[]> {
  for await (const { records } of batches) yield records
}

const byPlace = (one: TopicPartition, other: TopicPartition) =>
  one.topic < other.topic ? -1 : one.topic > other.topic ? 1 : one.partition - other.partition
