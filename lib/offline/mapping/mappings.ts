import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
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

  /**
   * Replaces a mapping by what it is from now on. It leaves the group, and continues at the committed offset when it is enabled.
   *
   * @throws an error, and changes nothing, if the mapping can't run like that
   */
  async change(uuid: string, mapping: EventSourceMapping): Promise<void> {
    const entry = this.#entries.get(uuid)
    if (!entry || isSame(entry.mapping, mapping)) return
    const former = entry.runner
    const runner = mapping.enabled ? this.#createRunner(mapping, uuid) : undefined
    Object.assign(entry, { mapping, runner })
    await former?.stop()
    // Another change, or the mapping's end, may have come meanwhile.
    if (entry.runner === runner) void runner?.start()
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

/** Whether two mappings run alike, however they are declared. */
function isSame(one: EventSourceMapping, other: EventSourceMapping): boolean {
  return isDeepStrictEqual({ ...one, declared: undefined }, { ...other, declared: undefined })
}
