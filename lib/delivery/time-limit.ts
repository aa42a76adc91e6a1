/** The moments of an invocation, in milliseconds since the epoch. docs/failures.md draws them. */
export interface TimeLimit {
  start: number
  /** When requests to the store or target end, those under way included. */
  stop: number
  /** When putting records aside has to be over. */
  putAside: number
}

/** The time after the stop: a share of the whole, up to a maximum in milliseconds. */
interface Reserve {
  share: number
  maxMs: number
}

/** Nothing is left to do but to write log lines, to remember what was written, and to answer. */
const TO_ANSWER: Reserve = { share: 0.1, maxMs: 2_000 }

/**
 * A producer has to connect and log in, which takes a second or two, and to send what may be the whole event. A larger share
 * would be taken from records that only need more time.
 */
const TO_PUT_ASIDE: Reserve = { share: 0.2, maxMs: 10_000 }

/** The part of the reserve that remains when records have been put aside. */
const ANSWER_SHARE = 0.02

/** The rule for how long an invocation tries: until the reserve begins, and no attempt ends earlier because it is an attempt. */
export function timeLimit(remainingMs: number, hasSink: boolean): TimeLimit {
  const start = Date.now()
  const end = start + remainingMs
  const { share, maxMs } = hasSink ? TO_PUT_ASIDE : TO_ANSWER
  return {
    start,
    stop: end - Math.min(remainingMs * share, maxMs),
    putAside: end - remainingMs * ANSWER_SHARE,
  }
}

/**
 * Half of the time: a peer that answers within half of an invocation's time then never has records put aside, however many of
 * them wait for their turn. A minute is the usual limit of gateways: what has no answer by then won't get one.
 */
const REAL_TRY_SHARE = 0.5
const REAL_TRY_MS = 60_000

/**
 * Whether a request that has not succeeded was really tried: from its first attempt until the stop it had more than half of the
 * time there was, or more than a minute. Records that weren't are neither put aside nor committed.
 *
 * @param began when its first attempt was sent; undefined if none was
 */
export function wasReallyTried(began: number | undefined, { start, stop }: TimeLimit): boolean {
  return began !== undefined && stop - began > Math.min(REAL_TRY_MS, (stop - start) * REAL_TRY_SHARE)
}
