import type { TopicPartition } from './record.ts'

/** Values by topic-partition, in the order in which they were first set. */
export class PartitionMap<T> {
  /** No topic's name has a slash. */
  readonly #values = new Map<string, T>()

  /** @param entries a later entry of the same topic-partition replaces an earlier one */
  constructor(entries: Iterable<[TopicPartition, T]> = []) {
    for (const [partition, value] of entries) this.set(partition, value)
  }

  get(partition: TopicPartition): T | undefined {
    return this.#values.get(keyOf(partition))
  }

  set(partition: TopicPartition, value: T): void {
    this.#values.set(keyOf(partition), value)
  }

  /** The value of a topic-partition, which `create` makes if there is none yet. */
  getOrCreate(partition: TopicPartition, create: () => T): T {
    const found = this.get(partition)
    if (found !== undefined) return found
    const created = create()
    this.set(partition, created)
    return created
  }

  values(): MapIterator<T> {
    return this.#values.values()
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}
