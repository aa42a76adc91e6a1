import type { EventSourceMapping } from '../mapping/event-source-mapping.ts'
import { functionArn, LAMBDA_ARN } from '../mapping/function-arn.ts'
import { NO_RECORDS, type RunningMapping } from '../mapping/mappings.ts'
import { parseOnFailure } from '../mapping/on-failure.ts'

/** A mapping in the words of Lambda's API. Source: AWS Lambda API, `EventSourceMappingConfiguration`. */
export function toConfiguration({ uuid, mapping, runner }: RunningMapping) {
  const { topic, functionName, enabled, batchSize, batchingWindowMs, provisionedPollers } = mapping
  return {
    UUID: uuid,
    EventSourceMappingArn: `${LAMBDA_ARN}:event-source-mapping:${uuid}`,
    FunctionArn: functionArn(functionName),
    Topics: [topic],
    State: enabled ? 'Enabled' : 'Disabled',
    LastProcessingResult: runner?.lastResult ?? NO_RECORDS,
    BatchSize: batchSize,
    MaximumBatchingWindowInSeconds: Math.round(batchingWindowMs / 1000),
    ...source(mapping),
    ...(mapping.filters?.length && { FilterCriteria: mapping.declared?.FilterCriteria }),
    ...failures(mapping),
    ...(provisionedPollers && {
      ProvisionedPollerConfig: {
        MinimumPollers: provisionedPollers.minimum,
        MaximumPollers: provisionedPollers.maximum,
      },
    }),
  }
}

function source({ eventSourceArn, bootstrapServers, consumerGroupId, startingPosition }: EventSourceMapping) {
  const group = { ConsumerGroupId: consumerGroupId }
  return {
    StartingPosition: startingPosition.type,
    // In seconds, as dates of this API are.
    ...(startingPosition.type === 'AT_TIMESTAMP' && { StartingPositionTimestamp: startingPosition.timestamp / 1000 }),
    ...(eventSourceArn
      ? { EventSourceArn: eventSourceArn, AmazonManagedKafkaEventSourceConfig: group }
      : {
          SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: bootstrapServers } },
          SelfManagedKafkaEventSourceConfig: group,
        }),
  }
}

function failures(mapping: EventSourceMapping) {
  const { reportBatchItemFailures, bisectBatchOnFunctionError, onFailureDestination } = mapping
  const destination = parseOnFailure(onFailureDestination)
  // One that gets nothing here is not told: who looks for failed records would look for them at AWS.
  const isReached = destination?.kind === 'kafka' || destination?.endpoint !== undefined
  return {
    MaximumRetryAttempts: limit(mapping.maximumRetryAttempts),
    MaximumRecordAgeInSeconds: limit(mapping.maximumRecordAgeSeconds),
    BisectBatchOnFunctionError: bisectBatchOnFunctionError,
    FunctionResponseTypes: reportBatchItemFailures ? ['ReportBatchItemFailures'] : [],
    DestinationConfig: { OnFailure: isReached ? { Destination: onFailureDestination } : {} },
  }
}

/** -1 is AWS's notation for no limit. */
function limit(value: number): number {
  return value === Number.POSITIVE_INFINITY ? -1 : value
}
