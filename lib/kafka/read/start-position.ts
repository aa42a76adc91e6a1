import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin, Consumer, Kafka } from 'kafkajs'
import type { TopicIds } from '../admin/topic-id.ts'
import { whileRunning } from './while-running.ts'

/** Where a group without a committed offset begins. */
export type StartingPosition =
  | { type: 'TRIM_HORIZON' }
  | { type: 'LATEST' }
  /** Milliseconds since the epoch. */
  | { type: 'AT_TIMESTAMP'; timestamp: number }

export interface StartOptions {
  topic: string
  groupId: string
  startingPosition: StartingPosition
  cluster: Kafka
  consumer: Consumer
  ids: TopicIds
  /** Commits the next offset to read of each partition. */
  commit(offsets: Map<number, number>): Promise<void>
  /** Called when the topic is another one than before: whatever is known of its partitions is over. */
  onRecreated(): void
}

/** Between two attempts to find or commit the start position. */
const PAUSE_MS = 1_000

/** From one look at the topic's id to the next, and how long a look may take, in milliseconds. */
const LOOK_MS = 5_000

/** How long an attempt to settle where partitions begin may take, in milliseconds: kafkajs waits for 30 s for an answer. */
const ATTEMPT_MS = 40_000

/** What kafkajs has where a group has no committed offset. */
const NO_OFFSET = '-1'

/** The metadata of a committed offset names the topic that it belongs to. */
const ID_METADATA = 'topic-id='

/**
 * Where a member begins to read the partitions that it gets, if not at the group's committed offset:
 *
 * - A new group begins at its start position, which is committed unless it is the topic's beginning. Otherwise a group that stops
 *   before its first commit would start at a later position next time and miss the records in between.
 * - A topic that was deleted and created again begins at its first record. Kafka's protocol for groups knows topics by their names:
 *   a member would continue at its offset in the deleted one, and miss the records before it.
 */
export class Start {
  readonly #options: StartOptions
  readonly #settled = new Set<number>()
  readonly #held = new Set<number>()
  /** Those that are read from the first record, as nothing that is known of them is of the present topic. */
  readonly #recreated = new Set<number>()
  #topicId: string | undefined

  constructor(options: StartOptions) {
    this.#options = options
  }

  /** To be committed with each offset. */
  get metadata(): string | null {
    return this.#topicId === undefined ? null : `${ID_METADATA}${this.#topicId}`
  }

  /** Whether it is not known yet where a partition begins: records of it must be ignored. */
  holds(partition: number): boolean {
    return this.#held.has(partition)
  }

  /**
   * Settles where partitions begin, and again whenever the topic is another one.
   *
   * @param partitions all of the member
   * @param signal aborts when the member gets other partitions, or stops
   */
  async watch(partitions: readonly number[], signal: AbortSignal): Promise<void> {
    for (const known of [this.#settled, this.#recreated, this.#held])
      for (const partition of known) if (!partitions.includes(partition)) known.delete(partition)
    this.#hold(partitions)
    while (!signal.aborted) {
      // Either the group rebalances, which ends this call, or the cluster is briefly unavailable.
      const isSettled = await this.#settleInTime(partitions, signal).catch(() => false)
      await sleep(isSettled ? LOOK_MS : PAUSE_MS, undefined, { signal }).catch(() => {})
    }
  }

  /** An attempt that hangs, such as one whose connection broke without a word, is left behind: another one is made. */
  async #settleInTime(partitions: readonly number[], signal: AbortSignal): Promise<boolean> {
    const attempt = new AbortController()
    const either = AbortSignal.any([signal, attempt.signal])
    try {
      const late = sleep(ATTEMPT_MS, false, { signal: either, ref: false })
      return await Promise.race([this.#settle(partitions, either).then(() => true), late])
    } finally {
      attempt.abort()
    }
  }

  async #settle(partitions: readonly number[], signal: AbortSignal): Promise<void> {
    const { topic, consumer, ids, commit, onRecreated } = this.#options
    const id = await ids.of(topic, Date.now() + LOOK_MS)
    if (signal.aborted) return
    if (this.#topicId !== undefined && this.#topicId !== id) {
      this.#settled.clear()
      for (const partition of partitions) this.#recreated.add(partition)
      this.#hold(partitions)
      onRecreated()
    }
    this.#topicId = id
    const pending = partitions.filter(partition => !this.#settled.has(partition))
    if (pending.length === 0) return
    const offsets = await this.#offsets(pending)
    if (!signal.aborted && offsets.size > 0) await commit(offsets)
    if (signal.aborted) return
    for (const [partition, offset] of offsets) consumer.seek({ topic, partition, offset: String(offset) })
    consumer.resume([{ topic, partitions: pending }])
    for (const partition of pending) {
      this.#settled.add(partition)
      this.#recreated.delete(partition)
      this.#held.delete(partition)
    }
  }

  #hold(partitions: readonly number[]) {
    const { topic, consumer } = this.#options
    const held = partitions.filter(partition => !this.#settled.has(partition))
    for (const partition of held) this.#held.add(partition)
    if (held.length > 0) whileRunning(() => consumer.pause([{ topic, partitions: held }]))
  }

  /** Of those that begin elsewhere than at the committed offset. */
  async #offsets(partitions: readonly number[]): Promise<Map<number, number>> {
    const { topic, groupId, startingPosition, cluster } = this.#options
    return await withAdmin(cluster, async admin => {
      const [fetched] = await admin.fetchOffsets({ groupId, topics: [topic] })
      const committed = new Map(fetched?.partitions.map(position => [position.partition, position]))
      const isOther = (partition: number) =>
        this.#recreated.has(partition) || isOfAnother(committed.get(partition)?.metadata, this.metadata)
      const isNew = (partition: number) =>
        startingPosition.type !== 'TRIM_HORIZON' && committed.get(partition)?.offset === NO_OFFSET
      const others = new Set(partitions.filter(isOther))
      const starting = new Set(partitions.filter(isNew)).difference(others)
      const firsts = others.size > 0 ? await admin.fetchTopicOffsets(topic) : []
      const starts = starting.size > 0 ? await startOffsets(admin, topic, startingPosition) : []
      return new Map([
        ...firsts
          .filter(({ partition }) => others.has(partition))
          .map(({ partition, low }) => [partition, Number(low)] as const),
        ...starts
          .filter(({ partition }) => starting.has(partition))
          .map(({ partition, offset }) => [partition, Number(offset)] as const),
      ])
    })
  }
}

/** Whether an offset was committed for another topic of the same name. What other programs commit says nothing of it. */
function isOfAnother(metadata: string | null | undefined, own: string | null): boolean {
  return metadata?.startsWith(ID_METADATA) === true && metadata !== own
}

async function startOffsets(admin: Admin, topic: string, position: StartingPosition) {
  return position.type === 'AT_TIMESTAMP'
    ? await admin.fetchTopicOffsetsByTimestamp(topic, position.timestamp)
    : await admin.fetchTopicOffsets(topic)
}

async function withAdmin<T>(cluster: Kafka, ask: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = cluster.admin()
  try {
    await admin.connect()
    return await ask(admin)
  } finally {
    await admin.disconnect()
  }
}
