/** The errors by which a cluster denies something, and what it denies it on. Source: Apache Kafka, protocol guide, "Error codes". */
const kinds: Record<string, Kind> = {
  TOPIC_AUTHORIZATION_FAILED: 'topic',
  GROUP_AUTHORIZATION_FAILED: 'group',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'transactional id',
  CLUSTER_AUTHORIZATION_FAILED: 'cluster',
}

type Kind = 'topic' | 'group' | 'transactional id' | 'cluster'

/** The operation that an ACL allows, and the action of MSK's IAM that is the same. */
type Permission = [operation: string, action: string]

const [describeTopic, readTopic, writeTopic]: Permission[] = [
  ['DESCRIBE', 'DescribeTopic'],
  ['READ', 'ReadData'],
  ['WRITE', 'WriteData'],
]
const transaction: Permission = ['WRITE', 'AlterTransactionalId']

/**
 * What each request of the protocol takes on what it is about. Sources: Apache Kafka, "Authorization and ACLs", "Operations and
 * Resources on Protocols"; Amazon MSK Developer Guide, "Semantics of IAM authorization policy actions".
 */
const permissions: Record<Kind, Record<string, Permission | undefined>> = {
  topic: {
    Metadata: describeTopic,
    ListOffsets: describeTopic,
    OffsetFetch: describeTopic,
    Fetch: readTopic,
    OffsetCommit: readTopic,
    Produce: writeTopic,
    AddPartitionsToTxn: writeTopic,
    CreateTopics: ['CREATE', 'CreateTopic'],
    CreatePartitions: ['ALTER', 'AlterTopic'],
    DeleteTopics: ['DELETE', 'DeleteTopic'],
    DescribeConfigs: ['DESCRIBE_CONFIGS', 'DescribeTopicDynamicConfiguration'],
    AlterConfigs: ['ALTER_CONFIGS', 'AlterTopicDynamicConfiguration'],
  },
  group: {
    FindCoordinator: ['DESCRIBE', 'DescribeGroup'],
    DescribeGroups: ['DESCRIBE', 'DescribeGroup'],
    OffsetFetch: ['DESCRIBE', 'DescribeGroup'],
    OffsetCommit: ['READ', 'AlterGroup'],
    DeleteGroups: ['DELETE', 'DeleteGroup'],
    OffsetDelete: ['DELETE', 'DeleteGroup'],
  },
  'transactional id': {
    FindCoordinator: ['DESCRIBE', 'DescribeTransactionalId'],
    InitProducerId: transaction,
    AddPartitionsToTxn: transaction,
    EndTxn: transaction,
    Produce: transaction,
  },
  cluster: {
    InitProducerId: ['IDEMPOTENT_WRITE', 'WriteDataIdempotently'],
    DescribeAcls: ['DESCRIBE', 'DescribeCluster'],
    CreateAcls: ['ALTER', 'AlterCluster'],
  },
}

/**
 * What a login lacks that a cluster has denied something, for a message; undefined when the error says something else, or the
 * request is not one of ours.
 *
 * @param error its name in the protocol
 * @param request such as `CreateTopics`
 */
export function missingPermission(error: string, request: string): string | undefined {
  const kind = kinds[error]
  const permission = kind && permissions[kind][request]
  if (!permission) return undefined
  const [operation, action] = permission
  return `It takes ${operation} on the ${kind}, or kafka-cluster:${action} with IAM`
}
