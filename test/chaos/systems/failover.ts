import { setTimeout as sleep } from 'node:timers/promises'
import { createGroupOffsets, type GroupOffsets, type Position } from '../../../lib/kafka/admin/group-offsets.ts'
import type { KafkaSettings } from '../../../lib/kafka/client/settings.ts'
import { createPartitionRecords, type PartitionRecords } from '../../../lib/kafka/read/partition-records.ts'
import type { TopicPartition } from '../../../lib/record.ts'
import { numberOf } from '../load/numbered-record.ts'
import { until } from '../until.ts'
import type { Job } from './job.ts'

export interface FailoverOptions {
  /** Without the proxies, as those of the target. */
  source: KafkaSettings
  target: KafkaSettings
  /** The target topic of each source topic. */
  onTarget: ReadonlyMap<string, string>
  group: string
  sync: Job
  say(line: string): void
}

/** Where the group is, as a part of each partition. */
const READ = 0.6
/** Between two commits of the group, in milliseconds. */
const PAUSE_MS = 1_000
const COMMIT_MS = 30_000

/** Where a group is on the target, and where it is on the source then, or was before. */
interface Pair {
  position: Position
  there: Position
}

/**
 * A consumer group that reads a part of each source partition while the load comes, and would continue on the target at any moment:
 * it must leave out nothing there. Each position that it is given on the target is compared with that which it has on the source then.
 */
export class FailoverGroup {
  readonly #options: FailoverOptions
  readonly #groups: { source: GroupOffsets; target: GroupOffsets }
  readonly #records: { source: PartitionRecords; target: PartitionRecords }
  /** By positions on the target: the first pair of each, as the group only goes forwards on the source. */
  readonly #pairs = new Map<string, Pair>()
  readonly #broken: string[] = []
  #compared = 0
  #pausing = new AbortController()
  #reading: Promise<void>

  constructor(options: FailoverOptions) {
    const { source, target } = options
    this.#options = options
    this.#groups = { source: createGroupOffsets(source, 'failover'), target: createGroupOffsets(target, 'failover') }
    this.#records = {
      source: createPartitionRecords(source, 'failover'),
      target: createPartitionRecords(target, 'failover'),
    }
    this.#reading = this.#read()
  }

  /** Stops reading when all is replicated, and compares the positions until now, whose records are still there. */
  async pause(): Promise<void> {
    this.#pausing.abort()
    await this.#reading
    await this.#compare(Array.from(this.#pairs.values()))
    this.#pairs.clear()
  }

  /** Reads on, topics from their beginning that were created again. */
  resume(): void {
    this.#pausing = new AbortController()
    this.#reading = this.#read()
  }

  /**
   * Loses the source, first with the positions that are there, then after a last sync.
   *
   * @returns a sentence for each partition in which records would be left out at some moment
   */
  async failOver(): Promise<string[]> {
    await this.pause()
    await until(() => this.#commit(), `${this.#options.group} has positions on the source`)
    const again = await this.#compare(await this.#look())
    this.#options.say(`${this.#compared} positions on the target were compared with those on the source`)
    this.#options.say(`after a failover without a last sync, the group reads about ${again} records again`)
    const last = await this.#compare(await this.#synced())
    this.#options.say(`after the failover the group reads about ${last} records again`)
    return this.#broken
  }

  async stop(): Promise<void> {
    this.#pausing.abort()
    await this.#reading
    const { source, target } = this.#groups
    await Promise.all([source, target, this.#records.source, this.#records.target].map(each => each.close()))
  }

  async #read(): Promise<void> {
    const { signal } = this.#pausing
    while (!signal.aborted) {
      try {
        for (const pair of await this.#look()) {
          const key = `${placeOf(pair.there)} ${pair.there.offset}`
          if (!this.#pairs.has(key)) this.#pairs.set(key, pair)
        }
        await this.#commit()
      } catch {
        // A cluster that is away has no news.
      }
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => {})
    }
  }

  /** The target first: what the group commits on the source meanwhile brings it forwards only. */
  async #look(): Promise<Pair[]> {
    const { group, onTarget } = this.#options
    const there = (await this.#groups.target.committed([group])).get(group) ?? []
    const positions = (await this.#groups.source.committed([group])).get(group) ?? []
    const byPlace = new Map(there.map(position => [placeOf(position), position]))
    return positions.flatMap(position => {
      const { topic, partition } = position
      const given = byPlace.get(placeOf({ topic: onTarget.get(topic) ?? '', partition }))
      return given ? [{ position, there: given }] : []
    })
  }

  /** Goes forwards in partitions that have records. @returns whether all positions are set */
  async #commit(): Promise<boolean> {
    const { group, onTarget } = this.#options
    const positions: Position[] = []
    for (const topic of onTarget.keys())
      for (const [partition, { start, end }] of await this.#records.source.bounds(topic))
        if (end > start) positions.push({ topic, partition, offset: start + Math.floor((end - start) * READ) })
    const results = await this.#groups.source.commit([{ group, positions }], Date.now() + COMMIT_MS)
    return results.get(group) === 'set'
  }

  /** All positions, once each has one on the target. */
  async #synced(): Promise<Pair[]> {
    const { group, sync } = this.#options
    const { length } = (await this.#groups.source.committed([group])).get(group) ?? []
    let pairs: Pair[] = []
    await until(async () => {
      await sync.run()
      pairs = await this.#look()
      return pairs.length >= length
    }, `${group} has positions on the target`)
    return pairs
  }

  /** Notes where records would be left out. @returns about how many are read again */
  async #compare(pairs: Pair[]): Promise<number> {
    let again = 0
    this.#compared += pairs.length
    for (const { position, there } of pairs) {
      const next = await nextSequence(this.#records.source, position)
      const nextThere = await nextSequence(this.#records.target, there)
      if (nextThere > next)
        this.#broken.push(`after a failover, ${placeOf(position)} continues with ${nextThere} instead of ${next}`)
      else if (Number.isFinite(next)) again += next - nextThere
    }
    return again
  }
}

const placeOf = ({ topic, partition }: TopicPartition) => `${topic}-${partition}`

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
