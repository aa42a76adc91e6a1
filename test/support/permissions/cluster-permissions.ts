import {
  type AclEntry,
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs'
import { type KafkaSettings, kafkajsConfig } from '../../../lib/kafka/client/settings.ts'
import type { Granted } from '../../../local/permissions/granted.ts'
import { untilApplied } from '../applied-changes.ts'
import { setScramPassword } from '../scram-user.ts'

const { TOPIC, GROUP, CLUSTER, TRANSACTIONAL_ID } = AclResourceTypes
const { READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE } =
  AclOperationTypes

/**
 * The ACL of Kafka that each action of MSK's IAM is equivalent to; undefined: every client that logs in.
 * Source: Amazon MSK Developer Guide, "Semantics of IAM authorization policy actions".
 */
const equivalents: Record<string, [AclResourceTypes, AclOperationTypes] | undefined> = {
  'kafka-cluster:Connect': undefined,
  'kafka-cluster:DescribeCluster': [CLUSTER, DESCRIBE],
  'kafka-cluster:AlterCluster': [CLUSTER, ALTER],
  'kafka-cluster:DescribeClusterDynamicConfiguration': [CLUSTER, DESCRIBE_CONFIGS],
  'kafka-cluster:WriteDataIdempotently': [CLUSTER, IDEMPOTENT_WRITE],
  'kafka-cluster:DescribeTopic': [TOPIC, DESCRIBE],
  'kafka-cluster:CreateTopic': [TOPIC, CREATE],
  'kafka-cluster:DeleteTopic': [TOPIC, DELETE],
  'kafka-cluster:AlterTopic': [TOPIC, ALTER],
  'kafka-cluster:DescribeTopicDynamicConfiguration': [TOPIC, DESCRIBE_CONFIGS],
  'kafka-cluster:AlterTopicDynamicConfiguration': [TOPIC, ALTER_CONFIGS],
  'kafka-cluster:ReadData': [TOPIC, READ],
  'kafka-cluster:WriteData': [TOPIC, WRITE],
  'kafka-cluster:DescribeGroup': [GROUP, DESCRIBE],
  'kafka-cluster:AlterGroup': [GROUP, READ],
  'kafka-cluster:DeleteGroup': [GROUP, DELETE],
  'kafka-cluster:DescribeTransactionalId': [TRANSACTIONAL_ID, DESCRIBE],
  'kafka-cluster:AlterTransactionalId': [TRANSACTIONAL_ID, WRITE],
}

const every = Object.entries(equivalents).flatMap(([action, acl]) => (acl ? [{ action, acl }] : []))

/**
 * Makes a user of a cluster who may do what a role may, and nothing else: of an action that the role has on no resource the
 * user is also denied what Kafka would imply, as it implies describing a topic from reading it, which IAM doesn't.
 *
 * @param granted the role's permissions on this cluster
 * @param names topics that patterns mean which Kafka can't express, such as `*internal`
 */
export async function createUser(
  admin: KafkaSettings,
  user: { name: string; password: string },
  granted: Granted[],
  names: string[],
): Promise<void> {
  await setScramPassword(admin, user.name, user.password)
  const principal = `User:${user.name}`
  const allowed = granted.flatMap(({ action, resources }) => {
    const acl = equivalents[action]
    return acl ? resources.flatMap(arn => resourcesOf(acl[0], arn, names).map(named => ({ acl, ...named }))) : []
  })
  const denied = every.filter(({ action }) => !granted.some(one => one.action === action))
  const entries: AclEntry[] = [
    ...allowed.map(({ acl, resourceName, resourcePatternType }) => ({
      ...{ principal, host: '*', permissionType: AclPermissionTypes.ALLOW },
      ...{ resourceType: acl[0], operation: acl[1], resourceName, resourcePatternType },
    })),
    ...denied.map(({ acl: [resourceType, operation] }) => ({
      ...{ principal, host: '*', permissionType: AclPermissionTypes.DENY, resourceType, operation },
      resourceName: resourceType === CLUSTER ? 'kafka-cluster' : '*',
      resourcePatternType: ResourcePatternTypes.LITERAL,
    })),
  ]
  const kafka = new Kafka({ ...kafkajsConfig(admin), logLevel: logLevel.NOTHING }).admin()
  await kafka.connect()
  try {
    await kafka.createAcls({ acl: entries })
  } finally {
    await kafka.disconnect()
  }
  await untilApplied(admin)
}

type Named = Pick<AclEntry, 'resourceName' | 'resourcePatternType'>

/** The resources of Kafka that an ARN of MSK means, whose last part is a name. */
function resourcesOf(type: AclResourceTypes, arn: string, names: string[]): Named[] {
  if (type === CLUSTER) return [{ resourceName: 'kafka-cluster', resourcePatternType: ResourcePatternTypes.LITERAL }]
  const pattern = arn.split('/').at(-1) ?? ''
  const literal = (resourceName: string) => ({ resourceName, resourcePatternType: ResourcePatternTypes.LITERAL })
  if (pattern === '*' || !pattern.includes('*')) return [literal(pattern)]
  if (pattern.indexOf('*') === pattern.length - 1)
    return [{ resourceName: pattern.slice(0, -1), resourcePatternType: ResourcePatternTypes.PREFIXED }]
  return names.filter(name => name.endsWith(pattern.slice(1))).map(literal)
}
