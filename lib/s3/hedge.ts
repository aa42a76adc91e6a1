import type { HttpRequest, HttpResponse } from '@smithy/core/protocols'
import type { NodeHttpHandlerOptions } from '@smithy/node-http-handler'
import { ExpectContinueHandler } from './expect-continue.ts'
import { PRECONDITION_FAILED } from './passing.ts'

/**
 * The share of the time left without an answer after which a request is sent once more. A connection that a network has
 * dropped without a word then costs a quarter of an invocation, and three quarters are left for a store that is merely slow.
 */
const WAIT_SHARE = 0.25

/** A healthy store answers in less, and near the end of an invocation more requests would only add to its load. */
const SHORTEST_WAIT_MS = 1_000

/** How long a request may take. */
export interface SendOptions {
  /** Ends the request. */
  abortSignal?: AbortSignal
  /** When that will be, in milliseconds since the epoch. Absent: the request is sent only once. */
  deadline?: number
}

interface Answer {
  response: HttpResponse
}

/** Sends a request until the signal aborts. */
type Send = (signal: AbortSignal) => Promise<Answer>

/**
 * Sends a PUT that has no answer for a long time once more, over a new connection. Objects and parts are the same whoever
 * writes them, so it doesn't matter whether both arrive. All other requests are sent once: a second CreateMultipartUpload would
 * leave an upload that nobody completes, and a second CompleteMultipartUpload finds none when the first has completed it.
 */
export class HedgingHandler extends ExpectContinueHandler {
  readonly #options: (keepAlive: boolean) => NodeHttpHandlerOptions
  /** Each of its requests has a connection of its own: those kept open may be lost, too. */
  #fresh: ExpectContinueHandler | undefined

  /** @param options those of a handler that keeps connections open, or not */
  constructor(options: (keepAlive: boolean) => NodeHttpHandlerOptions) {
    super(options(true))
    this.#options = options
  }

  override async handle(request: HttpRequest, options: object = {}): Promise<Answer> {
    // The SDK passes on the options of `send`.
    const { abortSignal, deadline } = options as SendOptions
    if (request.method !== 'PUT' || deadline === undefined) return await super.handle(request, options)
    const send = (handle: ExpectContinueHandler['handle']) => (signal: AbortSignal) =>
      handle(request, { abortSignal: abortSignal ? AbortSignal.any([abortSignal, signal]) : signal })
    const again = () => {
      this.#fresh ??= new ExpectContinueHandler(this.#options(false))
      return this.#fresh
    }
    return await hedged(
      send((...args) => super.handle(...args)),
      send((...args) => again().handle(...args)),
      deadline,
    )
  }

  override destroy(): void {
    super.destroy()
    this.#fresh?.destroy()
  }
}

/**
 * Sends a request, and once more when it has no answer for a share of the time left. The first answer wins and ends the other
 * request. Only success counts as an answer of the second one: a store that is slow may also refuse additional requests, and
 * the first one may still succeed. After such a failure it is sent again.
 */
export async function hedged(first: Send, again: Send, deadline: number): Promise<Answer> {
  const waitMs = Math.max((deadline - Date.now()) * WAIT_SHARE, SHORTEST_WAIT_MS)
  const firstRequest = new AbortController()
  const answer = first(firstRequest.signal)
  for (;;) {
    if ((await settlesWithin(answer, waitMs)) || Date.now() >= deadline) return await answer
    const request = new AbortController()
    const winner = await Promise.race([
      answer.then(
        result => ({ result, loser: request }),
        error => {
          request.abort()
          throw error
        },
      ),
      again(request.signal).then(
        result => (isSuccess(result) ? { result, loser: firstRequest } : undefined),
        () => undefined,
      ),
    ])
    if (winner) {
      winner.loser.abort()
      return winner.result
    }
    // Nobody reads its answer.
    request.abort()
  }
}

/** A conditional write of a key that has an object counts: with hedging, it is most likely the other request's. */
function isSuccess({ response: { statusCode } }: Answer): boolean {
  return statusCode < 300 || statusCode === PRECONDITION_FAILED
}

function settlesWithin(answer: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(false), ms)
    const settled = () => {
      clearTimeout(timer)
      resolve(true)
    }
    answer.then(settled, settled)
  })
}
