import type { DeployedFunctionName, SETTLE_MAPPINGS } from '../../lib/connectors/resources/deployed-functions.ts'
import type { ErrorCode } from '../../lib/error.ts'

/** Why a function has a permission. */
export interface Reason {
  /** What it is for; completes "to …". */
  why: string
  /** What happens without it. */
  without: string
  /** The error that tells it, in the answer or in the log. Absent: nothing fails, and `without` says what is different. */
  code?: ErrorCode
}

/** The reasons of one function, by the action and, where it is not the only one, the place of the permission. */
export type Reasons = Record<string, Reason>

const denied = { code: 'STORE_ACCESS_DENIED' } as const
const kafkaDenied = { code: 'KAFKA_ACCESS_DENIED' } as const

/** Kafka asks for this of producers before 2.8 only. Source: KIP-679. */
const idempotent: Reason = {
  why: 'produce without copies when a request is repeated',
  without: 'nothing from Kafka 2.8 on, where `WriteData` is enough',
}

/** MSK asks for it before everything else. Kafka has no such operation, so no test here can take it away. */
const connect: Reason = { why: 'log in to a cluster with IAM', without: 'MSK closes the connection', code: undefined }

/** The permissions to write objects with all options. */
function writing(what: string, without: string): Reasons {
  return {
    's3:PutObject': { why: `write ${what}`, without, ...denied },
    's3:PutObjectAcl': { why: 'give them the declared `acl`', without, ...denied },
    's3:PutObjectTagging': { why: 'give them the declared `tags`', without, ...denied },
    'kms:GenerateDataKey': { why: 'encrypt them with `sseKmsKeyId`', without, ...denied },
  }
}

/** Uploads in parts. */
const parts: Reasons = {
  's3:AbortMultipartUpload': {
    why: 'give up an upload in parts that has failed',
    without: 'the parts stay, and cost, until the bucket’s lifecycle rule removes them',
  },
}

const secrets = (without: string): Reasons => ({
  'secretsmanager:GetSecretValue': { why: 'read logins in Secrets Manager', without, code: 'SECRET_UNREADABLE' },
  'ssm:GetParameter': { why: 'read logins in Parameter Store', without, code: 'SECRET_UNREADABLE' },
})

const NO_START = 'the function does not start'
const STOPS = 'the batch is repeated (`fail`) or stays in Kafka, named in the log (`log`)'

const GROUPS_STAY = 'groups are not set; the outcome is `failed`, and the report says so'
const NO_PASS = 'offsets are not translated'
const NO_GROUPS = 'Kafka shows no group, so none is translated'

const failureTopic = (place: string): Reasons => {
  const without = 'the batch with the failed record is repeated until it can be put aside'
  const code = 'DEAD_LETTER_UNREACHABLE'
  return {
    [`kafka-cluster:DescribeTopic ${place}`]: { why: 'find the topics for failed records', without, code },
    [`kafka-cluster:CreateTopic ${place}`]: { why: 'create the topics for failed records', without, code },
    [`kafka-cluster:WriteData ${place}`]: { why: 'put failed records aside', without, code },
    [`kafka-cluster:WriteDataIdempotently ${place}`]: idempotent,
    [`kafka-cluster:Connect ${place}`]: connect,
  }
}

/** What functions do themselves. What Lambda does with their roles is in {@link lambdasReason}. */
export const reasons = {
  dump: {
    ...writing('objects', STOPS),
    ...parts,
    's3:GetObject': { why: 'compare with an object that is there (`ifNoneMatch`)', without: STOPS, ...denied },
    'kms:Decrypt': {
      why: 'join the parts of an upload, and read what `ifNoneMatch` compares with; read secrets with a key of yours',
      without: STOPS,
      ...denied,
    },
    'glue:GetSchemaVersion': { why: 'decode values', without: STOPS, code: 'SCHEMA_REGISTRY_ACCESS_DENIED' },
    ...secrets(NO_START),
    ...failureTopic('source'),
  },
  compact: {
    ...writing('objects and the commit log', 'staged batches wait'),
    ...parts,
    's3:GetObject': { why: 'read staged batches and the commit log', without: 'staged batches wait', ...denied },
    'kms:Decrypt': { why: 'read and join what is encrypted', without: 'staged batches wait', ...denied },
    's3:ListBucket': {
      why: 'find staged batches, and tell what does not exist',
      without: 'staged batches wait',
      ...denied,
    },
    's3:DeleteObject': { why: 'delete batches that are in objects', without: 'staged batches wait', ...denied },
    'lambda:InvokeFunction': {
      why: 'leave what it has no time for to further invocations',
      without: 'the run fails, and the next one, a minute later, continues',
      code: 'LAMBDA_ACCESS_DENIED',
    },
  },
  'record-cluster': {
    ...writing('snapshots', 'no snapshot is written; the last one stays'),
    ...parts,
    's3:GetObject': { why: 'compare with the last snapshot', without: 'no further snapshot is written', ...denied },
    'kms:Decrypt': { why: 'read the last snapshot', without: 'no further snapshot is written', ...denied },
    's3:ListBucket': { why: 'find the last snapshot', without: 'no snapshot is written', ...denied },
    'kafka-cluster:Connect source': connect,
    'kafka-cluster:DescribeTopic source': {
      why: 'see the topics, and the bounds of what groups have read',
      without: 'topics are not recorded',
      ...kafkaDenied,
    },
    'kafka-cluster:DescribeTopicDynamicConfiguration source': {
      why: 'record settings of topics',
      without: 'topics are not recorded',
      ...kafkaDenied,
    },
    'kafka-cluster:DescribeGroup source': {
      why: 'record positions of groups',
      without: 'groups are left out, which the log says (`Groups left out of the snapshot`)',
    },
  },
  restore: {
    ...writing('the plan, the progress and the report', 'nothing is restored'),
    ...parts,
    's3:GetObject': { why: 'read the dump, and what the restore has done', without: 'nothing is restored', ...denied },
    'kms:Decrypt': { why: 'read what is encrypted', without: 'nothing is restored', ...denied },
    's3:ListBucket': { why: 'find the objects of the dump', without: 'nothing is restored', ...denied },
    's3:DeleteObject': {
      why: 'delete the objects by which it tries how the store creates objects once',
      without: 'nothing is restored',
      ...denied,
    },
    'lambda:InvokeFunction': {
      why: 'leave what it has no time for to further invocations',
      without: 'the restore ends early; the same one again continues',
      code: 'LAMBDA_ACCESS_DENIED',
    },
    'kafka-cluster:Connect target': connect,
    'kafka-cluster:DescribeTopic target': { why: 'find topics', without: 'nothing is restored', ...kafkaDenied },
    'kafka-cluster:DescribeTopicDynamicConfiguration target': {
      why: 'warn of retention that would delete restored records',
      without: 'the warning is missing',
    },
    'kafka-cluster:CreateTopic target': { why: 'create topics', without: 'nothing is restored', ...kafkaDenied },
    'kafka-cluster:AlterTopic target': {
      why: 'add partitions to a topic that has fewer',
      without: 'the topic is not restored',
      ...kafkaDenied,
    },
    'kafka-cluster:ReadData target': {
      why: 'read which records were restored before',
      without: 'nothing is restored',
      ...kafkaDenied,
    },
    'kafka-cluster:WriteData target': { why: 'produce', without: 'nothing is restored', ...kafkaDenied },
    'kafka-cluster:WriteDataIdempotently target': idempotent,
    'kafka-cluster:DescribeGroup target': { why: 'see whether groups are in use', without: GROUPS_STAY },
    'kafka-cluster:AlterGroup target': { why: 'set groups', without: GROUPS_STAY },
    'kafka-cluster:DeleteGroup target': {
      why: 'undo setting groups that had no positions',
      without: 'these groups stay; the outcome is `failed`, and the report says so',
    },
    'kafka-cluster:DescribeTransactionalId target': {
      why: 'produce exactly once',
      without: 'nothing is restored',
      ...kafkaDenied,
    },
    'kafka-cluster:AlterTransactionalId target': {
      why: 'produce exactly once',
      without: 'nothing is restored',
      ...kafkaDenied,
    },
  },
  check: {
    ...writing('a test object', 'the check fails'),
    's3:GetObject': { why: 'read the test object back', without: 'the check passes, and says that it may not read' },
    'kms:Decrypt': { why: 'read the test object back', without: 'the check passes, and says that it may not read' },
    's3:DeleteObject': { why: 'delete the test object', without: 'the check fails', ...denied },
    's3:ListBucket': {
      why: 'find the object with a test record',
      without: '`connectors test` can’t tell where the record is',
      ...denied,
    },
    'kafka:GetBootstrapBrokers': {
      why: 'find the brokers where none are declared',
      without: 'the check fails',
      ...kafkaDenied,
    },
    'kafka-cluster:Connect source': connect,
    'kafka-cluster:DescribeTopic source': {
      why: 'see topics and their ends',
      without: 'the check fails; lag is unknown',
      ...kafkaDenied,
    },
    'kafka-cluster:DescribeTopicDynamicConfiguration source': {
      why: 'see how long topics keep records',
      without: 'the check passes, and says of which topics it is not known',
    },
    'kafka-cluster:ReadData source': {
      why: 'see that the topics may be read, and how old the next record is',
      without: 'the check fails',
      ...kafkaDenied,
    },
    'kafka-cluster:CreateTopic source': {
      why: 'see that the topics for failed records may be created',
      without: 'the check fails',
      ...kafkaDenied,
    },
    'kafka-cluster:WriteData source': {
      why: 'send test records, and see that failed records may be put aside',
      without: 'the check fails, or `connectors test`',
      ...kafkaDenied,
    },
    'kafka-cluster:WriteDataIdempotently source': idempotent,
    'kafka-cluster:DescribeGroup source': {
      why: 'see positions of the group',
      without: 'the check fails; lag is unknown',
      ...kafkaDenied,
    },
    'kafka-cluster:AlterGroup source': {
      why: 'see that the group may be used',
      without: 'the check fails',
      ...kafkaDenied,
    },
    'kafka-cluster:Connect target': connect,
    'kafka-cluster:DescribeTopic target': {
      why: 'see the target topics',
      without: '`connectors test` fails',
      ...kafkaDenied,
    },
    'kafka-cluster:CreateTopic target': {
      why: 'see that the target topics may be created',
      without: 'the check fails',
      ...kafkaDenied,
    },
    'kafka-cluster:WriteData target': {
      why: 'see that the target topics may be written',
      without: 'the check fails',
      ...kafkaDenied,
    },
    'kafka-cluster:ReadData target': {
      why: 'find the test record',
      without: '`connectors test` fails',
      ...kafkaDenied,
    },
  },
  reconcile: {
    'kafka:GetBootstrapBrokers': {
      why: 'find the brokers where none are declared',
      without: 'mappings stay as they are',
      ...kafkaDenied,
    },
    'kafka-cluster:Connect source': connect,
    'kafka-cluster:DescribeTopic source': {
      why: 'see the topics',
      without: 'mappings stay as they are',
      ...kafkaDenied,
    },
    'lambda:CreateEventSourceMapping': {
      why: 'create mappings',
      without: 'new topics are not read',
      code: 'LAMBDA_ACCESS_DENIED',
    },
    'lambda:UpdateEventSourceMapping': {
      why: 'change, disable and enable mappings',
      without: 'mappings stay as they are',
      code: 'LAMBDA_ACCESS_DENIED',
    },
    'lambda:ListEventSourceMappings': {
      why: 'find the mappings',
      without: 'mappings stay as they are',
      code: 'LAMBDA_ACCESS_DENIED',
    },
    'lambda:ListTags mappings': {
      why: 'see which settings a mapping has',
      without: 'mappings stay as they are',
      code: 'LAMBDA_ACCESS_DENIED',
    },
    'lambda:TagResource mappings': {
      why: 'note which settings a mapping has',
      without: 'new topics are not read',
      code: 'LAMBDA_ACCESS_DENIED',
    },
    'lambda:UntagResource mappings': {
      why: 'take such notes back',
      without: 'mappings that it disabled stay so',
      code: 'LAMBDA_ACCESS_DENIED',
    },
    'lambda:ListTags functions': {
      why: 'see whether a deployment holds it',
      without: 'mappings stay as they are',
      code: 'LAMBDA_ACCESS_DENIED',
    },
    'lambda:TagResource functions': {
      why: 'note that all mappings are as declared',
      without: 'the run fails',
      code: 'LAMBDA_ACCESS_DENIED',
    },
  },
  replicate: {
    ...failureTopic('source'),
    'kafka-cluster:DescribeTopicDynamicConfiguration source': {
      why: 'create target topics with the settings of the source',
      without: STOPS,
      ...kafkaDenied,
    },
    'kafka-cluster:Connect target': connect,
    'kafka-cluster:DescribeTopic target': { why: 'find target topics', without: STOPS, ...kafkaDenied },
    'kafka-cluster:CreateTopic target': { why: 'create target topics', without: STOPS, ...kafkaDenied },
    'kafka-cluster:AlterTopic target': {
      why: 'add partitions where the source has more',
      without: STOPS,
      ...kafkaDenied,
    },
    'kafka-cluster:WriteData target': { why: 'produce', without: STOPS, ...kafkaDenied },
    'kafka-cluster:WriteDataIdempotently target': idempotent,
    'kafka-cluster:ReadData target': {
      why: 'read which records are there, for exactly once',
      without: STOPS,
      ...kafkaDenied,
    },
    'kafka-cluster:DescribeTransactionalId target': { why: 'produce exactly once', without: STOPS, ...kafkaDenied },
    'kafka-cluster:AlterTransactionalId target': { why: 'produce exactly once', without: STOPS, ...kafkaDenied },
  },
  'sync-offsets': {
    'kafka-cluster:Connect source': connect,
    'kafka-cluster:DescribeTopic source': { why: 'see the topics', without: NO_PASS, ...kafkaDenied },
    'kafka-cluster:DescribeGroup source': { why: 'read positions of groups', without: NO_GROUPS },
    'kafka-cluster:CreateTopic source': {
      why: 'create the offset topics',
      without: 'nothing once `replicate` has created them',
    },
    'kafka-cluster:ReadData source': { why: 'read where records are on the target', without: NO_PASS, ...kafkaDenied },
    'kafka-cluster:WriteData source': {
      why: 'merge and delete what the offset map has of records that are gone',
      without: 'the offset map grows',
    },
    'kafka-cluster:WriteDataIdempotently source': idempotent,
    'kafka-cluster:Connect target': connect,
    'kafka-cluster:DescribeTopic target': { why: 'find the topics for checkpoints', without: NO_PASS, ...kafkaDenied },
    'kafka-cluster:CreateTopic target': { why: 'create the topics for checkpoints', without: NO_PASS, ...kafkaDenied },
    'kafka-cluster:ReadData target': { why: 'read the last checkpoints', without: NO_PASS, ...kafkaDenied },
    'kafka-cluster:WriteData target': { why: 'write checkpoints and heartbeats', without: NO_PASS, ...kafkaDenied },
    'kafka-cluster:WriteDataIdempotently target': idempotent,
    'kafka-cluster:DescribeGroup target': {
      why: 'see whether groups are in use',
      without: 'groups are not set, and stay as they are',
    },
    'kafka-cluster:AlterGroup target': { why: 'set groups', without: 'groups are not set', ...kafkaDenied },
  },
  'sync-topics': {
    'kafka-cluster:Connect source': connect,
    'kafka-cluster:DescribeCluster source': {
      why: 'read ACLs (`syncAcls`)',
      without: 'ACLs are not copied',
      ...kafkaDenied,
    },
    'kafka-cluster:DescribeTopic source': { why: 'see the topics', without: 'no topic follows' },
    'kafka-cluster:DescribeTopicDynamicConfiguration source': {
      why: 'read settings',
      without: 'settings do not follow',
      ...kafkaDenied,
    },
    'kafka-cluster:Connect target': connect,
    'kafka-cluster:DescribeCluster target': {
      why: 'read ACLs (`syncAcls`)',
      without: 'ACLs are not copied',
      ...kafkaDenied,
    },
    'kafka-cluster:AlterCluster target': {
      why: 'add ACLs (`syncAcls`)',
      without: 'ACLs are not copied',
      ...kafkaDenied,
    },
    'kafka-cluster:DescribeTopic target': { why: 'see the topics', without: 'no topic follows' },
    'kafka-cluster:DescribeTopicDynamicConfiguration target': {
      why: 'compare settings',
      without: 'settings do not follow',
      ...kafkaDenied,
    },
    'kafka-cluster:AlterTopic target': { why: 'add partitions', without: 'partitions are not added', ...kafkaDenied },
    'kafka-cluster:AlterTopicDynamicConfiguration target': {
      why: 'change settings',
      without: 'settings do not follow',
      ...kafkaDenied,
    },
  },
  'settle-mappings': {
    'lambda:ListEventSourceMappings': {
      why: 'find mappings to delete',
      without: 'CloudFormation gets the reason, and rolls back',
    },
    'lambda:DeleteEventSourceMapping': {
      why: 'delete them',
      without: 'CloudFormation gets the reason, and rolls back',
    },
    'lambda:ListTags mappings': {
      why: 'tell mappings that `reconcile` made',
      without: 'CloudFormation gets the reason, and rolls back',
    },
    'lambda:GetFunction': { why: 'find `reconcile`', without: 'the stack is rolled back', code: 'LAMBDA_UNAVAILABLE' },
    'lambda:InvokeFunction': {
      why: 'run `reconcile`',
      without: 'mappings are made by the next scheduled run',
    },
    'lambda:TagResource functions': {
      why: 'hold `reconcile` while a connector is removed',
      without: 'CloudFormation gets the reason, and rolls back',
    },
    'lambda:UntagResource functions': {
      why: 'end such a hold',
      without: 'mappings are made by the next scheduled run',
      code: 'LAMBDA_UNAVAILABLE',
    },
  },
} satisfies Partial<Record<DeployedFunctionName | typeof SETTLE_MAPPINGS, Reasons>>

const POLLS = 'read the cluster for mappings'

/** What Lambda itself does with the role of every function. */
const everywhere: Record<string, string> = {
  'logs:CreateLogStream': 'write the log',
  'logs:PutLogEvents': 'write the log',
  'xray:PutTraceSegments': 'send traces (`provider.tracing.lambda`)',
  'xray:PutTelemetryRecords': 'send traces (`provider.tracing.lambda`)',
  'ec2:CreateNetworkInterface': 'reach a cluster in a VPC',
  'ec2:DescribeNetworkInterfaces': 'reach a cluster in a VPC',
  'ec2:DeleteNetworkInterface': 'reach a cluster in a VPC',
  'ec2:DescribeVpcs': 'reach a cluster in a VPC',
  'ec2:DescribeSubnets': 'reach a cluster in a VPC',
  'ec2:DescribeSecurityGroups': 'reach a cluster in a VPC',
}

/** What Lambda's pollers do with the role of the function that mappings call. Source: AWS Lambda, "Authenticating with MSK". */
const polling: Record<string, string> = {
  'kafka:DescribeCluster': POLLS,
  'kafka:DescribeClusterV2': POLLS,
  'kafka:GetBootstrapBrokers': POLLS,
  'kafka-cluster:DescribeClusterDynamicConfiguration source': POLLS,
  'kafka-cluster:ReadData source': POLLS,
  'kafka-cluster:DescribeGroup source': POLLS,
  'kafka-cluster:AlterGroup source': POLLS,
}

/** What Lambda itself has a permission of a function's role for; undefined when the function asks for it. */
export function lambdasReason(file: string, key: string): string | undefined {
  return everywhere[key] ?? (file === 'dump' || file === 'replicate' ? polling[key] : undefined)
}
