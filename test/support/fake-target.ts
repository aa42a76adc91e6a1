import { randomUUID } from 'node:crypto'
import type { NewTopic } from '../../lib/kafka/admin/new-topic.ts'
import { UnknownTopicError } from '../../lib/kafka/error.ts'
import type { OutgoingRecord } from '../../lib/record.ts'
import type { TargetClients } from '../../lib/restore/target-clients.ts'

interface FakeTopic {
  id: string
  /** Records by partition. */
  logs: OutgoingRecord[][]
  /** How many records are deleted at the beginning of each partition. */
  start: number
}

/** A target cluster in memory, without transactions' markers, for what a restore decides before and after it writes. */
export class FakeTarget {
  readonly topics = new Map<string, FakeTopic>()
  /** What was changed. */
  readonly changes: string[] = []
  /** Why no topic can be created. */
  refusal?: Error
  /** The id of all topics, on brokers that know none. */
  onlyId?: string

  create(topic: string, partitions: number): void {
    if (this.topics.has(topic)) return
    const logs = Array.from({ length: partitions }, () => [])
    this.topics.set(topic, { id: this.onlyId ?? randomUUID(), logs, start: 0 })
  }

  append(topic: string, records: readonly OutgoingRecord[]) {
    const { logs } = this.#existing(topic)
    return [...Map.groupBy(records, ({ partition = 0 }) => partition)].map(([partition, some]) => {
      const log = logs[partition] as OutgoingRecord[]
      const firstOffset = log.length
      log.push(...some)
      return { partition, firstOffset, records: some.length }
    })
  }

  /** The values of all records of a topic, by partition. */
  values(topic: string): string[][] {
    const { logs, start } = this.#existing(topic)
    return logs.map(log => log.slice(start).map(({ value }) => String(value)))
  }

  /** Clients of one process. */
  clients(): TargetClients {
    const claimed = new Set<string>()
    const send = async (topic: string, records: OutgoingRecord[]) => this.append(topic, records)
    return {
      admin: {
        clusterId: async () => 'target',
        partitionCount: async (topic: string) => this.topics.get(topic)?.logs.length,
        settingsInEffect: async () => new Map(),
        createTopic: async ({ topic, partitions }: NewTopic) => {
          if (this.refusal) throw this.refusal
          if (!topic.endsWith('.internal')) this.changes.push(`create ${topic} of ${partitions}`)
          this.create(topic, partitions)
        },
        validateTopic: async () => {
          if (this.refusal) throw this.refusal
        },
        deleteTopic: async (topic: string) => {
          this.changes.push(`delete ${topic}`)
          this.topics.delete(topic)
        },
        addPartitions: async () => new Map(),
      },
      hasRecords: async (topic: string) => this.values(topic).some(values => values.length > 0),
      bounds: async (topic: string) => {
        const { logs, start } = this.#existing(topic)
        return new Map(
          logs.map((log, partition) => [partition, { start: Math.min(start, log.length), end: log.length }]),
        )
      },
      topicId: async (topic: string) => this.#existing(topic).id,
      producer: { send },
      transactions: {
        settled: async () => {},
        async transaction(id: string, _: number, run: (transaction: object) => Promise<unknown>) {
          const then: (() => void)[] = []
          const whenCommitted = (action: () => void) => then.push(action)
          const done = await run({ claimed: !claimed.has(id), send, whenCommitted })
          claimed.add(id)
          for (const action of then) action()
          return done
        },
      },
      log: {
        read: async (topic: string, from: number, { take }: { take(record: OutgoingRecord): void }) => {
          const [log = []] = this.#existing(topic).logs
          for (const record of log.slice(from)) take(record)
          return log.length
        },
      },
    } as never
  }

  #existing(topic: string): FakeTopic {
    const found = this.topics.get(topic)
    if (!found) throw new UnknownTopicError(topic, `${topic} does not exist`, false)
    return found
  }
}
