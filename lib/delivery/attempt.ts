import type { KafkaRecord } from '../record.ts'

/**
 * What a write gets beside its records: how long it may try, and where it reports what it has done.
 *
 * @public
 */
export interface WriteAttempt {
  /** Aborts when the invocation stops trying. */
  signal: AbortSignal
  /** The same moment, in milliseconds since the epoch. */
  deadline: number
  /**
   * Reports records that are stored for good, whether or not the write succeeds as a whole. They are not passed to `write`
   * again, and not put aside. A write that succeeds has delivered all its records, so it need not report those.
   */
  delivered(records: readonly KafkaRecord[]): void
}

/** What a write may use, and what it reports, while it delivers the records of one topic-partition. */
export interface Attempt extends WriteAttempt {
  /**
   * Runs what has to be done once for the batch and is no record: not again if it has succeeded before, in this invocation or in
   * an earlier one that failed with the same batch.
   */
  once(name: string, run: () => Promise<void>): Promise<void>
  /**
   * Repeats one of several independent requests of the write until it succeeds, its error is final, or the time is over.
   *
   * @throws CodedError; `OUT_OF_TIME` when it was not really tried
   */
  repeat(request: Request, turns: Turns): Promise<void>
}

/** Runs something when it is its turn. */
export type Turns = (send: () => Promise<void>) => Promise<void>

/** A request of a write that doesn't depend on its other ones. */
export interface Request {
  /** What has to answer, such as a bucket and its endpoint; for the log. */
  peer: string
  send(): Promise<void>
}
