import pLimit from 'p-limit'
import type { KafkaSettings } from '../../../lib/kafka/client/settings.ts'
import type { EventSourceMapping } from '../../../lib/offline/mapping/event-source-mapping.ts'
import { undeclaredRules } from '../../../lib/offline/mapping/event-source-mapping.ts'
import { Poller } from '../../../lib/offline/poller/poller.ts'
import type { ChaosMapping } from './system.ts'

export interface MappingOptions {
  connection: KafkaSettings
  topic: string
  groupId: string
  /** 1–10,000. */
  batchSize: number
  reportBatchItemFailures: boolean
  invoke(payload: Buffer): Promise<unknown>
  say(line: string): void
}

/** Lambda's default for Kafka, in milliseconds. Source: AWS Lambda Developer Guide, "Batching behavior". */
const BATCHING_WINDOW_MS = 500

/** An event source mapping of one topic: the project's own poller, in this process. */
export class MappingUnderTest implements ChaosMapping {
  readonly #options: MappingOptions
  #poller: Poller
  readonly #others = new Set<Poller>()
  /** What happens to its pollers happens in turn. */
  readonly #turns = pLimit(1)

  constructor(options: MappingOptions) {
    this.#options = options
    this.#poller = this.#start(options.batchSize)
  }

  restart(batchSize = this.#options.batchSize): Promise<void> {
    return this.#turns(async () => {
      await this.#poller.stop()
      this.#poller = this.#start(batchSize)
    })
  }

  /** Stops all of its pollers. @returns what starts the first one again; what is asked of the mapping meanwhile waits for it */
  async pause(): Promise<() => void> {
    const [stopped, resumed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    void this.#turns(async () => {
      await this.stop()
      stopped.resolve()
      await resumed.promise
      this.#poller = this.#start(this.#options.batchSize)
    })
    await stopped.promise
    return resumed.resolve
  }

  async addPoller(): Promise<() => Promise<void>> {
    const poller = await this.#turns(() => this.#start(this.#options.batchSize))
    this.#others.add(poller)
    return async () => {
      this.#others.delete(poller)
      await poller.stop()
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.#poller, ...this.#others].map(poller => poller.stop()))
  }

  #start(batchSize: number): Poller {
    const { connection, topic, groupId, reportBatchItemFailures, invoke, say } = this.#options
    const mapping: EventSourceMapping = {
      ...undeclaredRules,
      ...{ topic, consumerGroupId: groupId, functionKey: groupId, functionName: groupId, batchSize },
      ...{ eventSource: 'SelfManagedKafka', bootstrapServers: connection.brokers, reportBatchItemFailures },
      batchingWindowMs: BATCHING_WINDOW_MS,
    }
    const log = { info() {}, notice: say, warning: say, error: say }
    const poller = new Poller({ mapping, connection, invoke, onLag() {}, log })
    // Joins as soon as the cluster lets it.
    void poller.start()
    return poller
  }
}
