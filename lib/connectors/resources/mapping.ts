import { logicalName } from '../../cloudformation/logical-id.ts'
import { joined, type Resource } from '../../cloudformation/template.ts'
import { TOPIC_PLACEHOLDER } from '../../config/connector.ts'
import type { ConnectorType } from '../../config/connector-type.ts'
import { type SaslMechanism, saslMechanisms } from '../../kafka/client/settings.ts'
import type { KafkaMappingProperties } from '../../lambda/mapping-property.ts'
import type { MappingBlueprint } from '../../lambda/mapping-update.ts'
import { loginKeys } from '../declaration/cluster.ts'
import type { Connector } from '../declaration/connector.ts'
import type { SourceDeclaration } from '../declaration/declaration.ts'
import { failurePolicyOf } from '../declaration/failure-policy.ts'
import { registryProperties } from '../declaration/schema-registry.ts'
import { isProvisioned } from './environment.ts'
import { connectorKey } from './function-name.ts'

/** The default of `batch`. */
export const defaultBatch: Record<ConnectorType, { size: number; windowSeconds: number }> = {
  dump: { size: 10_000, windowSeconds: 60 },
  replicate: { size: 1_000, windowSeconds: 1 },
}

/**
 * The event source mapping of one topic of a connector.
 *
 * @param service the start of the default consumer group
 */
export function eventSourceMapping(connector: Connector, topic: string, service: string): Resource {
  return { Type: 'AWS::Lambda::EventSourceMapping', Properties: mappingProperties(connector, topic, service) }
}

function mappingProperties(connector: Connector, topic: string, service: string): KafkaMappingProperties {
  const { source, declaration, kind } = connector
  const { batch } = declaration
  const destination = failureDestination(connector)
  const config = {
    ConsumerGroupId: consumerGroup(connector, topic, service),
    SchemaRegistryConfig: source.schemaRegistry && registryProperties(source.schemaRegistry),
  }
  return {
    FunctionName: { 'Fn::GetAtt': [`${logicalName(connectorKey(connector))}LambdaFunction`, 'Arn'] },
    Topics: [topic],
    ...(source.msk
      ? { EventSourceArn: source.msk, AmazonManagedKafkaEventSourceConfig: config }
      : {
          SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: source.bootstrapServers } },
          SelfManagedKafkaEventSourceConfig: config,
        }),
    SourceAccessConfigurations: accessConfigurations(source),
    ...startingPosition(source),
    BatchSize: batch?.size ?? defaultBatch[kind].size,
    MaximumBatchingWindowInSeconds: batch?.windowSeconds ?? defaultBatch[kind].windowSeconds,
    Enabled: declaration.enabled,
    ...filterCriteria(source),
    ...provisionedProperties(connector, destination),
    ...(destination === undefined ? {} : { DestinationConfig: { OnFailure: { Destination: destination } } }),
    Tags: Object.entries(connectorTags(connector)).map(([Key, Value]) => ({ Key, Value })),
  }
}

/**
 * The properties with which Lambda's API creates a mapping of the connector, whatever its topic.
 * Source: AWS Lambda API, `CreateEventSourceMapping`.
 */
export function mappingBlueprint(
  connector: Connector,
  service: string,
): Partial<Record<keyof MappingBlueprint, unknown>> {
  const { FunctionName, Topics, Tags, SelfManagedEventSource, KmsKeyArn, ...same } = mappingProperties(
    connector,
    TOPIC_PLACEHOLDER,
    service,
  )
  const { bootstrapServers } = connector.source
  return {
    ...same,
    ...(SelfManagedEventSource !== undefined && {
      SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: bootstrapServers } },
    }),
    KMSKeyArn: KmsKeyArn,
    Tags: { ...connectorTags(connector), service },
  }
}

/** The tags of a connector's function and mappings. */
export function connectorTags({ name, declaration }: Connector): Record<string, string> {
  return { connector: name, ...declaration.tags }
}

/** The consumer group of a topic's mapping. AWS requires a different group for each mapping. */
export function consumerGroup({ source, name }: Connector, topic: string, service: string): string {
  const { consumerGroup: declared, topics } = source
  if (declared === undefined) return `${service}-${name}-${topic}`
  if (declared.includes('{topic}')) return declared.replaceAll('{topic}', topic)
  return topics?.length === 1 ? declared : `${declared}-${topic}`
}

function startingPosition({ startFrom }: SourceDeclaration): KafkaMappingProperties {
  if (startFrom === 'earliest') return { StartingPosition: 'TRIM_HORIZON' }
  if (startFrom === 'latest') return { StartingPosition: 'LATEST' }
  return { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: startFrom.getTime() / 1000 }
}

/** Lambda's name for each login. IAM needs no entry: the mapping uses the function's role. */
const loginTypes: Record<SaslMechanism, string | undefined> = {
  PLAIN: 'BASIC_AUTH',
  'SCRAM-SHA-256': 'SASL_SCRAM_256_AUTH',
  'SCRAM-SHA-512': 'SASL_SCRAM_512_AUTH',
  AWS_MSK_IAM: undefined,
}

/** How and from where a mapping logs in. */
function accessConfigurations({ auth, vpc, msk }: SourceDeclaration) {
  const logins = [
    ...saslMechanisms.map(name => [loginTypes[name], auth?.[loginKeys[name]]] as const),
    ['CLIENT_CERTIFICATE_TLS_AUTH', auth?.mtls] as const,
    ['SERVER_ROOT_CA_CERTIFICATE', auth?.serverRootCa] as const,
  ]
  const configurations = [
    ...logins.flatMap(([Type, URI]) => (Type === undefined || URI === undefined ? [] : [{ Type, URI }])),
    // For MSK, Lambda takes subnets and security groups from the cluster.
    ...(msk ? [] : (vpc?.subnets ?? []).map(id => ({ Type: 'VPC_SUBNET', URI: joined('subnet:', id) }))),
    ...(msk
      ? []
      : (vpc?.securityGroups ?? []).map(id => ({ Type: 'VPC_SECURITY_GROUP', URI: joined('security_group:', id) }))),
  ]
  return configurations.length > 0 ? configurations : undefined
}

function filterCriteria({ filters, filtersKmsKey }: SourceDeclaration): KafkaMappingProperties {
  if (!filters) return {}
  const Filters = filters.map(filter => ({ Pattern: JSON.stringify(filter) }))
  return { FilterCriteria: { Filters }, KmsKeyArn: filtersKmsKey }
}

/** How often a failed batch is repeated before it is put aside, by default. */
const DEFAULT_ATTEMPTS = 10

/** Properties that need provisioned pollers. Without these a batch is repeated until it succeeds or expires. */
function provisionedProperties(connector: Connector, destination: unknown): KafkaMappingProperties {
  const { concurrency, retries } = connector.declaration
  if (!concurrency) return {}
  const { limitsRetries } = failurePolicyOf(connector)
  const attempts = retries?.attempts ?? (destination === undefined ? undefined : DEFAULT_ATTEMPTS)
  return {
    ProvisionedPollerConfig: {
      MinimumPollers: concurrency.minimumPollers,
      MaximumPollers: concurrency.maximumPollers,
      PollerGroupName: concurrency.pollerGroup,
    },
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    BisectBatchOnFunctionError: retries?.bisect,
    MaximumRetryAttempts: limitsRetries ? attempts : -1,
    MaximumRecordAgeInSeconds: limitsRetries ? retries?.maximumRecordAgeSeconds : -1,
    LoggingConfig: concurrency.logLevel && { SystemLogLevel: concurrency.logLevel },
    MetricsConfig: { Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] },
  }
}

/** The destination for a batch whose invocations keep failing; undefined when there is none. */
export function failureDestination(connector: Connector): unknown {
  const { deadLetter } = connector.declaration
  if (deadLetter?.kind !== 'topic') return deadLetter?.arn
  return isProvisioned(connector) ? `kafka://${deadLetter.topic}` : undefined
}
