import { randomUUID } from 'node:crypto'
import type { EventSourceMapping } from './event-source-mapping.ts'

/** The last result of a mapping that has called no function yet. Source: AWS Lambda, "Lambda event source mappings". */
export const NO_RECORDS = 'No records processed'

/** Runs one mapping. */
export interface Runner {
  /** As AWS reports it: see `DeployedMapping`. */
  readonly lastResult: string
  start(): Promise<void>
  stop(): Promise<void>
}

/** A mapping with its UUID and tags. */
export interface RunningMapping {
  uuid: string
  mapping: EventSourceMapping
  tags: Record<string, string>
  /** Absent while the mapping is disabled. */
  runner?: Runner
}

/** The mappings of this process. Each runs while it is enabled. */
export class Mappings {
  readonly #createRunner: (mapping: EventSourceMapping, uuid: string) => Runner
  readonly #entries = new Map<string, RunningMapping>()

  constructor(createRunner: (mapping: EventSourceMapping, uuid: string) => Runner) {
    this.#createRunner = createRunner
  }

  /** The mappings of a function; all mappings when no name is given. */
  list(functionName?: string): RunningMapping[] {
    return [...this.#entries.values()].filter(
      ({ mapping }) => functionName === undefined || mapping.functionName === functionName,
    )
  }

  get(uuid: string): RunningMapping | undefined {
    return this.#entries.get(uuid)
  }

  /** Adds a mapping and starts it if it is enabled. */
  add(mapping: EventSourceMapping, tags: Record<string, string> = {}): RunningMapping {
    const entry: RunningMapping = { uuid: randomUUID(), mapping, tags }
    this.#entries.set(entry.uuid, entry)
    if (mapping.enabled) this.#run(entry)
    return entry
  }

  /** Enables or disables a mapping. Disabling leaves the group, which later continues at the committed offset. */
  async setEnabled(uuid: string, enabled: boolean): Promise<void> {
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

  /** Stops all mappings. */
  async stop(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(entry => this.#halt(entry)))
  }

  /** Doesn't wait until the group is joined. */
  #run(entry: RunningMapping) {
    entry.runner = this.#createRunner(entry.mapping, entry.uuid)
    void entry.runner.start()
  }

  async #halt(entry: RunningMapping): Promise<void> {
    const { runner } = entry
    entry.runner = undefined
    await runner?.stop()
  }
}
