import { allow, joined, type Statement } from '../../cloudformation/template.ts'
import type { SourceDeclaration } from '../declaration/declaration.ts'

/** The parts of a cluster's declaration that decide on permissions. */
export type Cluster = Pick<SourceDeclaration, 'msk' | 'auth' | 'vpc'>

/** Finding an MSK cluster's brokers. */
export function mskStatements({ msk }: Cluster): Statement[] {
  return allow(['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'], msk ? [msk] : [])
}

/** Reading topics with the role. Source: Amazon MSK, "IAM access control", and AWS Lambda, "Authenticating with MSK". */
export function readStatements(cluster: Cluster, topics: string[], groups: string[]): Statement[] {
  return onCluster(cluster, {
    cluster: ['Connect', 'DescribeClusterDynamicConfiguration'],
    topics: [['DescribeTopic', 'ReadData'], topics],
    groups: [['DescribeGroup', 'AlterGroup'], groups],
  })
}

/** Reading from and writing to topics. */
export function passStatements(cluster: Cluster, topics: string[], groups: string[]): Statement[] {
  return onCluster(cluster, {
    cluster: ['Connect', 'DescribeClusterDynamicConfiguration', 'WriteDataIdempotently'],
    topics: [['DescribeTopic', 'ReadData', 'WriteData'], topics],
    groups: [['DescribeGroup', 'AlterGroup'], groups],
  })
}

/** Writing to existing topics. */
export function writeStatements(cluster: Cluster, topics: string[]): Statement[] {
  if (topics.length === 0) return []
  return onCluster(cluster, {
    cluster: ['Connect', 'WriteDataIdempotently'],
    topics: [['DescribeTopic', 'WriteData'], topics],
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
