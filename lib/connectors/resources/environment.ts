import { saslMechanisms } from '../../kafka/client/settings.ts'
import { joinPatterns } from '../../replication/naming/name-pattern.ts'
import { identityPolicy } from '../../replication/naming/policy.ts'
import { isVpcConnection, loginKeys } from '../declaration/cluster.ts'
import type { Connector, DumpConnector, ReplicateConnector } from '../declaration/connector.ts'
import type { SourceDeclaration } from '../declaration/declaration.ts'
import { declaredRecording } from '../declaration/recording.ts'
import { restoredCluster } from '../declaration/restored-cluster.ts'
import { secretField } from '../declaration/secret.ts'
import {
  aliasKeys,
  compactTargetKeys,
  dumpTargetKeys,
  failureKeys,
  logKeys,
  recordTargetKeys,
  replicateTargetKeys,
  restoredDumpKeys,
  restoreKeys,
  rotateKeys,
  syncOffsetsKeys,
  syncTopicsKeys,
} from '../declaration/section-keys.ts'
import { environmentOf, type FunctionEnvironment } from '../declaration/variable-key.ts'
import { bucketName } from './bucket.ts'

type Cluster = Pick<SourceDeclaration, 'msk' | 'bootstrapServers' | 'securityProtocol' | 'auth'>

/** The environment of the function that a connector's mappings call. */
export function connectorEnvironment(connector: Connector, service: string): FunctionEnvironment {
  const { declaration, source } = connector
  const deadLetter = deadLetterTopic(connector)
  return {
    SERVICE_NAME: service,
    CONNECTOR_NAME: connector.name,
    ...environmentOf(failureKeys[connector.kind], declaration),
    ...(deadLetter === undefined ? {} : { DEAD_LETTER_TOPIC: deadLetter }),
    PARTIAL_BATCH_RESPONSES: `${isProvisioned(connector)}`,
    ...(connector.kind === 'dump'
      ? {
          ...(usesSource(connector) ? clusterEnvironment('SOURCE_KAFKA_', source) : {}),
          ...environmentOf(dumpTargetKeys, targetOf(connector)),
          ...environmentOf(rotateKeys, connector.declaration.to.rotate ?? {}),
        }
      : replicationEnvironment(connector)),
  }
}

/** The environment of the function that compacts what a dump has staged. */
export function compactEnvironment(connector: DumpConnector, service: string): FunctionEnvironment {
  const { declaration } = connector
  const { failurePolicy, logLevel } = failureKeys.dump
  return {
    SERVICE_NAME: service,
    CONNECTOR_NAME: connector.name,
    ...environmentOf({ failurePolicy, logLevel }, declaration),
    ...environmentOf(compactTargetKeys, targetOf(connector)),
    ...environmentOf(rotateKeys, declaration.to.rotate ?? {}),
  }
}

/** The environment of the function that records a dump's cluster. */
export function recordClusterEnvironment(connector: DumpConnector, service: string): FunctionEnvironment {
  const { topics, groups } = declaredRecording(connector.declaration) ?? {}
  const internal = (connector.source.topics ?? []).filter(identityPolicy.isInternal)
  return {
    SERVICE_NAME: service,
    CONNECTOR_NAME: connector.name,
    ...environmentOf(logKeys, connector.declaration),
    ...clusterEnvironment('SOURCE_KAFKA_', connector.source),
    ...environmentOf(recordTargetKeys, targetOf(connector)),
    RECORD_TOPICS: `${topics !== undefined}`,
    ...(internal.length > 0 ? { RECORD_INTERNAL_TOPICS: internal.join(',') } : {}),
    RECORD_CONSUMER_OFFSETS: `${groups !== undefined}`,
    ...(groups?.patterns ? { RECORD_GROUPS: joinPatterns(groups.patterns) } : {}),
  }
}

/** The environment of the function that restores a dump. */
export function restoreEnvironment(connector: DumpConnector, service: string): FunctionEnvironment {
  return {
    SERVICE_NAME: service,
    CONNECTOR_NAME: connector.name,
    ...environmentOf(logKeys, connector.declaration),
    ...environmentOf(restoredDumpKeys, targetOf(connector)),
    ...clusterEnvironment('TARGET_KAFKA_', restoredCluster(connector)),
    ...environmentOf(restoreKeys, connector.declaration.restore ?? {}),
  }
}

function targetOf(connector: DumpConnector) {
  return { ...connector.declaration.to, bucket: bucketName(connector) }
}

/**
 * The environment of the function that translates offsets for a connector.
 *
 * @param group the consumer group of a topic's mapping, with a placeholder for the topic
 */
export function syncOffsetsEnvironment(
  connector: ReplicateConnector,
  service: string,
  group: string,
): FunctionEnvironment {
  const declared = environmentOf(syncOffsetsKeys, connector.declaration.syncOffsets ?? {})
  return scheduledEnvironment(connector, service, { CONSUMER_GROUP: group, ...declared })
}

/** The environment of the function that keeps the target's topics in step. */
export function syncTopicsEnvironment(connector: ReplicateConnector, service: string): FunctionEnvironment {
  const { topics, pattern } = connector.source
  return scheduledEnvironment(connector, service, {
    TOPICS: joinPatterns(topics?.map(topic => topic.replaceAll('.', '\\.')) ?? [pattern ?? '']),
    ...environmentOf(syncTopicsKeys, connector.declaration.syncTopics ?? {}),
  })
}

function scheduledEnvironment(
  connector: ReplicateConnector,
  service: string,
  own: FunctionEnvironment,
): FunctionEnvironment {
  return {
    SERVICE_NAME: service,
    CONNECTOR_NAME: connector.name,
    ...environmentOf(logKeys, connector.declaration),
    ...replicationEnvironment(connector),
    ...own,
  }
}

function replicationEnvironment({ source, to }: ReplicateConnector): FunctionEnvironment {
  return {
    ...clusterEnvironment('SOURCE_KAFKA_', source),
    ...clusterEnvironment('TARGET_KAFKA_', to),
    ...environmentOf(aliasKeys, source),
    ...environmentOf(replicateTargetKeys, to),
  }
}

/** Characters. A longer list would take too much of the 4 KB that a function's variables may have. */
const MAX_TOPIC_LIST = 1_000

/**
 * The environment of the function that checks a connector.
 *
 * @param group the consumer group of a topic's mapping, with a placeholder for the topic
 */
export function checkEnvironment(connector: Connector, service: string, group: string): FunctionEnvironment {
  const { source, kind } = connector
  const topics = source.topics?.join(',')
  return {
    ...connectorEnvironment(connector, service),
    ...clusterEnvironment('SOURCE_KAFKA_', source),
    CONNECTOR_TYPE: kind,
    CONSUMER_GROUP: group,
    ...(topics && topics.length <= MAX_TOPIC_LIST ? { SOURCE_TOPICS: topics } : {}),
    ...(source.pattern === undefined ? {} : { SOURCE_PATTERN: source.pattern }),
    // The owner of a VPC connection tells its brokers, not AWS.
    ...(source.msk === undefined || isVpcConnection(source.msk) ? {} : { SOURCE_MSK_CLUSTER: source.msk }),
  }
}

/** Whether pollers are provisioned. Other mappings have no partial responses, no retries and no Kafka topic for failures. */
export function isProvisioned({ declaration }: Connector): boolean {
  return declaration.concurrency !== undefined
}

/** Whether the function itself connects to the cluster that its mappings read. */
export function usesSource(connector: Connector): boolean {
  const { abnormalDataTopic } = connector.declaration
  return connector.kind === 'replicate' || abnormalDataTopic !== undefined || deadLetterTopic(connector) !== undefined
}

/** The topics of the source cluster that receive failed records. */
export function failureTopics(connector: Connector): string[] {
  const { abnormalDataTopic } = connector.declaration
  return [...new Set([abnormalDataTopic, deadLetterTopic(connector)])].filter(topic => typeof topic === 'string')
}

/** The connector's dead-letter topic; undefined when it has no dead letter or one that is not a topic. */
export function deadLetterTopic({ declaration: { deadLetter } }: Connector): string | undefined {
  return deadLetter?.kind === 'topic' ? deadLetter.topic : undefined
}

function clusterEnvironment(prefix: string, cluster: Cluster): FunctionEnvironment {
  const variables = { BROKERS: cluster.bootstrapServers?.join(','), ...loginVariables(cluster) }
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[prefix + name, value]])),
  )
}

/** Variables refer to secrets instead of holding them, so a rotated secret needs no deployment. */
function loginVariables({ auth, securityProtocol }: Cluster) {
  const { mtls, serverRootCa }: Partial<typeof auth> = auth ?? {}
  const mechanism = saslMechanisms.find(name => auth?.[loginKeys[name]])
  const declared = mechanism && auth?.[loginKeys[mechanism]]
  // `iam: true` is no reference to a secret.
  const login = typeof declared === 'boolean' ? undefined : declared
  return {
    SECURITY_PROTOCOL: securityProtocol ?? (mechanism ? 'SASL_SSL' : mtls || serverRootCa ? 'SSL' : 'PLAINTEXT'),
    SASL_MECHANISM: mechanism,
    USERNAME_SECRET_ARN: login && secretField(login, 'username'),
    PASSWORD_SECRET_ARN: login && secretField(login, 'password'),
    CA_SECRET_ARN: serverRootCa && secretField(serverRootCa, 'certificate'),
    CERT_SECRET_ARN: mtls && secretField(mtls, 'certificate'),
    KEY_SECRET_ARN: mtls && secretField(mtls, 'privateKey'),
    KEY_PASSWORD_SECRET_ARN: mtls && secretField(mtls, 'privateKeyPassword'),
  }
}
