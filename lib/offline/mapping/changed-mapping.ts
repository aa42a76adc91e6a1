import { isDeepStrictEqual } from 'node:util'
import type { MappingUpdate } from '../../lambda/mapping-update.ts'
import type { Service } from './declaration.ts'
import type { EventSourceMapping } from './event-source-mapping.ts'
import { readAddedMapping } from './reader.ts'

/** What AWS changes of a Kafka mapping. Source: AWS Lambda API, `UpdateEventSourceMapping`. */
const changeable: string[] = [
  ...(['FunctionName', 'Enabled', 'BatchSize', 'MaximumBatchingWindowInSeconds', 'FilterCriteria'] as const),
  ...(['FunctionResponseTypes', 'MaximumRetryAttempts', 'MaximumRecordAgeInSeconds'] as const),
  ...(['BisectBatchOnFunctionError', 'DestinationConfig', 'ProvisionedPollerConfig'] as const),
  ...(['SourceAccessConfigurations', 'AmazonManagedKafkaEventSourceConfig'] as const),
  ...(['SelfManagedKafkaEventSourceConfig', 'KMSKeyArn', 'LoggingConfig', 'MetricsConfig'] as const),
] satisfies (keyof MappingUpdate)[]

/** The properties with the consumer group, which stays, and the schema registry. */
const configNames = ['AmazonManagedKafkaEventSourceConfig', 'SelfManagedKafkaEventSourceConfig'] as const

/**
 * A mapping as it is after `UpdateEventSourceMapping`: what the request names replaces what was declared, and the rest stays. So does the
 * consumer group, and with it the mapping's position.
 *
 * @throws one error that names every property that is wrong, or that AWS doesn't change
 */
export function readChangedMapping(
  service: Service,
  mapping: EventSourceMapping,
  request: Record<string, unknown>,
): EventSourceMapping {
  const changes = Object.fromEntries(
    Object.entries(request).filter(([, value]) => value !== undefined && value !== null),
  )
  const wrong = Object.keys(changes).filter(name => !changeable.includes(name))
  if (wrong.length > 0) throw new Error(`${wrong.join(', ')}: can't be changed`)
  const properties: Record<string, unknown> = { FunctionName: mapping.functionName, ...mapping.declared, ...changes }
  for (const name of configNames) if (name in changes) properties[name] = changedConfig(name, mapping, changes[name])
  return { ...readAddedMapping(service, properties), consumerGroupId: mapping.consumerGroupId }
}

/**
 * The property with what a request names of it. An empty schema registry removes the former one.
 *
 * @throws an error for another consumer group: AWS says that it can't be updated
 */
function changedConfig(
  name: (typeof configNames)[number],
  { declared, consumerGroupId }: EventSourceMapping,
  change: unknown,
): object {
  const { ConsumerGroupId = consumerGroupId, ...others } = change as Record<string, unknown>
  if (ConsumerGroupId !== consumerGroupId) throw new Error(`${name}.ConsumerGroupId: can't be changed`)
  const { SchemaRegistryConfig, ...config } = { ...(declared?.[name] as Record<string, unknown>), ...others }
  return isDeepStrictEqual(SchemaRegistryConfig, {}) ? config : { ...config, SchemaRegistryConfig }
}
