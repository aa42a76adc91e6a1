import { logicalIdOf } from '../../cloudformation/intrinsic.ts'
import { logicalName } from '../../cloudformation/logical-id.ts'
import type { KafkaMappingProperties, MappingProperty } from '../../lambda/mapping-property.ts'

/** What this plugin reads of a Serverless service. */
export interface Service {
  provider?: { region?: string; environment?: Record<string, unknown> }
  functions?: Record<string, FunctionDefinition>
  resources?: { Resources?: Record<string, Resource>; extensions?: Record<string, Resource> }
  custom?: Record<string, unknown>
}

interface FunctionDefinition {
  name?: string
  environment?: Record<string, unknown>
  events?: Record<string, unknown>[]
}

interface Resource {
  Type?: string
  Properties?: Record<string, unknown>
}

/** An event source mapping as CloudFormation would get it. */
export interface Declaration {
  /** Names the mapping in errors and warnings. */
  label: string
  functionKey: string
  functionName: string
  properties: Record<string, unknown>
  /** The names in serverless.yml of properties that CloudFormation names otherwise, by their paths. */
  names: Record<string, string>
}

/** What this plugin reads of the framework's `kafka` and `msk` events. */
interface KafkaEvent {
  topic?: string
  batchSize?: number
  maximumBatchingWindow?: number
  enabled?: boolean
  startingPosition?: string
  startingPositionTimestamp?: number
  consumerGroupId?: string
  filterPatterns?: unknown[]
  /** `kafka` only. */
  bootstrapServers?: string[]
  accessConfigurations?: Record<string, unknown>
  onFailureDestination?: string
  /** `msk` only. */
  arn?: unknown
  saslScram512?: unknown
}

const MAPPING_TYPE = 'AWS::Lambda::EventSourceMapping'

/** For each key of an event, the paths of CloudFormation's properties that the framework makes of it. */
const pathsOfKeys: Record<keyof KafkaEvent, (MappingProperty | `${MappingProperty}.${string}`)[]> = {
  topic: ['Topics', 'Topics.0'],
  batchSize: ['BatchSize'],
  maximumBatchingWindow: ['MaximumBatchingWindowInSeconds'],
  enabled: ['Enabled'],
  startingPosition: ['StartingPosition'],
  startingPositionTimestamp: ['StartingPositionTimestamp'],
  consumerGroupId: [
    'SelfManagedKafkaEventSourceConfig.ConsumerGroupId',
    'AmazonManagedKafkaEventSourceConfig.ConsumerGroupId',
  ],
  filterPatterns: ['FilterCriteria', 'FilterCriteria.Filters'],
  bootstrapServers: ['SelfManagedEventSource.Endpoints.KafkaBootstrapServers'],
  onFailureDestination: ['DestinationConfig.OnFailure.Destination'],
  arn: ['EventSourceArn'],
  accessConfigurations: ['SourceAccessConfigurations'],
  saslScram512: [],
}

const eventNames = Object.fromEntries(
  Object.entries(pathsOfKeys).flatMap(([key, paths]) => paths.map(path => [path, key])),
)

/** The Kafka mappings of a service in the order of their declaration, and a problem for each whose function doesn't exist. */
export function declaredMappings(service: Service): { declarations: Declaration[]; problems: string[] } {
  const problems: string[] = []
  const declarations = Object.entries(service.functions ?? {}).flatMap(([key, definition]) =>
    eventMappings(service, key, definition),
  )
  for (const [id, resource] of Object.entries(service.resources?.Resources ?? {})) {
    const properties = resource?.Properties ?? {}
    if (resource?.Type !== MAPPING_TYPE || !isKafka(properties)) continue
    const declaration = rawMapping(service, `resource ${id}`, properties, problems)
    if (declaration) declarations.push(declaration)
  }
  return { declarations, problems }
}

/** A mapping that is not declared in the service's file, but calls a function of the service. */
export function addedMapping(
  service: Service,
  properties: Record<string, unknown>,
): { declaration: Declaration | undefined; problems: string[] } {
  const problems: string[] = []
  return { declaration: rawMapping(service, 'added', properties, problems), problems }
}

function rawMapping(
  service: Service,
  origin: string,
  properties: Record<string, unknown>,
  problems: string[],
): Declaration | undefined {
  const functionKey = functionKeyOf(service, properties.FunctionName)
  if (functionKey === undefined) {
    const name = JSON.stringify(properties.FunctionName)
    problems.push(`${origin}: FunctionName: ${name} is not a function of this service`)
    return undefined
  }
  const label = `function ${functionKey}, ${origin}`
  return { label, functionKey, functionName: nameOf(service, functionKey), properties, names: {} }
}

function eventMappings(service: Service, functionKey: string, { events }: FunctionDefinition): Declaration[] {
  return (events ?? []).flatMap(({ kafka, msk }) => {
    const event = (kafka ?? msk) as KafkaEvent | undefined
    if (!event) return []
    const type = kafka ? 'kafka' : 'msk'
    const extension = service.resources?.extensions?.[logicalId(type, functionKey, event)]?.Properties
    return {
      label: `function ${functionKey}, ${type} event`,
      functionKey,
      functionName: nameOf(service, functionKey),
      // An extension replaces whole properties, as with the framework.
      properties: { ...propertiesOf(type, event), ...extension },
      names: eventNames,
    }
  })
}

/** The properties that the framework makes of an event, including values that it would reject. */
function propertiesOf(type: 'kafka' | 'msk', event: KafkaEvent): Record<string, unknown> {
  const group = event.consumerGroupId === undefined ? undefined : { ConsumerGroupId: event.consumerGroupId }
  const source: KafkaMappingProperties =
    type === 'kafka'
      ? {
          SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: event.bootstrapServers } },
          SelfManagedKafkaEventSourceConfig: group,
          SourceAccessConfigurations: sourceAccessOf(event.accessConfigurations),
          DestinationConfig: event.onFailureDestination && { OnFailure: { Destination: event.onFailureDestination } },
        }
      : {
          EventSourceArn: event.arn,
          AmazonManagedKafkaEventSourceConfig: group,
          SourceAccessConfigurations: event.saslScram512 && [{ Type: 'SASL_SCRAM_512_AUTH', URI: event.saslScram512 }],
        }
  const properties: KafkaMappingProperties = {
    ...source,
    Topics: event.topic === undefined ? undefined : [event.topic],
    BatchSize: event.batchSize,
    // The framework leaves out a window of 0, so the default of 500 ms is deployed.
    MaximumBatchingWindowInSeconds: event.maximumBatchingWindow || undefined,
    Enabled: event.enabled,
    StartingPosition: event.startingPosition,
    StartingPositionTimestamp: event.startingPositionTimestamp,
    FilterCriteria: event.filterPatterns && filterCriteriaOf(event.filterPatterns),
  }
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined && value !== null))
}

/** The framework's names of logins, and Lambda's. */
const accessTypes: Record<string, string> = {
  saslPlainAuth: 'BASIC_AUTH',
  saslScram256Auth: 'SASL_SCRAM_256_AUTH',
  saslScram512Auth: 'SASL_SCRAM_512_AUTH',
  clientCertificateTlsAuth: 'CLIENT_CERTIFICATE_TLS_AUTH',
  serverRootCaCertificate: 'SERVER_ROOT_CA_CERTIFICATE',
  vpcSubnet: 'VPC_SUBNET',
  vpcSecurityGroup: 'VPC_SECURITY_GROUP',
}

/** One entry for each value; a value alone is a list of one. */
function sourceAccessOf(declared: Record<string, unknown> | undefined) {
  const entries = Object.entries(declared ?? {}).flatMap(([name, values]) =>
    [values].flat().map(URI => ({ Type: accessTypes[name] ?? name, URI })),
  )
  return entries.length > 0 ? entries : undefined
}

/** The framework writes each pattern as JSON. */
function filterCriteriaOf(patterns: unknown[]) {
  return { Filters: patterns.map(pattern => ({ Pattern: JSON.stringify(pattern) })) }
}

/** Mappings of other sources have the same resource type, but none of these properties. */
function isKafka({
  SelfManagedEventSource,
  EventSourceArn,
  Topics,
  AmazonManagedKafkaEventSourceConfig,
}: Record<string, unknown>): boolean {
  return Boolean(
    SelfManagedEventSource || Topics || AmazonManagedKafkaEventSourceConfig || /:kafka:/.test(String(EventSourceArn)),
  )
}

function nameOf({ functions }: Service, functionKey: string): string {
  return functions?.[functionKey]?.name ?? functionKey
}

/** The function that `!GetAtt`, `!Ref`, a name or an ARN, with or without a version, refers to. */
function functionKeyOf(service: Service, reference: unknown): string | undefined {
  const keys = Object.keys(service.functions ?? {})
  const id = logicalIdOf(reference)
  if (id !== undefined) return keys.find(key => `${logicalName(key)}LambdaFunction` === id)
  const name = /^(?:.*:)?function:([^:]+)/.exec(String(reference))?.[1] ?? String(reference).split(':')[0]
  return keys.find(key => nameOf(service, key) === name)
}

/** The logical id of the mapping that the framework generates for an event. */
function logicalId(type: 'kafka' | 'msk', functionKey: string, { topic, arn }: KafkaEvent): string {
  if (type === 'kafka') return `${logicalName(functionKey)}EventSourceMappingKafka${alphanumeric(String(topic), 158)}`
  const cluster = typeof arn === 'string' ? arn.split('/')[1] : Object.values((arn ?? {}) as object)[0]
  return `${logicalName(functionKey)}EventSourceMappingMSK${alphanumeric(String(cluster), 79)}${alphanumeric(String(topic), 79)}`
}

function alphanumeric(name: string, length: number): string {
  const text = name.replaceAll(/[^0-9A-Za-z]/g, '')
  return text.charAt(0).toUpperCase() + text.slice(1, length)
}
