import { sinksGroup, workersCluster } from './connect-sink.ts'
import { listed } from './outcomes.ts'
import { fromEnvironment, type Given } from './setting.ts'

/** Keys of a dump that its sink’s file may lack: the cluster, topics, the bucket, and the group with which it continues. */
export function sinksMore(given: Given): Record<string, unknown> {
  const hasTopics = given.has('topics') || given.has('topics.regex')
  const hasBucket = given.has('s3.bucket.name') || given.has('aws.s3.bucket.name') || given.has('aws_s3_bucket')
  return {
    ...workersCluster(given),
    ...(hasTopics ? {} : { 'source.topics': [fromEnvironment(given.variable('TOPIC'))] }),
    ...(hasBucket ? {} : { 'to.bucket': fromEnvironment(given.variable('BUCKET')) }),
    ...sinksGroup(given)?.keys,
  }
}

/** How a dump takes over from a sink. */
export function sinkSwitching(given: Given): string[] {
  const group = given.get('consumer.override.group.id') ?? `connect-${given.get('name') ?? given.name}`
  const single = listed(given.get('topics') ?? '').length === 1
  return [
    'Stop the sink before you deploy: both would write the same records, into objects of different names.',
    single
      ? `The connector reads with the sink’s group ${group}, so it continues where the sink stopped.`
      : `The sink’s group ${group} has the positions of several topics, and AWS requires a group for each. Set the new groups to its ` +
        'positions (kafka-consumer-groups.sh --reset-offsets) before you deploy, or declare `source.startFrom` with the time at which ' +
        'the sink stopped. Otherwise everything is read from the earliest record on.',
  ]
}
