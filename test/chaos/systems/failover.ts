import { createGroupOffsets, type GroupOffsets, type Position } from '../../../lib/kafka/admin/group-offsets.ts'
import type { KafkaSettings } from '../../../lib/kafka/client/settings.ts'
import { createPartitionRecords, type PartitionRecords } from '../../../lib/kafka/read/partition-records.ts'
import type { TopicPartition } from '../../../lib/record.ts'
import { numberOf } from '../load/numbered-record.ts'
import { until } from '../until.ts'
import type { Job } from './job.ts'

export interface FailoverOptions {
  source: KafkaSettings
  target: KafkaSettings
  /** The target topic of each source topic. */
  onTarget: ReadonlyMap<string, string>
  group: string
  sync: Job
  say(line: string): void
}

/** Where the group is when the source is lost, as a part of each partition. */
const READ = 0.6
const COMMIT_MS = 30_000

/**
 * Has a group read a part of each source partition, moves it to the target, and compares what it would read next on both.
 *
 * @returns a sentence for each partition in which records would be left out
 */
export async function failover({ source, target, onTarget, group, sync, say }: FailoverOptions): Promise<string[]> {
  const clusters = { source: createGroupOffsets(source, 'failover'), target: createGroupOffsets(target, 'failover') }
  const records = {
    source: createPartitionRecords(source, 'failover'),
    target: createPartitionRecords(target, 'failover'),
  }
  try {
    const positions = await readPartly(clusters.source, records.source, group, [...onTarget.keys()])
    const translated = await translatedPositions(clusters.target, group, sync, positions.length)
    const compared = await Promise.all(
      positions.map(async position => {
        const topic = onTarget.get(position.topic) ?? ''
        const there = translated.get(placeOf({ topic, partition: position.partition }))
        const next = await nextSequence(records.source, position)
        const nextThere = there && (await nextSequence(records.target, there))
        return { position, next, nextThere }
      }),
    )
    const again = compared.reduce((sum, { next, nextThere = next }) => sum + Math.max(next - nextThere, 0), 0)
    say(`after the failover the group reads about ${again} records again`)
    return compared
      .filter(({ next, nextThere = next }) => nextThere > next)
      .map(
        ({ position, next, nextThere }) =>
          `after a failover, ${placeOf(position)} continues with ${nextThere} instead of ${next}`,
      )
  } finally {
    for (const each of [clusters.source, clusters.target, records.source, records.target]) await each.close()
  }
}

const placeOf = ({ topic, partition }: TopicPartition) => `${topic}-${partition}`

/** A partition that was added when all was sent has no records, and no position that could be translated. */
async function readPartly(
  offsets: GroupOffsets,
  records: PartitionRecords,
  group: string,
  topics: string[],
): Promise<Position[]> {
  const positions: Position[] = []
  for (const topic of topics)
    for (const [partition, { start, end }] of await records.bounds(topic))
      if (end > start) positions.push({ topic, partition, offset: start + Math.floor((end - start) * READ) })
  const results = await offsets.commit([{ group, positions }], Date.now() + COMMIT_MS)
  if (results.get(group) !== 'set') throw new Error(`the positions of ${group} could not be set`)
  return positions
}

/** By place on the target, once all of them are there. */
async function translatedPositions(
  offsets: GroupOffsets,
  group: string,
  sync: Job,
  count: number,
): Promise<Map<string, Position>> {
  let positions: Position[] = []
  await until(async () => {
    await sync.run()
    positions = (await offsets.committed([group])).get(group) ?? []
    return positions.length >= count
  }, `${group} has positions on the target`)
  return new Map(positions.map(position => [placeOf(position), position]))
}

/** The number of the first committed record from a position on, within its source partition; infinity at the end. */
async function nextSequence(records: PartitionRecords, { topic, partition, offset }: Position): Promise<number> {
  const end = (await records.bounds(topic)).get(partition)?.end ?? offset
  for await (const batch of records.read({ topic, partition, from: offset, end })) {
    const [first] = batch
    if (first)
      return Number(
        numberOf([...first.headers])
          ?.split('/')
          .at(-1),
      )
  }
  return Number.POSITIVE_INFINITY
}
