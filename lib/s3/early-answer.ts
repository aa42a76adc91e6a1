import type { IncomingMessage } from 'node:http'
import type { HttpRequest } from '@smithy/core/protocols'
import { NodeHttpHandler } from '@smithy/node-http-handler'

/**
 * Ends the connection of a request that was answered before its body was sent. A store that is busy answers without reading
 * the body, and the SDK then sends the request again over another connection; the first one would continue with memory that is
 * freed when the second has succeeded, and with whatever is in that memory by then.
 */
export class EarlyAnswerHandler extends NodeHttpHandler {
  override async handle(request: HttpRequest, options?: Parameters<NodeHttpHandler['handle']>[1]) {
    const answer = await super.handle(request, options)
    endUnlessSent(answer.response.body as IncomingMessage)
    return answer
  }
}

/** The answer itself is still read: it comes from the same connection. */
function endUnlessSent(body: IncomingMessage): void {
  const { socket } = body
  if (socket.writableLength > 0) body.once('end', () => socket.destroy())
}
