import { setTimeout as sleep } from 'node:timers/promises'
import { createGroupOffsets, type GroupOffsets } from '../../../lib/kafka/admin/group-offsets.ts'
import type { KafkaSettings } from '../../../lib/kafka/client/settings.ts'

/** The most that one look takes, in milliseconds: a broker that is stopped doesn't answer. */
const LOOK_MS = 1_000

/** How far consumer groups are: the sum of their committed offsets. */
export class GroupProgress {
  readonly #groups: string[]
  readonly #offsets: GroupOffsets
  #last = 0
  #asking: Promise<void> | undefined

  /** @param connection without the proxies */
  constructor(connection: KafkaSettings, groups: string[]) {
    this.#groups = groups
    this.#offsets = createGroupOffsets(connection, 'chaos-progress')
  }

  /** Never rejects: the last figure when there is no newer one. */
  async read(): Promise<number> {
    this.#asking ??= this.#ask()
    await Promise.race([this.#asking, sleep(LOOK_MS, undefined, { ref: false })])
    return this.#last
  }

  async close(): Promise<void> {
    await this.#offsets.close()
  }

  async #ask(): Promise<void> {
    try {
      const committed = await this.#offsets.committed(this.#groups)
      const positions = [...committed.values()].flat()
      this.#last = positions.reduce((sum, { offset }) => sum + offset, 0)
    } catch {
      // A coordinator that is away has no news.
    } finally {
      this.#asking = undefined
    }
  }
}
