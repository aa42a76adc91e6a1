import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin, Consumer, Kafka } from 'kafkajs'
import { whileRunning } from './while-running.ts'

/** Where a group without a committed offset begins. */
export type StartingPosition =
  | { type: 'TRIM_HORIZON' }
  | { type: 'LATEST' }
  /** Milliseconds since the epoch. */
  | { type: 'AT_TIMESTAMP'; timestamp: number }

/** A consumer group of one topic, and where it starts. */
interface StartingGroup {
  topic: string
  groupId: string
  startingPosition: StartingPosition
}

/** Between two attempts to find or commit the start position. */
const PAUSE_MS = 1_000

/**
 * Commits the start position of a new group unless it is the topic's beginning. Otherwise a group that stops before its
 * first commit would start at a later position next time and miss the records in between.
 */
export function createAnchor(
  cluster: Kafka,
  consumer: Consumer,
  { topic, groupId, startingPosition }: StartingGroup,
  commit: (offsets: Map<number, number>) => Promise<void>,
) {
  const anchored = new Set<number>()

  async function startOffsets(partitions: number[]): Promise<Map<number, number>> {
    return await withAdmin(cluster, async admin => {
      const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
      const without = committed?.partitions.filter(
        ({ partition, offset }) => offset === '-1' && partitions.includes(partition),
      )
      if (!without?.length) return new Map()
      const starts =
        startingPosition.type === 'AT_TIMESTAMP'
          ? await admin.fetchTopicOffsetsByTimestamp(topic, startingPosition.timestamp)
          : await admin.fetchTopicOffsets(topic)
      const offsets = new Map(starts.map(({ partition, offset }) => [partition, Number(offset)]))
      return new Map(without.map(({ partition }) => [partition, offsets.get(partition) ?? 0]))
    })
  }

  return async (partitions: number[], isOver: () => boolean): Promise<void> => {
    const pending = partitions.filter(partition => !anchored.has(partition))
    if (startingPosition.type === 'TRIM_HORIZON' || pending.length === 0) return
    whileRunning(() => consumer.pause([{ topic, partitions: pending }]))
    while (!isOver()) {
      try {
        const offsets = await startOffsets(pending)
        if (isOver()) return
        if (offsets.size > 0) await commit(offsets)
        for (const [partition, offset] of offsets) consumer.seek({ topic, partition, offset: String(offset) })
        for (const partition of pending) anchored.add(partition)
        return consumer.resume([{ topic, partitions: pending }])
      } catch {
        // Either the group rebalances, which ends this call, or the cluster is briefly unavailable.
        await sleep(PAUSE_MS)
      }
    }
  }
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
