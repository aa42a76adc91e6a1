import type { Intrinsic } from '../../cloudformation/intrinsic.ts'
import { joined, ownArn, type Statement } from '../../cloudformation/template.ts'
import type { Connector, DumpConnector, ReplicateConnector } from '../declaration/connector.ts'
import type { DeadLetter } from '../declaration/dead-letter.ts'
import type { SourceDeclaration } from '../declaration/declaration.ts'

import { registrySecrets, type SchemaRegistry } from '../declaration/schema-registry.ts'
import { bucketName } from './bucket.ts'
import { failureTopics } from './environment.ts'
import { functionName } from './function-name.ts'
import { consumerGroup } from './mapping.ts'

type Cluster = Pick<SourceDeclaration, 'msk' | 'auth' | 'vpc'>

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
    ...writeStatements(source, failureTopics(connector)),
    ...(kind === 'replicate' ? replicateStatements(connector) : []),
    ...registryStatements(source.schemaRegistry),
    ...deadLetterStatements(declaration.deadLetter),
  ]
}

/** Writing objects under the prefix. */
function storeStatements(connector: DumpConnector): Statement[] {
  const place = storePlace(connector)
  return place ? putStatements(connector, joined(...place.objects, '*')) : []
}

/** Testing the bucket with an object, and finding the object that holds a record. */
function probeStatements(connector: DumpConnector): Statement[] {
  const place = storePlace(connector)
  if (!place) return []
  const probes = joined(...place.objects, '.check/*')
  const Condition = { StringLike: { 's3:prefix': joined(...place.folder, '*') } }
  return [
    ...putStatements(connector, probes),
    ...allow(['s3:DeleteObject'], [probes]),
    { Effect: 'Allow', Action: ['s3:ListBucket'], Resource: joined(...place.bucket), Condition },
  ]
}

/** Whether objects are written with the function's role. AWS does not control access to other stores or with access keys. */
export function writesAsRole({ declaration }: DumpConnector): boolean {
  const { endpoint, accessKeyId } = declaration.to
  return endpoint === undefined && accessKeyId === undefined
}

/** The parts of the ARNs of bucket and objects, and of the folder; undefined when the role does not write them. */
function storePlace(connector: DumpConnector) {
  const { prefix } = connector.declaration.to
  const name = bucketName(connector)
  if (name === undefined || !writesAsRole(connector)) return undefined
  const folder = prefix === undefined ? [] : [prefix, '/']
  const isArn = typeof name === 'string' && name.startsWith('arn:')
  const bucket = isArn ? [name] : ['arn:', { Ref: 'AWS::Partition' }, ':s3:::', name]
  return { bucket, folder, objects: [...bucket, isArn ? '/object/' : '/', ...folder] }
}

/** Writing objects with the declared options. */
function putStatements({ declaration }: DumpConnector, Resource: unknown): Statement[] {
  const { acl, tags, ifNoneMatch, sseKmsKeyId } = declaration.to
  const Action = [
    ...['s3:PutObject', 's3:AbortMultipartUpload'],
    ...(acl ? ['s3:PutObjectAcl'] : []),
    ...(tags ? ['s3:PutObjectTagging'] : []),
    ...(ifNoneMatch === 'true' ? ['s3:GetObject'] : []),
  ]
  return [{ Effect: 'Allow', Action, Resource }, ...encryptionStatements(sseKmsKeyId)]
}

/** Encrypting objects, and decrypting their parts, with a customer's key. Source: Amazon S3 User Guide, "Using SSE-KMS". */
function encryptionStatements(key: unknown): Statement[] {
  if (key === undefined) return []
  const isArn = typeof key !== 'string' || key.startsWith('arn:')
  return allow(['kms:GenerateDataKey', 'kms:Decrypt'], [isArn ? key : ownArn('kms', `key/${key}`)])
}

/** Reading the schemas of values from AWS Glue. */
function schemaStatements({ declaration }: DumpConnector): Statement[] {
  const { schemaRegistryUrl: uri } = declaration.to
  const isGlue = uri !== undefined && (typeof uri !== 'string' || uri.startsWith('arn:'))
  return isGlue ? allow(['glue:GetSchemaVersion'], [uri, ...schemasOf(uri)]) : []
}

/** Finding an MSK cluster's brokers. */
function mskStatements({ msk }: Cluster): Statement[] {
  return allow(['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'], msk ? [msk] : [])
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
    ...mskStatements(source),
    ...passStatements(source, topics, groups),
    ...writeStatements(source, failureTopics(connector)),
    ...(kind === 'replicate' ? [...replicateStatements(connector), ...readStatements(connector.to, ['*'], [])] : []),
  ]
}

/**
 * Listing topics, creating and changing the mappings of the connector's function only, and reading its own tags.
 *
 * @param key the key of the function `reconcile`
 */
export function reconcileStatements(connector: Connector, service: string, key: string): Statement[] {
  const { source, name } = connector
  const functionArn = ownArn('lambda', `function:${functionName(service, name)}`)
  const mappings = ownArn('lambda', 'event-source-mapping:*')
  const own = ownArn('lambda', `function:${functionName(service, key)}`)
  const change = ['CreateEventSourceMapping', 'UpdateEventSourceMapping'].map(action => `lambda:${action}`)
  return [
    ...mskStatements(source),
    ...onCluster(source, { cluster: ['Connect'], topics: [['DescribeTopic'], ['*']] }),
    { Effect: 'Allow', Action: change, Resource: '*', Condition: { ArnLike: { 'lambda:FunctionArn': functionArn } } },
    // Lambda supports no narrower resource for a list, and mappings have no names before they exist.
    ...allow(['lambda:ListEventSourceMappings'], ['*']),
    ...allow(['lambda:ListTags', 'lambda:TagResource', 'lambda:UntagResource'], [mappings]),
    ...allow(['lambda:ListTags'], [own]),
  ]
}

/** Reading topics with the role. Source: Amazon MSK, "IAM access control", and AWS Lambda, "Authenticating with MSK". */
function readStatements(cluster: Cluster, topics: string[], groups: string[]): Statement[] {
  return onCluster(cluster, {
    cluster: ['Connect', 'DescribeClusterDynamicConfiguration'],
    topics: [['DescribeTopic', 'ReadData'], topics],
    groups: [['DescribeGroup', 'AlterGroup'], groups],
  })
}

/** Reading from and writing to topics. */
function passStatements(cluster: Cluster, topics: string[], groups: string[]): Statement[] {
  return onCluster(cluster, {
    cluster: ['Connect', 'DescribeClusterDynamicConfiguration', 'WriteDataIdempotently'],
    topics: [['DescribeTopic', 'ReadData', 'WriteData'], topics],
    groups: [['DescribeGroup', 'AlterGroup'], groups],
  })
}

/** Writing to existing topics. */
function writeStatements(cluster: Cluster, topics: string[]): Statement[] {
  if (topics.length === 0) return []
  return onCluster(cluster, {
    cluster: ['Connect', 'WriteDataIdempotently'],
    topics: [['DescribeTopic', 'WriteData'], topics],
  })
}

/** Creating topics on the target after those of the source, producing to them, and recording offsets. */
function replicateStatements({ name, source, to }: ReplicateConnector): Statement[] {
  const describe = ['DescribeTopic', 'DescribeTopicDynamicConfiguration']
  return [
    ...onCluster(source, { cluster: ['Connect', 'DescribeCluster'], topics: [describe, ['*']] }),
    ...onCluster(source, { cluster: ['WriteDataIdempotently'], topics: [['CreateTopic', 'WriteData'], INTERNAL] }),
    ...onCluster(to, {
      cluster: ['Connect', 'DescribeCluster', 'WriteDataIdempotently'],
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
export function syncOffsetsStatements({ source, to }: ReplicateConnector): Statement[] {
  const write = ['CreateTopic', 'DescribeTopic', 'ReadData', 'WriteData']
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
      groups: [['DescribeGroup', 'AlterGroup'], ['*']],
    }),
  ]
}

/** Making partitions, settings and ACLs of the target's topics follow the source's. */
export function syncTopicsStatements({ source, to }: ReplicateConnector): Statement[] {
  const describe = ['DescribeTopic', 'DescribeTopicDynamicConfiguration']
  return [
    ...onCluster(source, { cluster: ['Connect', 'DescribeCluster'], topics: [describe, ['*']] }),
    ...onCluster(to, {
      cluster: ['Connect', 'DescribeCluster', 'AlterCluster'],
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

/** The ARNs of a registry's schemas: they begin as the registry's does and end in the schema's name. */
function schemasOf(uri: string | Intrinsic): unknown[] {
  return typeof uri === 'string'
    ? [`${uri.replace(':registry/', ':schema/')}/*`]
    : [{ 'Fn::Join': [':schema/', { 'Fn::Split': [':registry/', joined(uri, '/*')] }] }]
}

/** Replication's internal topics, whatever the separator. */
const INTERNAL = ['*internal']

interface Actions {
  cluster?: string[]
  /** The actions and the names to which they apply. */
  topics?: [actions: string[], names: string[]]
  groups?: [actions: string[], names: string[]]
  transactions?: [actions: string[], names: string[]]
}

/** Kafka's own actions. IAM checks them only for clients that log in with IAM. */
function onCluster({ msk, auth }: Cluster, { cluster = [], topics, groups, transactions }: Actions): Statement[] {
  if (!msk || !auth?.iam) return []
  const named = (kind: string, names: string[]) => names.map(name => joined(clusterArn(msk, kind), '/', name))
  const kafka = (actions: string[]) => actions.map(action => `kafka-cluster:${action}`)
  return [
    ...(cluster.length > 0 ? allow(kafka(cluster), [msk]) : []),
    ...(topics ? allow(kafka(topics[0]), named('topic', topics[1])) : []),
    ...(groups ? allow(kafka(groups[0]), named('group', groups[1])) : []),
    ...(transactions ? allow(kafka(transactions[0]), named('transactional-id', transactions[1])) : []),
  ]
}

/** `arn:…:topic/demo/uuid` for a cluster's `arn:…:cluster/demo/uuid`. */
function clusterArn(msk: unknown, kind: string): unknown {
  return typeof msk === 'string'
    ? msk.replace(':cluster/', `:${kind}/`)
    : { 'Fn::Join': [`:${kind}/`, { 'Fn::Split': [':cluster/', msk] }] }
}

function allow(Action: string[], Resource: unknown[]): Statement[] {
  return Resource.length > 0 ? [{ Effect: 'Allow', Action, Resource }] : []
}
