import type { StartingPosition } from '../../kafka/read/start-position.ts'
import type { AccessConfiguration } from './access-configuration.ts'
import type { Filter } from './filter-criteria.ts'
import type { MappingRegistry } from './schema-registry-config.ts'

/** An event source mapping of one Kafka topic, as AWS Lambda would run it. */
export interface EventSourceMapping {
  functionKey: string
  functionName: string
  eventSource: 'aws:kafka' | 'SelfManagedKafka'
  /** MSK only. */
  eventSourceArn?: string
  /** `host:port` each; empty for MSK, whose brokers AWS looks up. */
  bootstrapServers: string[]
  topic: string
  consumerGroupId: string
  /** 1–10,000. */
  batchSize: number
  /** 0–300,000 milliseconds from a batch's first record. */
  batchingWindowMs: number
  /** Where a group without committed offsets begins. */
  startingPosition: StartingPosition
  enabled: boolean
  /** Absent on demand. */
  provisionedPollers?: { minimum: number; maximum: number }
  /** Only records that match one of them reach the function; absent or empty: all do. */
  filters?: Filter[]
  schemaRegistry?: MappingRegistry
  /** How it logs in to the cluster; absent or empty: without a login. */
  access?: AccessConfiguration[]
  reportBatchItemFailures: boolean
  /** 0–10,000 after the first attempt; infinity: until the invocation succeeds. */
  maximumRetryAttempts: number
  /** 60–604,800; infinity: no limit. */
  maximumRecordAgeSeconds: number
  bisectBatchOnFunctionError: boolean
  /** `kafka://topic`, or the ARN of a queue of SQS, a topic of SNS or a bucket. */
  onFailureDestination?: string
  /** The properties that it was read from, by CloudFormation's names. Changes replace some of them. */
  declared?: Record<string, unknown>
}

/** The rules of a mapping that declares none: reads everything from the beginning, and retries until success. */
export const undeclaredRules = {
  startingPosition: { type: 'TRIM_HORIZON' },
  enabled: true,
  reportBatchItemFailures: false,
  maximumRetryAttempts: Number.POSITIVE_INFINITY,
  maximumRecordAgeSeconds: Number.POSITIVE_INFINITY,
  bisectBatchOnFunctionError: false,
} satisfies Partial<EventSourceMapping>
