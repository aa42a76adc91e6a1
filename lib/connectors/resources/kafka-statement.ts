import type { Intrinsic } from '../../cloudformation/intrinsic.ts'
import { allow, joined, type Statement } from '../../cloudformation/template.ts'
import { isVpcConnection } from '../declaration/cluster.ts'
import type { SourceDeclaration } from '../declaration/declaration.ts'

/** The parts of a cluster's declaration that decide on permissions. */
export type Cluster = Pick<SourceDeclaration, 'msk' | 'auth' | 'vpc'>

/** Asking for an MSK cluster's brokers, for functions that connect to a cluster whose brokers are not declared. */
export function brokerStatements({
  msk,
  bootstrapServers,
}: Pick<SourceDeclaration, 'msk' | 'bootstrapServers'>): Statement[] {
  return allow(['kafka:GetBootstrapBrokers'], msk && !bootstrapServers && !isVpcConnection(msk) ? [msk] : [])
}

/**
 * Finding an MSK cluster's brokers, for event source mappings; those of another account through the connection. Source: AWS
 * Lambda Developer Guide, "Creating cross-account event source mappings".
 */
export function mskStatements({ msk }: Cluster): Statement[] {
  const find = ['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers']
  return [
    ...allow(['kafka:DescribeVpcConnection'], isVpcConnection(msk) ? [msk] : []),
    ...allow(find, msk ? [clusterArn(msk, 'cluster')] : []),
  ]
}

/** Reading topics with the role. Source: Amazon MSK, "IAM access control", and AWS Lambda, "Authenticating with MSK". */
export function readStatements(cluster: Cluster, topics: string[], groups: string[]): Statement[] {
  return onCluster(cluster, {
    cluster: ['Connect', 'DescribeClusterDynamicConfiguration'],
    topics: [['DescribeTopic', 'ReadData'], topics],
    groups: [['DescribeGroup', 'AlterGroup'], groups],
  })
}

/** Reading from and writing to topics, and asking how long they keep records. */
export function passStatements(cluster: Cluster, topics: string[], groups: string[]): Statement[] {
  return onCluster(cluster, {
    cluster: ['Connect', 'WriteDataIdempotently'],
    topics: [['DescribeTopic', 'DescribeTopicDynamicConfiguration', 'ReadData', 'WriteData'], topics],
    groups: [['DescribeGroup', 'AlterGroup'], groups],
  })
}

/** Writing to topics for failed records, which the first such record creates. */
export function failureTopicStatements(cluster: Cluster, topics: string[]): Statement[] {
  if (topics.length === 0) return []
  return onCluster(cluster, {
    cluster: ['Connect', 'WriteDataIdempotently'],
    topics: [['DescribeTopic', 'CreateTopic', 'WriteData'], topics],
  })
}

interface Actions {
  cluster?: string[]
  /** The actions and the names to which they apply. */
  topics?: [actions: string[], names: string[]]
  groups?: [actions: string[], names: string[]]
  transactions?: [actions: string[], names: string[]]
}

/** Kafka's own actions. IAM checks them only for clients that log in with IAM. */
export function onCluster(
  { msk, auth }: Cluster,
  { cluster = [], topics, groups, transactions }: Actions,
): Statement[] {
  if (!msk || !auth?.iam) return []
  const named = (kind: string, names: string[]) => names.map(name => joined(clusterArn(msk, kind), '/', name))
  const kafka = (actions: string[]) => actions.map(action => `kafka-cluster:${action}`)
  return [
    ...(cluster.length > 0 ? allow(kafka(cluster), [clusterArn(msk, 'cluster')]) : []),
    ...(topics ? allow(kafka(topics[0]), named('topic', topics[1])) : []),
    ...(groups ? allow(kafka(groups[0]), named('group', groups[1])) : []),
    ...(transactions ? allow(kafka(transactions[0]), named('transactional-id', transactions[1])) : []),
  ]
}

/**
 * `arn:…:topic/demo/uuid` for a cluster's `arn:…:cluster/demo/uuid`. For a VPC connection, that of the cluster at its other end,
 * whose last part is not known here.
 */
function clusterArn(msk: string | Intrinsic, kind: string): unknown {
  if (typeof msk === 'string' && isVpcConnection(msk)) {
    return msk.replace(
      /:\d+:vpc-connection\/(\d+)\/([^/]+)\/.*$/,
      (_, account, name) => `:${account}:${kind}/${name}/*`,
    )
  }
  if (kind === 'cluster') return msk
  return typeof msk === 'string'
    ? msk.replace(':cluster/', `:${kind}/`)
    : { 'Fn::Join': [`:${kind}/`, { 'Fn::Split': [':cluster/', msk] }] }
}
