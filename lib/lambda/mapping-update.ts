import { isDeepStrictEqual } from 'node:util'
import type {
  CreateEventSourceMappingCommandInput,
  EventSourceMappingConfiguration,
  KafkaSchemaRegistryConfig,
  UpdateEventSourceMappingCommandInput,
} from '@aws-sdk/client-lambda'

/** Everything of a mapping that isn't its topic's own. */
export type MappingBlueprint = Omit<CreateEventSourceMappingCommandInput, 'FunctionName' | 'Topics'>

/** What a mapping is given. A setting that isn't named stays as it is. */
export type MappingUpdate = Omit<UpdateEventSourceMappingCommandInput, 'UUID'>

/** The settings that a mapping has, as Lambda lists them. */
export type MappingConfiguration = EventSourceMappingConfiguration

/**
 * What takes each setting away.
 *
 * Sources, in the AWS Lambda Developer Guide: "Control which events Lambda sends to your function" (an empty `FilterCriteria`
 * object), "Retain discarded batch records" (an empty string for the destination; without one the object is refused),
 * "Configuring error handling controls for Kafka event sources" (the defaults of repetitions), "Apache Kafka event poller
 * scaling modes" (an empty `ProvisionedPollerConfig`). In the API Reference: `UpdateEventSourceMapping` (`KMSKeyArn` may be
 * empty, and so may the lists), `EventSourceMappingMetricsConfig`. Of logging it says only that no level has to be named.
 */
const removals = {
  FilterCriteria: {},
  KMSKeyArn: '',
  SourceAccessConfigurations: [],
  DestinationConfig: { OnFailure: { Destination: '' } },
  FunctionResponseTypes: [],
  BisectBatchOnFunctionError: false,
  MaximumRetryAttempts: -1,
  MaximumRecordAgeInSeconds: -1,
  LoggingConfig: {},
  MetricsConfig: { Metrics: [] },
} satisfies MappingUpdate

/** Pollers that are no longer provisioned. Source: "Apache Kafka event poller scaling modes". */
const onDemand = { ProvisionedPollerConfig: {} } satisfies MappingUpdate

/**
 * What gives a mapping the settings of a blueprint, and takes away those that only the mapping has: on the mode of a mapping
 * it depends which of them Lambda knows at all. Two requests where provisioned pollers go, the second to be sent when Lambda
 * is done with the first: what only they can do has to be gone before. Source: AWS Lambda, "Using schema registries with
 * Kafka event sources".
 */
export function mappingUpdates(
  blueprint: MappingBlueprint,
  mapping: MappingConfiguration,
): [MappingUpdate, ...MappingUpdate[]] {
  const declared = changeable(blueprint)
  const removed = Object.entries(removals).filter(
    ([name, removal]) =>
      declared[name as keyof MappingUpdate] === undefined &&
      isSet(mapping[name as keyof MappingConfiguration], removal),
  )
  const update = {
    // Lambda doesn't list filters that are encrypted.
    ...(mapping.KMSKeyArn && { FilterCriteria: removals.FilterCriteria }),
    ...Object.fromEntries(removed),
    ...declared,
    ...registryUpdate(blueprint, mapping),
  }
  const { ProvisionedPollerConfig: pollers } = declared
  const former = mapping.ProvisionedPollerConfig
  if (!pollers) return isSet(former) ? [update, onDemand] : [update]
  const group = former?.PollerGroupName ? { PollerGroupName: '' } : {}
  return [{ ...update, ProvisionedPollerConfig: { ...group, ...pollers } }]
}

/**
 * Where a mapping reads, and from where on, is settled when it is made; of what is Kafka's own, the schema registry isn't.
 * Source: AWS Lambda API, `UpdateEventSourceMapping`.
 */
export function changeable({
  EventSourceArn,
  SelfManagedEventSource,
  AmazonManagedKafkaEventSourceConfig: managed,
  SelfManagedKafkaEventSourceConfig: selfManaged,
  StartingPosition,
  StartingPositionTimestamp,
  Tags,
  Enabled,
  ...rest
}: MappingBlueprint): MappingUpdate {
  return {
    ...rest,
    ...(managed?.SchemaRegistryConfig && { AmazonManagedKafkaEventSourceConfig: managed }),
    ...(selfManaged?.SchemaRegistryConfig && { SelfManagedKafkaEventSourceConfig: selfManaged }),
  }
}

/** The schema registry, or an empty one in place of the former. */
function registryUpdate(blueprint: MappingBlueprint, mapping: MappingConfiguration): MappingUpdate {
  const name = blueprint.AmazonManagedKafkaEventSourceConfig
    ? 'AmazonManagedKafkaEventSourceConfig'
    : 'SelfManagedKafkaEventSourceConfig'
  const declared = blueprint[name]?.SchemaRegistryConfig
  const former = mapping[name]?.SchemaRegistryConfig
  if (!declared && !isSet(former)) return {}
  const login: KafkaSchemaRegistryConfig = declared && former?.AccessConfigs ? { AccessConfigs: [] } : {}
  return { [name]: { ...blueprint[name], SchemaRegistryConfig: { ...login, ...declared } } }
}

/** Whether a mapping has a setting, and it isn't what one that was taken away is left with. */
function isSet(value: unknown, removal?: unknown): boolean {
  return !isEmpty(value) && !isDeepStrictEqual(value, removal)
}

/** Lambda lists some settings that a mapping doesn't have as objects without anything in them. */
function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isEmpty)
  return value === undefined || value === null || value === ''
}
