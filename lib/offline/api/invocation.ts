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
   * Invokes a function and waits for its response without a limit, because a developer may be at a breakpoint.
   *
   * @returns the function's response, undefined when it is empty
   * @throws an error with the message of the function's error, or the reason why it could not be invoked
   */
  invoke(functionName: string, payload: Buffer): Promise<unknown>
  /** Abandons the current invocations. */
  close(): void
}

/** Longer messages of a function's error are cut in log lines. */
const MAX_ERROR_LENGTH = 500

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

/** @param canRetry false for a request that is already a retry */
function send(
  { host, port }: LambdaEndpoint,
  agent: Agent,
  functionName: string,
  body: Buffer,
  canRetry = true,
): Promise<IncomingMessage> {
  const path = `/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`
  const headers = { 'content-type': 'application/octet-stream', 'content-length': body.length }
  return new Promise((resolve, reject) => {
    const outgoing = request({ host, port, agent, path, method: 'POST', headers }, resolve)
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed an idle connection at the moment it was reused.
      const wasIdle = outgoing.reusedSocket && error.code === 'ECONNRESET'
      if (wasIdle && canRetry) resolve(send({ host, port }, agent, functionName, body, false))
      else reject(error)
    })
    outgoing.end(body)
  })
}

/** serverless-offline quotes text without escaping it, so its responses are not always valid JSON. */
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
  return String(said).replaceAll(/\s+/g, ' ').slice(0, MAX_ERROR_LENGTH)
}
