import type { CodedError } from '../error.ts'
import type { Log } from '../observability/logger.ts'
import type { TopicPartition } from '../record.ts'
import { errorFields } from './failed-records.ts'

/** How long a request may be without an answer before it is said. The pause before it is said again doubles. */
const PATIENCE_MS = 5_000

/** A request that waits for an answer. */
export interface Waiting {
  /** What has to answer, such as a bucket and its endpoint. */
  peer: string
  since: number
}

/** Says in the log what an invocation waits for, once per pause whatever the number of requests. */
export class WaitingLog {
  readonly #logger: Log
  readonly #stop: number
  readonly #waiting = new Set<Waiting>()
  #timer: NodeJS.Timeout | undefined
  #pauseMs = PATIENCE_MS
  /** Attempts that failed and were not told yet, and when the next line about such may be written. */
  #repeated = 0
  #nextRepeated = 0
  #repeatedPauseMs = PATIENCE_MS

  /** @param stop when the invocation stops trying, in milliseconds since the epoch */
  constructor(logger: Log, stop: number) {
    this.#logger = logger
    this.#stop = stop
  }

  begin(peer: string): Waiting {
    const waiting = { peer, since: Date.now() }
    this.#waiting.add(waiting)
    this.#timer ??= setTimeout(() => this.#tell(), PATIENCE_MS)
    return waiting
  }

  /** A part of the request is answered: the rest of it has waited only since then. */
  progressed(waiting: Waiting): void {
    // The oldest comes first.
    if (!this.#waiting.delete(waiting)) return
    waiting.since = Date.now()
    this.#waiting.add(waiting)
  }

  end(waiting: Waiting): void {
    this.#waiting.delete(waiting)
  }

  /** An attempt has failed and is made again. The first one is told at once, later ones together. */
  repeated({ topic, partition }: TopicPartition, peer: string, error: CodedError): void {
    this.#repeated += 1
    const now = Date.now()
    if (now < this.#nextRepeated) return
    const told = { topic, partition, waitingFor: peer, attempts: this.#repeated, remainingMs: this.#stop - now }
    this.#logger.warn('Delivery is repeated', { ...told, ...errorFields(error) })
    this.#repeated = 0
    this.#nextRepeated = now + this.#repeatedPauseMs
    this.#repeatedPauseMs *= 2
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  /** Looks for requests that have been without an answer for too long. */
  #tell(): void {
    const now = Date.now()
    const silent = [...this.#waiting].filter(({ since }) => now - since >= PATIENCE_MS)
    for (const [peer, requests] of Map.groupBy(silent, request => request.peer)) {
      const longestMs = requests.reduce((longest, { since }) => Math.max(longest, now - since), 0)
      const told = { waitingFor: peer, requests: requests.length, longestMs, remainingMs: this.#stop - now }
      this.#logger.warn('No answer yet', told)
    }
    this.#timer = setTimeout(() => this.#tell(), silent.length > 0 ? this.#pauseMs : this.#untilSilent(now))
    if (silent.length > 0) this.#pauseMs *= 2
  }

  /** Milliseconds until the oldest request may have been silent for too long. */
  #untilSilent(now: number): number {
    const oldest = this.#waiting.values().next().value
    return PATIENCE_MS - (oldest ? now - oldest.since : 0)
  }
}
