import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { LambdaEndpoint } from './invocation.ts'
import { ApiError, type Body, type OperationContext, operations } from './operations.ts'

export interface LambdaApiOptions extends OperationContext {
  /** On the loopback address. */
  port: number
  /** Where functions are invoked. */
  functions: LambdaEndpoint
  /** The environment variables of a function; undefined when there is none of that name. */
  environmentOf(functionName: string): Record<string, string> | undefined
}

/**
 * Serves the part of AWS's APIs that deals with event source mappings, so that clients of Lambda work with the local mappings
 * when they use this endpoint. Invocations are forwarded to serverless-offline, and the functions' variables, log lines and
 * metrics can be read.
 *
 * Source: AWS Lambda API Reference; Amazon CloudWatch Logs API Reference, `FilterLogEvents`; Amazon CloudWatch API Reference,
 * `GetMetricData` and `GetMetricStatistics`, in the JSON protocol of the SDK.
 */
export async function serveLambdaApi(options: LambdaApiOptions): Promise<{ close(): void }> {
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing, options).catch(error => answerError(outgoing, error))
  })
  server.listen(options.port, '127.0.0.1')
  await once(server, 'listening')
  return { close: () => closeNow(server) }
}

function closeNow(server: Server) {
  server.close()
  server.closeAllConnections()
}

/** The names by which a client on this machine calls the server. */
const loopbackNames = ['localhost', '127.0.0.1', '[::1]']

async function handle(incoming: IncomingMessage, outgoing: ServerResponse, options: LambdaApiOptions): Promise<void> {
  // A web page whose own name is made to resolve to 127.0.0.1 could send any header, but not another Host.
  const host = URL.parse(`http://${incoming.headers.host}`)?.hostname ?? ''
  if (!loopbackNames.includes(host))
    throw new ApiError(403, 'AccessDeniedException', `The host has to be one of ${loopbackNames.join(', ')}.`)
  // AWS's clients sign their requests. A web page can't, so it can't change anything here.
  if (!incoming.headers.authorization)
    throw new ApiError(403, 'MissingAuthenticationTokenException', 'The request is not signed.')
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://localhost')
  const [, version, resource = '', name = '', part] = pathname.split('/').map(decodeURIComponent)
  if (version === '2015-03-31' && resource === 'functions') {
    if (incoming.method === 'GET' && part === 'configuration')
      return answer(outgoing, 200, configurationOf(name, options))
    const begin = performance.now()
    const { headers } = await forward(incoming, outgoing, options.functions)
    if (part === 'invocations')
      options.logs.metrics.countInvocation(name, headers[FAILED] !== undefined, performance.now() - begin)
    return
  }
  const body = incoming.method === 'GET' || incoming.method === 'DELETE' ? {} : await json(incoming)
  const operation = operations[resource || String(incoming.headers['x-amz-target'])]?.[incoming.method ?? '']
  if (!operation) throw new ApiError(404, 'UnknownOperationException', `${incoming.method} ${pathname}`)
  answer(outgoing, 200, await operation({ name, body: body as Body, query: searchParams }, options))
}

/** Source: AWS Lambda API Reference, `GetFunctionConfiguration`. */
function configurationOf(name: string, { environmentOf }: LambdaApiOptions) {
  const Variables = environmentOf(name)
  if (!Variables) throw new ApiError(404, 'ResourceNotFoundException', `The function ${name} does not exist.`)
  return { FunctionName: name, Environment: { Variables } }
}

/** Tells that the function has failed. Source: AWS Lambda API Reference, `Invoke`. */
const FAILED = 'x-amz-function-error'

/** Forwards a request unchanged. It ends when its caller leaves, and an answer that breaks off breaks off here, too. */
async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { host, port }: LambdaEndpoint,
): Promise<IncomingMessage> {
  const { method, url: path, headers } = incoming
  const forwarded = request({ host, port, method, path, headers: { ...headers, host: `${host}:${port}` } })
  outgoing.once('close', () => forwarded.destroy())
  // `once` rejects with an error before the response, the pipeline with a later one. Without a listener of its own, the error
  // that comes between the two would end the process.
  forwarded.on('error', () => {})
  pipeline(incoming, forwarded).catch(() => {})
  const [response] = (await once(forwarded, 'response')) as [IncomingMessage]
  outgoing.writeHead(response.statusCode ?? 500, response.headers)
  await pipeline(response, outgoing)
  return response
}

function answer(outgoing: ServerResponse, status: number, body: unknown, headers = {}) {
  outgoing.writeHead(body === undefined ? 204 : status, { 'content-type': 'application/json', ...headers })
  outgoing.end(body === undefined ? undefined : JSON.stringify(body))
}

function answerError(outgoing: ServerResponse, error: Error) {
  // The caller has left, or has got a part of another answer.
  if (outgoing.destroyed || outgoing.headersSent) {
    outgoing.destroy()
    return
  }
  const { status = 500, type = 'ServiceException', message } = error as ApiError
  answer(outgoing, status, { Type: 'User', Message: message, message }, { 'x-amzn-errortype': type })
}
