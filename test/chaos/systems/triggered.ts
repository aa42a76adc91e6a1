import { bundleOf } from './code.ts'
import { loggingVariables } from './environment.ts'
import { FunctionUnderTest } from './function.ts'
import { GroupProgress } from './group-progress.ts'
import { LogReader, type OnFailed } from './log-reader.ts'
import { MappingUnderTest } from './mapping.ts'
import type { SystemContext } from './system.ts'

export interface TriggeredOptions {
  /** The function's file in `functions/`. */
  code: string
  environment: Record<string, string>
  /** Whether responses list what failed: the mapping and the function have to agree. */
  partialResponses: boolean
  /** Gets the lines of the log about failed records. */
  onFailed?: OnFailed
}

/** How long an invocation may take, in milliseconds: shorter than most instances are frozen, and a store that hangs is met several times. */
export const LIMIT_MS = 8_000

/** What each system uses whose topics are read by mappings. */
export const usedByTriggered = ['brokers', 'network', 'topics', 'topic ids', 'mapping', 'function', 'clock'] as const

/** A function that is called by a mapping for each topic. */
export class Triggered {
  readonly function: FunctionUnderTest
  readonly mappings: MappingUnderTest[]
  readonly log: LogReader
  /** The consumer group of each topic. */
  readonly groups: ReadonlyMap<string, string>
  readonly #progress: GroupProgress

  static async start(context: SystemContext, options: TriggeredOptions): Promise<Triggered> {
    return new Triggered(context, options, await bundleOf(options.code))
  }

  private constructor({ world, name, topics, batchSize, say }: SystemContext, options: TriggeredOptions, file: string) {
    const { environment, partialResponses } = options
    const { connection, direct } = world.source
    this.log = new LogReader(say, options.onFailed)
    this.function = new FunctionUnderTest({
      ...{ kind: 'function', file, limitMs: LIMIT_MS, onLine: line => this.log.read(line) },
      environment: {
        ...loggingVariables,
        CONNECTOR_NAME: name,
        PARTIAL_BATCH_RESPONSES: String(partialResponses),
        ...environment,
      },
    })
    this.groups = new Map(topics.map(topic => [topic, `${name}-${topic}`]))
    this.#progress = new GroupProgress(direct, [...this.groups.values()])
    this.mappings = Array.from(
      this.groups,
      ([topic, groupId]) =>
        new MappingUnderTest({
          ...{ connection, topic, groupId, batchSize, say, reportBatchItemFailures: partialResponses },
          invoke: payload => this.function.invoke(payload),
        }),
    )
  }

  progress(): Promise<number> {
    return this.#progress.read()
  }

  /** Stops all mappings, as `connectors pause` does. @returns what `connectors resume` does */
  async pause(): Promise<() => void> {
    const resume = await Promise.all(this.mappings.map(mapping => mapping.pause()))
    return () => {
      for (const each of resume) each()
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.mappings.map(mapping => mapping.stop()))
    await Promise.all([this.function.stop(), this.#progress.close()])
  }
}
