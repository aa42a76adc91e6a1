import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  ListTagsCommand,
  paginateListEventSourceMappings,
  ResourceConflictException,
  ResourceInUseException,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { createLambdaClient } from './client.ts'
import { isMissing } from './functions.ts'
import type { MappingBlueprint, MappingConfiguration, MappingUpdate } from './mapping-update.ts'

/** Concurrent requests. Lambda accepts 15 a second per account and region. Source: AWS Lambda, "Lambda quotas". */
export const REQUESTS_AT_ONCE = 2

/** An event source mapping of one Kafka topic. */
export interface DeployedMapping {
  uuid: string
  arn: string
  /** ARN of the function that the mapping calls. */
  functionArn: string
  topic: string
  consumerGroup?: string
  /** `Enabled` or `Disabled`, or during a change `Creating`, `Enabling`, `Disabling`, `Updating`, `Deleting`. */
  state: string
  /** The last result of the pollers: `OK`, `No records processed`, or a problem. */
  lastResult?: string
  configuration: MappingConfiguration
}

/** Lambda's event source mappings. Errors are those of the SDK, after it has repeated the request. */
export interface EventSourceMappings {
  /** The mappings of a function, by name or ARN; all of the account and region when none is given. */
  list(functionName?: string): Promise<DeployedMapping[]>
  /** @returns false when a mapping of that topic and group already exists */
  create(functionName: string, topic: string, blueprint: MappingBlueprint): Promise<boolean>
  /** Changes the mapping's settings, including `Enabled`. */
  update(uuid: string, update: MappingUpdate): Promise<void>
  delete(uuid: string): Promise<void>
  /** The tags of a mapping or a function; none when it doesn't exist. */
  tags(arn: string): Promise<Record<string, string>>
  tag(arn: string, tags: Record<string, string>): Promise<void>
  untag(arn: string, names: string[]): Promise<void>
}

/** @param client needed for a region or endpoint other than the environment's */
export function createEventSourceMappings(client = createLambdaClient()): EventSourceMappings {
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
    async update(UUID, update) {
      await client.send(new UpdateEventSourceMappingCommand({ ...update, UUID }))
    },
    async delete(UUID) {
      await client.send(new DeleteEventSourceMappingCommand({ UUID }))
    },
    async tags(Resource) {
      try {
        return (await client.send(new ListTagsCommand({ Resource }))).Tags ?? {}
      } catch (error) {
        if (isMissing(error)) return {}
        throw error
      }
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
function toMapping(found: MappingConfiguration): DeployedMapping[] {
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
    configuration: found,
  }))
}

/** Whether pollers report a problem. Source: AWS Lambda, "Kafka event source mapping errors". */
export function isTrouble(lastResult: string | null | undefined): lastResult is string {
  return lastResult?.startsWith('PROBLEM') ?? false
}

/** Whether an error says that Lambda is still applying an earlier change of the mapping. */
export function isBusy(error: unknown): boolean {
  return error instanceof ResourceInUseException || error instanceof ResourceConflictException
}
