import { allow, joined, ownArn, type Statement } from '../../cloudformation/template.ts'
import type { Connector, DumpConnector, ReplicateConnector } from '../declaration/connector.ts'
import type { DeadLetter } from '../declaration/dead-letter.ts'
import { declaredRecording } from '../declaration/recording.ts'
import { registrySecrets, type SchemaRegistry } from '../declaration/schema-registry.ts'
import { failureTopics } from './environment.ts'
import { connectorKey, functionName } from './function-name.ts'
import {
  brokerStatements,
  type Cluster,
  failureTopicStatements,
  mskStatements,
  onCluster,
  passStatements,
  readStatements,
} from './kafka-statement.ts'
import { consumerGroup } from './mapping.ts'
import { probeStatements, schemaStatements, schemasOf, snapshotStatements, storeStatements } from './store-statement.ts'

/** Replication's internal topics, whatever the separator. */
const INTERNAL = ['*internal']

/**
 * What a connector's function may do, and its mappings, which poll with its role.
 *
 * @param topics those with a mapping; undefined when only a pattern is known
 */
export function connectorStatements(connector: Connector, topics: string[] | undefined, service: string): Statement[] {
  const { source, kind, declaration } = connector
  const groups = (topics ?? ['*']).map(topic => consumerGroup(connector, topic, service))
  return [
    ...(kind === 'dump' ? [...storeStatements(connector), ...schemaStatements(connector)] : []),
    ...mskStatements(source),
    ...readStatements(source, topics ?? ['*'], groups),
    ...failureTopicStatements(source, failureTopics(connector)),
    ...(kind === 'replicate' ? replicateStatements(connector) : []),
    ...registryStatements(source.schemaRegistry),
    ...deadLetterStatements(declaration.deadLetter),
  ]
}

/**
 * Checking everything that a connector needs, and sending a record through it.
 *
 * @param topics those with a mapping; undefined when only a pattern is known
 */
export function checkStatements(connector: Connector, topics: string[] = ['*'], service: string): Statement[] {
  const { source, kind } = connector
  const groups = topics.map(topic => consumerGroup(connector, topic, service))
  return [
    ...(kind === 'dump' ? probeStatements(connector) : []),
    ...brokerStatements(source),
    ...passStatements(source, topics, groups),
    ...failureTopicStatements(source, failureTopics(connector)),
    ...onCluster(source, { topics: [['DescribeTopicDynamicConfiguration'], failureTopics(connector)] }),
    ...(kind === 'replicate'
      ? onCluster(connector.to, {
          cluster: ['Connect'],
          topics: [['DescribeTopic', 'CreateTopic', 'WriteData', 'ReadData'], ['*']],
        })
      : []),
  ]
}

/**
 * Listing topics, creating and changing the mappings of the connector's function only, and reading and changing its own tags.
 *
 * @param key the key of the function `reconcile`
 */
export function reconcileStatements(connector: Connector, service: string, key: string): Statement[] {
  const { source } = connector
  const functionArn = ownArn('lambda', `function:${functionName(service, connectorKey(connector))}`)
  const mappings = ownArn('lambda', 'event-source-mapping:*')
  const own = ownArn('lambda', `function:${functionName(service, key)}`)
  const change = ['CreateEventSourceMapping', 'UpdateEventSourceMapping'].map(action => `lambda:${action}`)
  return [
    ...brokerStatements(source),
    ...onCluster(source, { cluster: ['Connect'], topics: [['DescribeTopic'], ['*']] }),
    { Effect: 'Allow', Action: change, Resource: '*', Condition: { ArnLike: { 'lambda:FunctionArn': functionArn } } },
    // Lambda supports no narrower resource for a list, and mappings have no names before they exist.
    ...allow(['lambda:ListEventSourceMappings'], ['*']),
    ...allow(['lambda:ListTags', 'lambda:TagResource', 'lambda:UntagResource'], [mappings]),
    ...allow(['lambda:ListTags', 'lambda:TagResource'], [own]),
  ]
}

/** Creating topics on the target after those of the source, producing to them, and recording offsets. */
function replicateStatements({ name, source, to }: ReplicateConnector): Statement[] {
  const describe = ['DescribeTopic', 'DescribeTopicDynamicConfiguration']
  return [
    ...onCluster(source, { cluster: ['Connect'], topics: [describe, ['*']] }),
    ...(to.offsetSyncsLocation === 'target'
      ? []
      : onCluster(source, { cluster: ['WriteDataIdempotently'], topics: [['CreateTopic', 'WriteData'], INTERNAL] })),
    ...onCluster(to, {
      cluster: ['Connect', 'WriteDataIdempotently'],
      topics: [['DescribeTopic', 'CreateTopic', 'AlterTopic', 'WriteData'], ['*']],
    }),
    ...(to.exactlyOnce === 'true' ? transactionStatements(to, name) : []),
  ]
}

/** Transactions of one connector, and reading the offsets that earlier ones recorded on the target. */
function transactionStatements(to: Cluster, connector: string): Statement[] {
  const actions = ['DescribeTransactionalId', 'AlterTransactionalId']
  return onCluster(to, { topics: [['ReadData'], INTERNAL], transactions: [actions, [`${connector}-*`]] })
}

/** Translating offsets: reading groups and positions, writing checkpoints and heartbeats, setting groups on the target. */
export function syncOffsetsStatements({ source, to, declaration }: ReplicateConnector): Statement[] {
  const write = ['CreateTopic', 'DescribeTopic', 'ReadData', 'WriteData']
  const setsGroups = declaration.syncOffsets?.syncConsumerOffsets === 'true'
  return [
    ...onCluster(source, {
      cluster: ['Connect', 'WriteDataIdempotently'],
      topics: [['DescribeTopic'], ['*']],
      groups: [['DescribeGroup'], ['*']],
    }),
    ...onCluster(source, { topics: [write, INTERNAL] }),
    ...onCluster(to, {
      cluster: ['Connect', 'WriteDataIdempotently'],
      topics: [write, ['*']],
      ...(setsGroups ? { groups: [['DescribeGroup', 'AlterGroup'], ['*']] } : {}),
    }),
  ]
}

/** Describing topics and groups of the source, and writing what was described beside the dump. */
export function recordClusterStatements(connector: DumpConnector): Statement[] {
  const { source, declaration } = connector
  const { topics, groups } = declaredRecording(declaration) ?? {}
  return [
    ...onCluster(source, {
      cluster: ['Connect'],
      topics: [['DescribeTopic', ...(topics ? ['DescribeTopicDynamicConfiguration'] : [])], ['*']],
      ...(groups ? { groups: [['DescribeGroup'], ['*']] } : {}),
    }),
    ...snapshotStatements(connector),
  ]
}

/** Making partitions, settings and ACLs of the target's topics follow the source's. */
export function syncTopicsStatements({ source, to, declaration }: ReplicateConnector): Statement[] {
  const describe = ['DescribeTopic', 'DescribeTopicDynamicConfiguration']
  // Whoever may alter a cluster can give everybody any permission in it.
  const acls = declaration.syncTopics?.syncAcls === 'true'
  return [
    ...onCluster(source, { cluster: ['Connect', ...(acls ? ['DescribeCluster'] : [])], topics: [describe, ['*']] }),
    ...onCluster(to, {
      cluster: ['Connect', ...(acls ? ['DescribeCluster', 'AlterCluster'] : [])],
      topics: [[...describe, 'AlterTopic', 'AlterTopicDynamicConfiguration'], ['*']],
    }),
  ]
}

/**
 * Writing a failed batch to its destination. A Kafka topic is covered by the topics that are written to.
 * Source: AWS Lambda, "Capturing discarded batches for Amazon MSK and self-managed Apache Kafka event sources".
 */
function deadLetterStatements(deadLetter: DeadLetter | undefined): Statement[] {
  if (!deadLetter || deadLetter.kind === 'topic') return []
  const { kind, arn, kmsKey } = deadLetter
  const put = {
    sqs: allow(['sqs:SendMessage'], [arn]),
    sns: allow(['sns:Publish'], [arn]),
    s3: [...allow(['s3:ListBucket'], [arn]), ...allow(['s3:PutObject'], [joined(arn, '/*')])],
  }
  const decrypt = kind === 's3' ? [] : ['kms:Decrypt']
  return [...put[kind], ...allow([...decrypt, 'kms:GenerateDataKey'], kmsKey === undefined ? [] : [kmsKey])]
}

/** Reading schemas. A registry outside AWS needs its secrets. Source: AWS Lambda, "Using schema registries with Kafka event sources". */
function registryStatements(registry: SchemaRegistry | undefined): Statement[] {
  if (!registry) return []
  const { uri } = registry
  const isGlue = typeof uri !== 'string' || uri.startsWith('arn:')
  return [
    ...allow(['secretsmanager:GetSecretValue'], registrySecrets(registry)),
    ...allow(['glue:GetRegistry', 'glue:GetSchemaVersion'], isGlue ? [uri, ...schemasOf(uri)] : []),
  ]
}
