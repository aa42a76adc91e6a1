import { randomUUID } from 'node:crypto'
import type { EventSourceMapping } from './event-source-mapping.ts'

/** What runs one mapping. */
export interface Runner {
  start(): Promise<void>
  stop(): Promise<void>
}

/** A mapping with what Lambda knows of it besides. */
export interface RunningMapping {
  uuid: string
  mapping: EventSourceMapping
  tags: Record<string, string>
}

interface Entry extends RunningMapping {
  runner?: Runner
}

/** The mappings of this process: each runs while it is enabled, and can be switched on and off. */
export class Mappings {
  readonly #createRunner: (mapping: EventSourceMapping) => Runner
  readonly #entries = new Map<string, Entry>()

  constructor(createRunner: (mapping: EventSourceMapping) => Runner) {
    this.#createRunner = createRunner
  }

  /** Those that call the function; all without a name. */
  list(functionName?: string): RunningMapping[] {
    return [...this.#entries.values()].filter(
      ({ mapping }) => functionName === undefined || mapping.functionName === functionName,
    )
  }

  get(uuid: string): RunningMapping | undefined {
    return this.#entries.get(uuid)
  }

  /** Adds a mapping, which runs from now on if it is enabled. */
  add(mapping: EventSourceMapping, tags: Record<string, string> = {}): RunningMapping {
    const entry: Entry = { uuid: randomUUID(), mapping, tags }
    this.#entries.set(entry.uuid, entry)
    if (mapping.enabled) this.#run(entry)
    return entry
  }

  /** Switches a mapping on or off. Off means that the group was left, and goes on later at the committed offset. */
  async change(uuid: string, enabled: boolean): Promise<void> {
    const entry = this.#entries.get(uuid)
    if (!entry || entry.mapping.enabled === enabled) return
    entry.mapping = { ...entry.mapping, enabled }
    if (enabled) this.#run(entry)
    else await this.#halt(entry)
  }

  async delete(uuid: string): Promise<void> {
    const entry = this.#entries.get(uuid)
    this.#entries.delete(uuid)
    if (entry) await this.#halt(entry)
  }

  /** Stops all of them. */
  async stop(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(entry => this.#halt(entry)))
  }

  /** Doesn't wait for Kafka: a runner does that by itself. */
  #run(entry: Entry) {
    entry.runner = this.#createRunner(entry.mapping)
    void entry.runner.start()
  }

  async #halt(entry: Entry): Promise<void> {
    const { runner } = entry
    entry.runner = undefined
    await runner?.stop()
  }
}
