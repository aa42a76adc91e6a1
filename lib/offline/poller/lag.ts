import { setTimeout as sleep } from 'node:timers/promises'
import { createGroupOffsets, type GroupOffsets } from '../../kafka/admin/group-offsets.ts'
import type { KafkaSettings } from '../../kafka/client/settings.ts'

export interface LagOptions {
  connection: KafkaSettings
  topic: string
  groupId: string
  /** Takes the number of records that the group has yet to read of the topic. */
  report(records: number): void
  /** From one figure to the next, in milliseconds; default: {@link PAUSE_MS}. */
  pauseMs?: number
}

/** From one figure to the next, in milliseconds. Lambda has one each minute; whoever starts a service here looks at it at once. */
const PAUSE_MS = 15_000

/** The same after a failure, in milliseconds: the coordinator of a new group has to load it first. */
const AGAIN_MS = 1_000

/**
 * Reports again and again how far a group is behind. It asks the cluster, because the poller itself sees no new end of a
 * partition that it doesn't read while a record of it fails.
 */
export class Lag {
  readonly #options: LagOptions
  readonly #offsets: GroupOffsets
  readonly #stopping = new AbortController()
  #assigned: ReadonlySet<number> = new Set()

  constructor(options: LagOptions) {
    this.#options = options
    this.#offsets = createGroupOffsets(options.connection, options.groupId)
  }

  /** Takes the partitions that the mapping's pollers have. Those of other members are known once the group has a position there. */
  assign(partitions: ReadonlySet<number>): void {
    this.#assigned = partitions
  }

  /** Does nothing after `stop`. */
  async start(): Promise<void> {
    const { signal } = this.#stopping
    const { report, pauseMs = PAUSE_MS } = this.#options
    while (!signal.aborted) {
      const records = await this.#records().catch(() => undefined)
      if (signal.aborted) return
      // A cluster that is away is the poller's to tell; a figure that nobody could know is missing.
      if (records !== undefined) report(records)
      await sleep(records === undefined ? AGAIN_MS : pauseMs, undefined, { signal }).catch(() => {})
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#offsets.close()
  }

  /** @throws CodedError as those of {@link GroupOffsets} */
  async #records(): Promise<number> {
    const { topic, groupId } = this.#options
    const committed = (await this.#offsets.committed([groupId])).get(groupId) ?? []
    const positions = new Map(
      committed.filter(position => position.topic === topic).map(({ partition, offset }) => [partition, offset]),
    )
    const partitions = Array.from(this.#assigned.union(new Set(positions.keys())), partition => ({ topic, partition }))
    const bounds = (await this.#offsets.bounds(partitions)).get(topic)
    // Where the group has no position, it begins at the first record: it commits any other beginning before it reads.
    return partitions.reduce((sum, { partition }) => {
      const { start = 0, end = 0 } = bounds?.get(partition) ?? {}
      return sum + Math.max(end - Math.max(positions.get(partition) ?? start, start), 0)
    }, 0)
  }
}
