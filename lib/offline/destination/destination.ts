import type { KafkaSettings } from '../../kafka/client/settings.ts'
import type { AwsDestinationKind, OnFailure } from '../mapping/on-failure.ts'
import type { AwsDestination, AwsDestinationOptions } from './aws-destination.ts'
import { openBucket } from './bucket.ts'
import type { Destination } from './discarded.ts'
import type { Origin } from './invocation-record.ts'
import { openTopic } from './kafka-topic.ts'
import { openNotifications } from './notification.ts'
import { openQueue } from './queue.ts'

/** How each kind is opened, and named in log lines. */
const awsDestinations: Record<AwsDestinationKind, { noun: string; open: AwsDestination }> = {
  s3: { noun: 'the bucket', open: openBucket },
  sns: { noun: 'the SNS topic', open: openNotifications },
  sqs: { noun: 'the queue', open: openQueue },
}

export interface DestinationOptions {
  onFailure: OnFailure | undefined
  /** Of the cluster that the mapping reads. */
  connection: KafkaSettings
  origin: Origin
  /** Of the mapping. */
  uuid: string
}

/** The destination of a mapping; undefined when it has none, or no endpoint for it is known. */
export function openDestination({ onFailure, connection, origin, uuid }: DestinationOptions): Destination | undefined {
  if (onFailure?.kind === 'kafka') return openTopic(onFailure.topic, connection, origin)
  if (!onFailure?.endpoint) return undefined
  const { kind, arn, endpoint } = onFailure
  const { noun, open } = awsDestinations[kind]
  return { name: `${noun} ${arn.split(':').at(-1)}`, ...onFirstUse(open, { arn, endpoint, origin, uuid }) }
}

function onFirstUse(open: AwsDestination, options: AwsDestinationOptions): Omit<Destination, 'name'> {
  let opened: ReturnType<AwsDestination> | undefined
  return {
    async put(discarded) {
      opened ??= open(options)
      await (await opened).put(discarded)
    },
    async close() {
      await (await opened)?.close()
    },
  }
}
