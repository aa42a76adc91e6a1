import { isDeepStrictEqual } from 'node:util'
import type {
  CreateEventSourceMappingCommandInput,
  EventSourceMappingConfiguration,
  KafkaSchemaRegistryConfig,
  UpdateEventSourceMappingCommandInput,
} from '@aws-sdk/client-lambda'
import type { OtherSourceProperty } from './mapping-property.ts'

/** Everything that a connector's mappings have in common: all but function and topic. */
export type MappingBlueprint = Omit<
  CreateEventSourceMappingCommandInput,
  'FunctionName' | 'Topics' | OtherSourceProperty
>

/** Changes to a mapping. Lambda keeps every property that an update leaves out. */
export type MappingUpdate = Omit<UpdateEventSourceMappingCommandInput, 'UUID'>

/** The properties of an existing mapping, as Lambda lists them. */
export type MappingConfiguration = EventSourceMappingConfiguration

/**
 * The properties that an update here never carries: those that Lambda settles when it creates the mapping, tags, which have
 * requests of their own, and `Enabled`, which doesn't belong to the settings. Source: AWS Lambda API, `UpdateEventSourceMapping`.
 */
const notUpdated: Record<Exclude<keyof MappingBlueprint, keyof MappingUpdate> | 'Enabled', true> = {
  EventSourceArn: true,
  SelfManagedEventSource: true,
  StartingPosition: true,
  StartingPositionTimestamp: true,
  Tags: true,
  Enabled: true,
}

/** The two properties with what only Kafka mappings have: the consumer group, settled at creation, and the schema registry. */
type KafkaConfigProperty = 'AmazonManagedKafkaEventSourceConfig' | 'SelfManagedKafkaEventSourceConfig'

/** The properties that every connector sets, so that none ever has to be removed. */
type AlwaysSet = 'BatchSize' | 'MaximumBatchingWindowInSeconds'

/** The properties that one value removes. The schema registry and provisioned pollers take more than a value. */
type RemovableProperty = Exclude<
  keyof MappingBlueprint,
  keyof typeof notUpdated | AlwaysSet | KafkaConfigProperty | 'ProvisionedPollerConfig'
>

/**
 * The value that removes each property.
 *
 * Sources, in the AWS Lambda Developer Guide: "Control which events Lambda sends to your function" (an empty `FilterCriteria`
 * object), "Retain discarded batch records" (an empty string as the destination; Lambda refuses the object without one),
 * "Configuring error handling controls for Kafka event sources" (the defaults of retries), "Apache Kafka event poller
 * scaling modes" (an empty `ProvisionedPollerConfig`). In the API Reference: `UpdateEventSourceMapping` (`KMSKeyArn` and
 * the lists may be empty), `EventSourceMappingMetricsConfig`. About logging it says only that the level is optional.
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
} satisfies Required<Pick<MappingUpdate, RemovableProperty>>

/** Removes provisioned pollers. Source: "Apache Kafka event poller scaling modes". */
const onDemand = { ProvisionedPollerConfig: {} } satisfies MappingUpdate

/**
 * The updates that give a mapping the settings of a blueprint and remove those that only the mapping has. A property that
 * neither has is left out, because which properties Lambda accepts depends on the mapping's mode.
 *
 * Removing provisioned pollers takes two updates, the second to be sent when Lambda has applied the first: the features that
 * need them have to be removed before. Source: AWS Lambda, "Using schema registries with Kafka event sources".
 */
export function mappingUpdates(
  blueprint: MappingBlueprint,
  mapping: MappingConfiguration,
): [MappingUpdate, ...MappingUpdate[]] {
  const declared = updatable(blueprint)
  const removed = Object.entries(removals).filter(([property, removal]) => {
    const name = property as RemovableProperty
    return declared[name] === undefined && isSet(mapping[name], removal)
  })
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

/** The settings of a blueprint that an update can carry, in the blueprint's order. */
export function updatable({
  AmazonManagedKafkaEventSourceConfig: managed,
  SelfManagedKafkaEventSourceConfig: selfManaged,
  ...settings
}: MappingBlueprint): MappingUpdate {
  return {
    ...Object.fromEntries(Object.entries(settings).filter(([name]) => !(name in notUpdated))),
    ...(managed?.SchemaRegistryConfig && { AmazonManagedKafkaEventSourceConfig: managed }),
    ...(selfManaged?.SchemaRegistryConfig && { SelfManagedKafkaEventSourceConfig: selfManaged }),
  }
}

/** Sets the declared schema registry, or removes the former one. */
function registryUpdate(blueprint: MappingBlueprint, mapping: MappingConfiguration): MappingUpdate {
  const name: KafkaConfigProperty = blueprint.AmazonManagedKafkaEventSourceConfig
    ? 'AmazonManagedKafkaEventSourceConfig'
    : 'SelfManagedKafkaEventSourceConfig'
  const declared = blueprint[name]?.SchemaRegistryConfig
  const former = mapping[name]?.SchemaRegistryConfig
  if (!declared && !isSet(former)) return {}
  const login: KafkaSchemaRegistryConfig = declared && former?.AccessConfigs ? { AccessConfigs: [] } : {}
  return { [name]: { ...blueprint[name], SchemaRegistryConfig: { ...login, ...declared } } }
}

/** Whether a mapping has a setting whose value differs from the one that removing it leaves. */
function isSet(value: unknown, removal?: unknown): boolean {
  return !isEmpty(value) && !isDeepStrictEqual(value, removal)
}

/** Lambda lists some settings that a mapping doesn't have as empty objects, or as objects of empty values. */
function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isEmpty)
  return value === undefined || value === null || value === ''
}
