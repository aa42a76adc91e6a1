import { HttpRequest } from '@smithy/core/protocols'
import { EarlyAnswerHandler } from './early-answer.ts'

type HandlerOptions = Parameters<EarlyAnswerHandler['handle']>[1]

/**
 * Time that a store has to say whether it wants a body, the connection included. Stores that know `Expect: 100-continue`
 * answer within a round trip; curl waits one second. The SDK's own wait is six seconds and can't be made shorter.
 */
const CONSENT_MS = 2_000

const HEADER = 'Expect'

/**
 * Sends requests, and notices a store that ignores `Expect: 100-continue`: the first body is then sent after a short wait, and
 * further ones at once.
 */
export class ExpectContinueHandler extends EarlyAnswerHandler {
  #isIgnored = false

  override async handle(request: HttpRequest, options: HandlerOptions = {}) {
    if (request.headers[HEADER] === undefined) return await super.handle(request, options)
    if (this.#isIgnored) return await super.handle(withoutAsking(request), options)
    const ignored = new AbortController()
    const timer = setTimeout(() => ignored.abort(), CONSENT_MS)
    const signals = [ignored.signal, options.abortSignal].filter(signal => signal instanceof AbortSignal)
    const asking = withWatchedBody(request, () => clearTimeout(timer))
    try {
      return await super.handle(asking, { ...options, abortSignal: AbortSignal.any(signals) })
    } catch (error) {
      if (!ignored.signal.aborted || options.abortSignal?.aborted) throw error
      this.#isIgnored = true
      return await super.handle(withoutAsking(request), options)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** The header is not signed, so the request is valid without it. */
function withoutAsking(request: HttpRequest): HttpRequest {
  const plain = HttpRequest.clone(request)
  delete plain.headers[HEADER]
  return plain
}

/** The request, but with a call when its body is sent, which is when the handler first reads it. */
function withWatchedBody(request: HttpRequest, onRead: () => void): HttpRequest {
  const get = () => {
    onRead()
    return request.body
  }
  return Object.defineProperty(HttpRequest.clone(request), 'body', { get })
}
