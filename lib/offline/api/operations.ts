import type { EventSourceMapping } from '../mapping/event-source-mapping.ts'
import type { Mappings, RunningMapping } from '../mapping/mappings.ts'
import type { LogLines } from './log-lines.ts'
import { toConfiguration } from './mapping-configuration.ts'
import { metricData, metricStatistics } from './metric-operations.ts'

/** The parts of this process that operations read and change. */
export interface OperationContext {
  mappings: Mappings
  /**
   * Reads the request of `CreateEventSourceMapping`.
   *
   * @throws an error that says what is wrong
   */
  read(properties: Record<string, unknown>): EventSourceMapping
  /**
   * Reads the request of `UpdateEventSourceMapping`.
   *
   * @throws an error that says what is wrong
   */
  change(mapping: EventSourceMapping, properties: Record<string, unknown>): EventSourceMapping
  logs: LogLines
}

/** An error in the form that AWS's clients parse. */
export class ApiError extends Error {
  readonly status: number
  readonly type: string

  constructor(status: number, type: string, message: string) {
    super(message)
    this.status = status
    this.type = type
  }
}

export type Body = Record<string, unknown>

interface ApiRequest {
  /** The part of the path after the resource: a UUID or an ARN; empty for all. */
  name: string
  body: Body
  query: URLSearchParams
}

type Operation = (request: ApiRequest, context: OperationContext) => unknown

/** The emulated operations, by resource, or by target for CloudWatch and its logs, and by method. */
export const operations: Record<string, Record<string, Operation>> = {
  'event-source-mappings': {
    GET: ({ name, query }, { mappings }) =>
      name === ''
        ? { EventSourceMappings: mappings.list(query.get('FunctionName') ?? undefined).map(toConfiguration) }
        : toConfiguration(existing(name, mappings)),
    POST: ({ body }, { mappings, read }) => {
      const mapping = orRefuse(() => read(toProperties(body)))
      if (mappings.list(mapping.functionName).some(other => other.mapping.topic === mapping.topic)) {
        throw new ApiError(
          409,
          'ResourceConflictException',
          `The function ${mapping.functionName} already has a mapping of ${mapping.topic}.`,
        )
      }
      return toConfiguration(mappings.add(mapping, body.Tags as Record<string, string>))
    },
    PUT: async ({ name, body }, { mappings, change }) => {
      const { uuid, mapping } = existing(name, mappings)
      const changed = orRefuse(() => change(mapping, body))
      await mappings.change(uuid, changed)
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
  'GraniteServiceVersion20100801.GetMetricData': { POST: ({ body }, { logs }) => metricData(logs.metrics, body) },
  'GraniteServiceVersion20100801.GetMetricStatistics': {
    POST: ({ body }, { logs }) => metricStatistics(logs.metrics, body),
  },
}

function existing(uuid: string, mappings: Mappings): RunningMapping {
  const found = mappings.get(uuid)
  if (!found) throw new ApiError(404, 'ResourceNotFoundException', `The event source mapping ${uuid} does not exist.`)
  return found
}

function orRefuse(read: () => EventSourceMapping): EventSourceMapping {
  try {
    return read()
  } catch (error) {
    throw new ApiError(400, 'InvalidParameterValueException', (error as Error).message)
  }
}

/** Renames the API's properties to CloudFormation's where the two differ. */
function toProperties({ SelfManagedEventSource, ...same }: Body): Body {
  const { Endpoints } = (SelfManagedEventSource ?? {}) as { Endpoints?: { KAFKA_BOOTSTRAP_SERVERS?: string[] } }
  if (!Endpoints) return same
  return {
    ...same,
    SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: Endpoints.KAFKA_BOOTSTRAP_SERVERS } },
  }
}

const uuidOf = (arn: string) => arn.split(':').at(-1) ?? ''
