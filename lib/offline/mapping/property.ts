import { z } from 'zod'
import type { MappingProperty } from '../../lambda/mapping-property.ts'

const KAFKA_DESTINATION = 'kafka://'

const kafkaConfig = z.looseObject({ ConsumerGroupId: z.string().min(1).optional() }).optional()

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
} satisfies Partial<Record<MappingProperty, z.ZodType>>

/**
 * All other properties. `harmless` ones make no difference on a laptop, or the plugin's settings replace them; a mapping
 * with one that is `missing` behaves differently on AWS, so the person is warned.
 */
const notEmulated: Record<Exclude<MappingProperty, keyof typeof emulated>, 'harmless' | 'missing'> = {
  KmsKeyArn: 'harmless',
  LoggingConfig: 'harmless',
  MetricsConfig: 'harmless',
  ProvisionedPollerConfig: 'harmless',
  SourceAccessConfigurations: 'harmless',
  Tags: 'harmless',
  FilterCriteria: 'missing',
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
  const registries = ['AmazonManagedKafkaEventSourceConfig', 'SelfManagedKafkaEventSourceConfig'] as const
  const destination = destinationOf(properties)
  const others: Record<string, string> = notEmulated
  return [
    ...Object.keys(properties).filter(name => !(name in emulated) && others[name] !== 'harmless'),
    ...registries.filter(name => properties[name]?.SchemaRegistryConfig).map(name => `${name}.SchemaRegistryConfig`),
    ...(destination && kafkaTopicOf(destination) === undefined
      ? [`DestinationConfig.OnFailure.Destination ${destination}`]
      : []),
  ]
}

/** What is wrong across properties that are each valid on its own. */
export function contradictions(properties: Properties): string[] {
  const { SelfManagedEventSource, EventSourceArn, StartingPosition, StartingPositionTimestamp, Topics } = properties
  const wrong: string[] = []
  if (SelfManagedEventSource && EventSourceArn)
    wrong.push('EventSourceArn: must not be set with SelfManagedEventSource')
  if (!SelfManagedEventSource && !EventSourceArn) wrong.push('EventSourceArn: is missing')
  if (StartingPosition === 'AT_TIMESTAMP' && StartingPositionTimestamp === undefined) {
    wrong.push('StartingPositionTimestamp: is required for AT_TIMESTAMP')
  }
  if (kafkaTopicOf(destinationOf(properties)) === Topics[0]) {
    wrong.push('DestinationConfig.OnFailure.Destination: must not be the topic that the mapping reads')
  }
  return wrong
}

/** The on-failure destination; JSON when it is a CloudFormation function. */
export function destinationOf({ DestinationConfig }: Properties): string | undefined {
  const destination = DestinationConfig?.OnFailure?.Destination
  return destination === undefined || typeof destination === 'string' ? destination : JSON.stringify(destination)
}

/** The topic of a destination `kafka://topic`; undefined for others. */
export function kafkaTopicOf(destination: string | undefined): string | undefined {
  return destination?.startsWith(KAFKA_DESTINATION) ? destination.slice(KAFKA_DESTINATION.length) : undefined
}
