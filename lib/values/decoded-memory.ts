import pLimit from 'p-limit'

const MEGABYTE = 2 ** 20

/**
 * Bytes that one decoded value may have, and a value that its registry's serializer has compressed: Kafka's usual limit of a
 * message is 1 MB, and Lambda's of a whole event 6 MB. A few bytes of Avro, or of compressed text, can stand for any number.
 */
export const MOST_VALUE_BYTES = 16 * MEGABYTE

/** Bytes that the decoded values of each batch may have at any time, as long as those of all batches have no more than this. */
const SHARE_BYTES = 16 * MEGABYTE
const SHARES_BYTES = 128 * MEGABYTE

/** Bytes that the decoded values of the one batch whose turn it is may have. */
const TURN_BYTES = 192 * MEGABYTE

/** Batches that need more than their share, one after the other: a function has the memory for one. */
const turns = pLimit(1)

/** What all batches have of their shares. */
let sharesTaken = 0

/** The memory of one batch's decoded values. */
export class DecodedMemory {
  #taken = 0
  /** The part of it that is of its share. */
  #ofShare = 0
  #endTurn: (() => void) | undefined

  /**
   * Takes memory. What is more than the batch's share, or than all shares, waits until no other batch has more than its own.
   *
   * @returns whether it is there: there is always enough for a single value
   * @throws any error when the signal aborts while it waits
   */
  take(bytes: number, signal?: AbortSignal): boolean | Promise<boolean> {
    if (this.#taken > 0 && this.#taken + bytes > TURN_BYTES) return false
    this.#taken += bytes
    if (this.#endTurn !== undefined) return true
    if (this.#taken > SHARE_BYTES || sharesTaken + bytes > SHARES_BYTES) return this.#waitForTurn(signal)
    this.#ofShare += bytes
    sharesTaken += bytes
    return true
  }

  /** Gives some of it back. */
  give(bytes: number): void {
    this.#taken -= bytes
    this.#giveShare(Math.min(bytes, this.#ofShare))
  }

  /** Gives all of it back, and keeps the turn: more values of the batch follow. */
  giveAll(): void {
    this.#taken = 0
    this.#giveShare(this.#ofShare)
  }

  /** Ends the batch's turn. */
  end(): void {
    this.giveAll()
    this.#endTurn?.()
    this.#endTurn = undefined
  }

  #giveShare(bytes: number): void {
    this.#ofShare -= bytes
    sharesTaken -= bytes
  }

  async #waitForTurn(signal?: AbortSignal): Promise<true> {
    const { promise: isTurn, resolve, reject } = Promise.withResolvers<void>()
    const abort = () => reject(signal?.reason)
    signal?.addEventListener('abort', abort)
    const hold = () =>
      new Promise<void>(end => {
        this.#endTurn = end
        resolve()
      })
    // A turn that comes too late is passed on.
    turns(() => (signal?.aborted ? undefined : hold()))
    try {
      await isTurn
      return true
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }
}
