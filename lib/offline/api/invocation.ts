import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'

/** Where serverless-offline answers Lambda's API. */
export interface LambdaEndpoint {
  host: string
  port: number
}

/** Invokes functions through Lambda's API. */
export interface Invoker {
  /**
   * Invokes a function and waits for its response, for hours if need be: a developer may sit at a breakpoint.
   *
   * @returns the function's response, undefined when it has none
   * @throws what the function threw, or why it could not be invoked
   */
  invoke(functionName: string, payload: Buffer): Promise<unknown>
  /** Gives up on what is under way. */
  close(): void
}

/** The longest text of a function's error in our lines. */
const ERROR_LENGTH = 500

export function createInvoker(endpoint: LambdaEndpoint): Invoker {
  const agent = new Agent({ keepAlive: true })
  return {
    async invoke(functionName, payload) {
      const response = await send(endpoint, agent, functionName, payload)
      const body = parse(await text(response))
      const failed = response.headers['x-amz-function-error'] !== undefined
      const status = response.statusCode ?? 0
      if (failed || status < 200 || status > 299) throw new Error(reason(body, status))
      return body
    },
    close: () => agent.destroy(),
  }
}

/** @param again false for a request that is already a second one */
function send(
  { host, port }: LambdaEndpoint,
  agent: Agent,
  functionName: string,
  body: Buffer,
  again = true,
): Promise<IncomingMessage> {
  const path = `/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`
  const headers = { 'content-type': 'application/octet-stream', 'content-length': body.length }
  return new Promise((resolve, reject) => {
    const outgoing = request({ host, port, agent, path, method: 'POST', headers }, resolve)
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed an idle connection at the moment in which it was used again.
      const idle = outgoing.reusedSocket && error.code === 'ECONNRESET'
      if (idle && again) resolve(send({ host, port }, agent, functionName, body, false))
      else reject(error)
    })
    outgoing.end(body)
  })
}

/** serverless-offline quotes a text without escaping it, so not all that it answers is JSON. */
function parse(body: string): unknown {
  if (body === '') return undefined
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

function reason(body: unknown, status: number): string {
  const { errorMessage, Message, message } = (body ?? {}) as {
    errorMessage?: unknown
    Message?: unknown
    message?: unknown
  }
  const said = errorMessage ?? Message ?? message ?? `HTTP status ${status}`
  return String(said).replaceAll(/\s+/g, ' ').slice(0, ERROR_LENGTH)
}
