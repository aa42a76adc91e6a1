import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import type { EventSourceMapping } from '../mapping/event-source-mapping.ts'
import type { Mappings, RunningMapping } from '../mapping/mappings.ts'
import type { LambdaEndpoint } from './invocation.ts'
import type { LogLines } from './log-lines.ts'

export interface LambdaApiOptions {
  /** On the loopback address. */
  port: number
  mappings: Mappings
  /**
   * A mapping of what `CreateEventSourceMapping` was asked for.
   *
   * @throws an error that says what is wrong
   */
  read(properties: Record<string, unknown>): EventSourceMapping
  /** Where functions are invoked. */
  functions: LambdaEndpoint
  logs: LogLines
}

/**
 * The part of AWS's APIs that is about event source mappings, on this laptop: whatever talks to Lambda talks to the local mappings
 * when it is given this endpoint. Invocations are passed on to serverless-offline, and what functions logged can be read.
 *
 * Source: AWS Lambda API Reference; Amazon CloudWatch Logs API Reference, `FilterLogEvents`.
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

/** An error as AWS's clients read it. */
class ApiError extends Error {
  readonly status: number
  readonly type: string

  constructor(status: number, type: string, message: string) {
    super(message)
    this.status = status
    this.type = type
  }
}

const notFound = (what: string) => new ApiError(404, 'ResourceNotFoundException', `${what} does not exist.`)

async function handle(incoming: IncomingMessage, outgoing: ServerResponse, options: LambdaApiOptions): Promise<void> {
  // AWS's clients sign. A web page that sends a request here can't, so it can't switch anything.
  if (!incoming.headers.authorization) throw new ApiError(403, 'MissingAuthenticationTokenException', 'Not signed.')
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://localhost')
  const [, version, resource = '', name = ''] = pathname.split('/').map(decodeURIComponent)
  if (version === '2015-03-31' && resource === 'functions') return passOn(incoming, outgoing, options.functions)
  const body = incoming.method === 'GET' || incoming.method === 'DELETE' ? {} : await json(incoming)
  const operation = operations[resource || String(incoming.headers['x-amz-target'])]?.[incoming.method ?? '']
  if (!operation) throw new ApiError(404, 'UnknownOperationException', `${incoming.method} ${pathname}`)
  answer(outgoing, 200, await operation({ name, body: body as Body, query: searchParams }, options))
}

type Body = Record<string, unknown>

interface Asked {
  /** What follows the resource in the path. */
  name: string
  body: Body
  query: URLSearchParams
}

type Operation = (asked: Asked, options: LambdaApiOptions) => unknown

const operations: Record<string, Record<string, Operation>> = {
  'event-source-mappings': {
    GET: ({ name, query }, { mappings }) =>
      name === ''
        ? { EventSourceMappings: mappings.list(query.get('FunctionName') ?? undefined).map(toConfiguration) }
        : toConfiguration(existing(name, mappings)),
    POST: ({ body }, { mappings, read }) => {
      const mapping = readOrRefuse(body, read)
      if (mappings.list(mapping.functionName).some(other => other.mapping.topic === mapping.topic)) {
        throw new ApiError(409, 'ResourceConflictException', `There is a mapping of ${mapping.topic} already.`)
      }
      return toConfiguration(mappings.add(mapping, body.Tags as Record<string, string>))
    },
    PUT: async ({ name, body }, { mappings }) => {
      const { uuid } = existing(name, mappings)
      if (body.Enabled !== undefined) await mappings.change(uuid, Boolean(body.Enabled))
      return toConfiguration(existing(uuid, mappings))
    },
    DELETE: async ({ name }, { mappings }) => {
      const deleted = existing(name, mappings)
      await mappings.delete(deleted.uuid)
      return { ...toConfiguration(deleted), State: 'Deleting' }
    },
  },
  tags: {
    GET: ({ name }, { mappings }) => ({ Tags: existing(uuidOf(name), mappings).tags }),
    POST: ({ name, body }, { mappings }) => {
      Object.assign(existing(uuidOf(name), mappings).tags, body.Tags)
    },
    DELETE: ({ name, query }, { mappings }) => {
      const { tags } = existing(uuidOf(name), mappings)
      for (const key of query.getAll('tagKeys')) delete tags[key]
    },
  },
  'Logs_20140328.FilterLogEvents': {
    POST: ({ body }, { logs }) => ({
      events: logs.since(String(body.logGroupName).replace(/^\/aws\/lambda\//, ''), Number(body.startTime ?? 0)),
    }),
  },
}

function existing(uuid: string, mappings: Mappings): RunningMapping {
  const found = mappings.get(uuid)
  if (!found) throw notFound(`The event source mapping ${uuid}`)
  return found
}

function readOrRefuse(body: Body, read: LambdaApiOptions['read']): EventSourceMapping {
  try {
    return read(toProperties(body))
  } catch (error) {
    throw new ApiError(400, 'InvalidParameterValueException', (error as Error).message)
  }
}

/** The names that CloudFormation has for what the API calls otherwise. */
function toProperties({ SelfManagedEventSource, ...same }: Body): Body {
  const { Endpoints } = (SelfManagedEventSource ?? {}) as { Endpoints?: { KAFKA_BOOTSTRAP_SERVERS?: string[] } }
  if (!Endpoints) return same
  return {
    ...same,
    SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: Endpoints.KAFKA_BOOTSTRAP_SERVERS } },
  }
}

const ARN = 'arn:aws:lambda:us-east-1:000000000000'
const uuidOf = (arn: string) => arn.split(':').at(-1) ?? ''

function toConfiguration({ uuid, mapping }: RunningMapping) {
  const { topic, functionName, enabled, batchSize, batchingWindowMs, consumerGroupId, eventSourceArn } = mapping
  const group = { ConsumerGroupId: consumerGroupId }
  return {
    UUID: uuid,
    EventSourceMappingArn: `${ARN}:event-source-mapping:${uuid}`,
    FunctionArn: `${ARN}:function:${functionName}`,
    Topics: [topic],
    State: enabled ? 'Enabled' : 'Disabled',
    BatchSize: batchSize,
    MaximumBatchingWindowInSeconds: Math.round(batchingWindowMs / 1000),
    ...(eventSourceArn
      ? { EventSourceArn: eventSourceArn, AmazonManagedKafkaEventSourceConfig: group }
      : { SelfManagedKafkaEventSourceConfig: group }),
  }
}

/** Hands a request over as it is. */
async function passOn(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { host, port }: LambdaEndpoint,
): Promise<void> {
  const { method, url: path, headers } = incoming
  const onward = request({ host, port, method, path, headers: { ...headers, host: `${host}:${port}` } })
  incoming.pipe(onward)
  const [response] = (await once(onward, 'response')) as [IncomingMessage]
  outgoing.writeHead(response.statusCode ?? 500, response.headers)
  response.pipe(outgoing)
}

function answer(outgoing: ServerResponse, status: number, body: unknown, headers = {}) {
  outgoing.writeHead(body === undefined ? 204 : status, { 'content-type': 'application/json', ...headers })
  outgoing.end(body === undefined ? undefined : JSON.stringify(body))
}

function answerError(outgoing: ServerResponse, error: Error) {
  const { status = 500, type = 'ServiceException', message } = error as ApiError
  answer(outgoing, status, { Type: 'User', Message: message, message }, { 'x-amzn-errortype': type })
}
