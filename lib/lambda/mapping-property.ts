import type { CreateEventSourceMappingCommandInput } from '@aws-sdk/client-lambda'

/** Properties that only mappings of other sources have. Source: AWS Lambda API, `CreateEventSourceMapping`. */
export type OtherSourceProperty =
  | 'DocumentDBEventSourceConfig'
  | 'ParallelizationFactor'
  | 'Queues'
  | 'ScalingConfig'
  | 'TumblingWindowInSeconds'

/**
 * Every property of a mapping by CloudFormation's name, which differs from the API's in one spelling.
 * Source: CloudFormation, `AWS::Lambda::EventSourceMapping`.
 */
export type MappingProperty = Exclude<keyof CreateEventSourceMappingCommandInput, 'KMSKeyArn'> | 'KmsKeyArn'

/** The properties of a Kafka mapping, with values that may be CloudFormation functions. */
export type KafkaMappingProperties = Partial<Record<Exclude<MappingProperty, OtherSourceProperty>, unknown>>
