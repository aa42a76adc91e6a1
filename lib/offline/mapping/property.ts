import * as z from 'zod'
import type { MappingProperty } from '../../lambda/mapping-property.ts'
import { sourceAccessSchema } from './access-configuration.ts'
import type { EventSourceMapping } from './event-source-mapping.ts'
import { filterCriteriaSchema, unfilteredFields } from './filter-criteria.ts'
import { parseOnFailure } from './on-failure.ts'
import { type MappingRegistry, schemaRegistrySchema } from './schema-registry-config.ts'

const kafkaConfig = z
  .looseObject({ ConsumerGroupId: z.string().min(1).optional(), SchemaRegistryConfig: schemaRegistrySchema.optional() })
  .optional()

/** Source: AWS Lambda API, `ProvisionedPollerConfig`. */
const pollers = z.looseObject({
  MinimumPollers: z.int().min(1).max(200).optional(),
  MaximumPollers: z.int().min(1).max(2_000).optional(),
  PollerGroupName: z.string().max(128).optional(),
})

/** The properties that are emulated, with AWS's ranges. Source: CloudFormation, `AWS::Lambda::EventSourceMapping`. */
const emulated = {
  FunctionName: z.unknown().optional(),
  Topics: z.tuple([z.string().min(1)], 'expected exactly one topic'),
  BatchSize: z.int().min(1).max(10_000).default(100),
  MaximumBatchingWindowInSeconds: z.int().min(0).max(300).optional(),
  StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP']).default('TRIM_HORIZON'),
  StartingPositionTimestamp: z.number().min(0).optional(),
  Enabled: z.boolean().default(true),
  EventSourceArn: z.unknown().optional(),
  SelfManagedEventSource: z
    .looseObject({ Endpoints: z.looseObject({ KafkaBootstrapServers: z.array(z.string().min(1)).min(1) }) })
    .optional(),
  AmazonManagedKafkaEventSourceConfig: kafkaConfig,
  SelfManagedKafkaEventSourceConfig: kafkaConfig,
  FunctionResponseTypes: z.array(z.enum(['ReportBatchItemFailures'])).default([]),
  MaximumRetryAttempts: z.int().min(-1).max(10_000).default(-1),
  MaximumRecordAgeInSeconds: z
    .int()
    .refine(age => age === -1 || (age >= 60 && age <= 604_800), 'must be -1 or 60 to 604800')
    .default(-1),
  BisectBatchOnFunctionError: z.boolean().default(false),
  DestinationConfig: z
    .looseObject({ OnFailure: z.looseObject({ Destination: z.unknown().optional() }).optional() })
    .optional(),
  ProvisionedPollerConfig: pollers.optional(),
  FilterCriteria: filterCriteriaSchema.optional(),
  SourceAccessConfigurations: sourceAccessSchema,
} satisfies Partial<Record<MappingProperty, z.ZodType>>

/**
 * All other properties. `harmless` ones make no difference on a laptop, or the plugin's settings replace them; a mapping
 * with one that is `missing` behaves differently on AWS, so the person is warned.
 */
const notEmulated: Record<Exclude<MappingProperty, keyof typeof emulated>, 'harmless' | 'missing'> = {
  KmsKeyArn: 'harmless',
  LoggingConfig: 'harmless',
  MetricsConfig: 'harmless',
  Tags: 'harmless',
  DocumentDBEventSourceConfig: 'missing',
  ParallelizationFactor: 'missing',
  Queues: 'missing',
  ScalingConfig: 'missing',
  TumblingWindowInSeconds: 'missing',
}

/** The properties whose value may be a CloudFormation function. */
const resolvable: string[] = ['FunctionName', 'EventSourceArn'] satisfies MappingProperty[]

export const propertiesSchema = z.looseObject(emulated)

/** The properties of a mapping, each valid on its own. */
export type Properties = z.infer<typeof propertiesSchema>

/** Whether a property's default has to be used when only CloudFormation knows its value. */
export function needsValue(name: string): boolean {
  return name in emulated && !resolvable.includes(name)
}

/** The declared properties, and parts of them, that a mapping has on AWS only. Unknown properties are among them. */
export function missingProperties(properties: Properties): string[] {
  const others: Record<string, string> = notEmulated
  return Object.keys(properties).filter(name => !(name in emulated) && others[name] !== 'harmless')
}

/** What is wrong across properties that are each valid on its own. */
export function contradictions(properties: Properties): string[] {
  const { SelfManagedEventSource, EventSourceArn, StartingPosition, StartingPositionTimestamp } = properties
  const wrong: string[] = []
  if (SelfManagedEventSource && EventSourceArn)
    wrong.push('EventSourceArn: must not be set with SelfManagedEventSource')
  if (!SelfManagedEventSource && !EventSourceArn) wrong.push('EventSourceArn: is missing')
  if (StartingPosition === 'AT_TIMESTAMP' && StartingPositionTimestamp === undefined) {
    wrong.push('StartingPositionTimestamp: is required for AT_TIMESTAMP')
  }
  return [...wrong, ...destinationProblems(properties), ...pollerProblems(properties), ...filterProblems(properties)]
}

function destinationProblems({ DestinationConfig, Topics }: Properties): string[] {
  const declared = DestinationConfig?.OnFailure?.Destination
  // A CloudFormation function, or none.
  if (typeof declared !== 'string' || declared === '') return []
  const name = 'DestinationConfig.OnFailure.Destination'
  const destination = parseOnFailure(declared)
  if (!destination)
    return [`${name}: must be kafka://<topic>, or the ARN of an SQS queue, an SNS topic or an S3 bucket`]
  if (destination.kind !== 'kafka' || destination.topic !== Topics[0]) return []
  return [`${name}: must not be the topic that the mapping reads`]
}

function pollerProblems({ ProvisionedPollerConfig }: Properties): string[] {
  const pollers = provisionedPollersOf(ProvisionedPollerConfig)
  if (!pollers || pollers.maximum >= pollers.minimum) return []
  return ['ProvisionedPollerConfig.MaximumPollers: must not be less than MinimumPollers']
}

/** Source: AWS Lambda API, `ProvisionedPollerConfig`; "Apache Kafka event poller scaling modes" for an empty one. */
export function provisionedPollersOf(
  declared: z.infer<typeof pollers> | undefined,
): EventSourceMapping['provisionedPollers'] {
  if (!declared || Object.keys(declared).length === 0) return undefined
  const { MinimumPollers: minimum = 1, MaximumPollers: maximum = 200 } = declared
  return { minimum, maximum }
}

/**
 * The declared properties that AWS refuses without provisioned pollers.
 * Source: AWS Lambda Developer Guide, "Apache Kafka event poller scaling modes", "Advanced error handling and performance features".
 */
export function needingPollers(properties: Properties): string[] {
  if (provisionedPollersOf(properties.ProvisionedPollerConfig)) return []
  const { MaximumRetryAttempts, MaximumRecordAgeInSeconds, BisectBatchOnFunctionError } = properties
  const isTopic = parseOnFailure(String(properties.DestinationConfig?.OnFailure?.Destination))?.kind === 'kafka'
  return [
    ...(MaximumRetryAttempts === -1 ? [] : ['MaximumRetryAttempts']),
    ...(MaximumRecordAgeInSeconds === -1 ? [] : ['MaximumRecordAgeInSeconds']),
    ...(BisectBatchOnFunctionError ? ['BisectBatchOnFunctionError'] : []),
    ...(properties.FunctionResponseTypes.length > 0 ? ['FunctionResponseTypes'] : []),
    ...(isTopic ? ['DestinationConfig.OnFailure.Destination'] : []),
    ...(registryOf(properties) ? ['SchemaRegistryConfig'] : []),
  ]
}

function filterProblems(properties: Properties): string[] {
  const validatesKey = registryOf(properties)?.validates.includes('key') ?? false
  return unfilteredFields(properties.FilterCriteria ?? [], validatesKey).map(
    field => `FilterCriteria: Lambda filters records of Kafka by their value, not by ${field}`,
  )
}

/** The schema registry of a mapping, whose place depends on the source. */
export function registryOf(properties: Properties): MappingRegistry | undefined {
  const config = properties.SelfManagedEventSource
    ? properties.SelfManagedKafkaEventSourceConfig
    : properties.AmazonManagedKafkaEventSourceConfig
  return config?.SchemaRegistryConfig
}
