import { type FunctionLogs, type LogEvent, NoLogError } from '../../cloudwatch/logs.ts'

/** How late a line may arrive, compared with the newest: lines come from several instances. */
const LATE_MS = 15_000

/** Lines after which those that are too old to come again are forgotten. */
const FORGET_AFTER = 10_000

/** The log of one function, read again and again from where it was read to. */
export class FollowedLog {
  /** Whether the log is there; known after the first reading. */
  exists = true
  readonly #logs: Pick<FunctionLogs, 'between'>
  readonly #functionName: string
  #from: number
  #newest = 0
  /** Lines that the next reading returns again, by their ids. */
  #known = new Map<string, number>()

  /** @param from in milliseconds since the epoch */
  constructor(logs: Pick<FunctionLogs, 'between'>, functionName: string, from: number) {
    this.#logs = logs
    this.#functionName = functionName
    this.#from = from
  }

  /** Lines that were not read before, some at a time. None where there is no log. */
  async *read(now: number): AsyncGenerator<LogEvent[]> {
    try {
      for await (const events of this.#logs.between(this.#functionName, this.#from, now))
        yield events.filter(event => this.#isNew(event))
      this.exists = true
    } catch (error) {
      if (!(error instanceof NoLogError)) throw error
      this.exists = false
    }
    this.#forget()
    this.#from = Math.max(this.#from, this.#newest - LATE_MS)
  }

  #isNew({ id, timestamp }: LogEvent): boolean {
    if (this.#known.has(id)) return false
    this.#newest = Math.max(this.#newest, timestamp)
    this.#known.set(id, timestamp)
    if (this.#known.size % FORGET_AFTER === 0) this.#forget()
    return true
  }

  #forget(): void {
    for (const [id, timestamp] of this.#known) if (timestamp < this.#newest - LATE_MS) this.#known.delete(id)
  }
}
