import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  DeleteEventSourceMappingCommand,
  type EventSourceMappingConfiguration,
  LambdaClient,
  ListTagsCommand,
  paginateListEventSourceMappings,
  ResourceConflictException,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'

/** An event source mapping of one Kafka topic. */
export interface EventSourceMapping {
  uuid: string
  arn: string
  /** Of the function that it calls. */
  functionArn: string
  topic: string
  consumerGroup?: string
  /** `Enabled` and `Disabled`, or what it is becoming: `Creating`, `Enabling`, `Disabling`, `Updating`, `Deleting`. */
  state: string
  /** What the pollers said last: `OK`, `No records processed`, or a problem. */
  lastResult?: string
}

/** Everything of a mapping that isn't its topic's own. */
export type MappingBlueprint = Omit<CreateEventSourceMappingCommandInput, 'FunctionName' | 'Topics'>

export interface MappingChange {
  enabled?: boolean
  blueprint?: MappingBlueprint
}

/** Lambda's event source mappings. Errors are those of the SDK, which repeats what is transient. */
export interface EventSourceMappings {
  /** Those that call the function, by name or ARN; all of the account and region without one. */
  list(functionName?: string): Promise<EventSourceMapping[]>
  /** @returns false when there is one already for that topic and group */
  create(functionName: string, topic: string, blueprint: MappingBlueprint): Promise<boolean>
  /** Switches the mapping on or off, or gives it what can be changed of a blueprint. The rest stays as it is. */
  change(uuid: string, change: MappingChange): Promise<void>
  delete(uuid: string): Promise<void>
  tags(arn: string): Promise<Record<string, string>>
  tag(arn: string, tags: Record<string, string>): Promise<void>
  untag(arn: string, names: string[]): Promise<void>
}

/** @param client for another region or endpoint than that of the environment */
export function createEventSourceMappings(client = new LambdaClient()): EventSourceMappings {
  return {
    async list(FunctionName) {
      const pages = paginateListEventSourceMappings({ client }, { FunctionName })
      const found = await Array.fromAsync(pages, ({ EventSourceMappings = [] }) => EventSourceMappings)
      return found.flat().flatMap(toMapping)
    },
    async create(FunctionName, topic, blueprint) {
      const input = { ...blueprint, FunctionName, Topics: [topic] }
      try {
        await client.send(new CreateEventSourceMappingCommand(input))
        return true
      } catch (error) {
        if (error instanceof ResourceConflictException) return false
        throw error
      }
    },
    async change(UUID, { enabled: Enabled, blueprint = {} }) {
      await client.send(new UpdateEventSourceMappingCommand({ ...changeable(blueprint), UUID, Enabled }))
    },
    async delete(UUID) {
      await client.send(new DeleteEventSourceMappingCommand({ UUID }))
    },
    async tags(Resource) {
      return (await client.send(new ListTagsCommand({ Resource }))).Tags ?? {}
    },
    async tag(Resource, Tags) {
      await client.send(new TagResourceCommand({ Resource, Tags }))
    },
    async untag(Resource, TagKeys) {
      await client.send(new UntagResourceCommand({ Resource, TagKeys }))
    },
  }
}

/** Mappings of other sources have no topics. */
function toMapping(found: EventSourceMappingConfiguration): EventSourceMapping[] {
  const { UUID: uuid = '', EventSourceMappingArn: arn = '', FunctionArn: functionArn = '', State: state = '' } = found
  const group = found.AmazonManagedKafkaEventSourceConfig ?? found.SelfManagedKafkaEventSourceConfig
  return (found.Topics ?? []).map(topic => ({
    uuid,
    arn,
    functionArn,
    topic,
    state,
    consumerGroup: group?.ConsumerGroupId,
    lastResult: found.LastProcessingResult,
  }))
}

/**
 * Where a mapping reads, and from where on, is settled when it is made; of what is Kafka's own, the schema registry isn't.
 * Source: AWS Lambda API, `UpdateEventSourceMapping`.
 */
function changeable({
  EventSourceArn,
  SelfManagedEventSource,
  AmazonManagedKafkaEventSourceConfig: managed,
  SelfManagedKafkaEventSourceConfig: selfManaged,
  StartingPosition,
  StartingPositionTimestamp,
  Tags,
  Enabled,
  ...rest
}: MappingBlueprint) {
  return {
    ...rest,
    ...(managed?.SchemaRegistryConfig && { AmazonManagedKafkaEventSourceConfig: managed }),
    ...(selfManaged?.SchemaRegistryConfig && { SelfManagedKafkaEventSourceConfig: selfManaged }),
  }
}
