import { asCodedError, CodedError } from '../error.ts'
import type { Log } from '../observability/logger.ts'
import type { TopicPartition } from '../record.ts'
import { repeatUntil } from '../retry.ts'
import type { Request, Turns } from './attempt.ts'
import { type TimeLimit, wasReallyTried } from './time-limit.ts'
import { WaitingLog } from './waiting.ts'

/** The longest delay of a timer; a longer one would fire at once. Source: Node.js, "Timers", `setTimeout`. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The watch for an answer to a request that consists of others. */
export interface Watch {
  /** One of them is answered. */
  progressed(): void
  /** They are watched themselves. */
  end(): void
}

interface WatchedRequest extends Omit<Request, 'send'> {
  send(watch: Watch): Promise<void>
}

/** The requests of one invocation: repeated until it stops trying, and watched while they have no answer. */
export class Trying {
  readonly limit: TimeLimit
  readonly #stopped = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #log: WaitingLog

  constructor(limit: TimeLimit, logger: Log) {
    this.limit = limit
    this.#log = new WaitingLog(logger, limit.stop)
    const left = Math.min(limit.stop - Date.now(), LONGEST_TIMER_MS)
    this.#timer = setTimeout(() => this.#stopped.abort(), left)
  }

  /** Aborts when the invocation stops trying. */
  get signal(): AbortSignal {
    return this.#stopped.signal
  }

  get isOver(): boolean {
    // A busy processor may reach this before the timer.
    if (Date.now() >= this.limit.stop) this.#stopped.abort()
    return this.signal.aborted
  }

  /**
   * Repeats a request until it succeeds, its error is final, or the invocation stops trying.
   *
   * @param turns limits how many requests are under way; a pause takes no turn, so that others are tried in the meantime
   * @throws CodedError; `OUT_OF_TIME` when the request was not really tried
   */
  async repeat(request: WatchedRequest, place: TopicPartition, turns?: Turns): Promise<void> {
    let began: number | undefined
    const send = async () => {
      if (this.isOver) throw outOfTime(place)
      began ??= Date.now()
      const waiting = this.#log.begin(request.peer)
      try {
        await request.send({
          progressed: () => this.#log.progressed(waiting),
          end: () => this.#log.end(waiting),
        })
      } finally {
        this.#log.end(waiting)
      }
    }
    try {
      await repeatUntil(
        this.limit.stop,
        () => this.signal,
        () => (turns ? turns(send) : send()),
        error => this.#log.repeated(place, request.peer, error),
      )
    } catch (thrown) {
      const error = asCodedError(thrown)
      throw error.retryable && !wasReallyTried(began, this.limit) ? outOfTime(place, error) : error
    }
  }

  /** Ends the timers. */
  close(): void {
    clearTimeout(this.#timer)
    this.#log.close()
  }
}

/** How many records an invocation has written or put aside, of how many. */
export interface Reached {
  done: number
  total: number
}

/** The error of records for which there was no time. The invocation fails, so that the trigger delivers them again. */
export function outOfTime({ topic, partition }: TopicPartition, cause?: CodedError, reached?: Reached): CodedError {
  const what = reached ? `${reached.done} of ${reached.total} records were done` : 'Some records were not really tried'
  const message = `${what} when the time was over. Raise the function’s time limit, or lower the batch size.`
  return new CodedError('OUT_OF_TIME', message, { topic, partition, retryable: true, cause })
}
