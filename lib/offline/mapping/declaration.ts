import { logicalIdOf } from '../../cloudformation/intrinsic.ts'

/** What this plugin reads of a Serverless service. */
export interface Service {
  provider?: { region?: string }
  functions?: Record<string, FunctionDefinition>
  resources?: { Resources?: Record<string, Resource>; extensions?: Record<string, Resource> }
  custom?: Record<string, unknown>
}

interface FunctionDefinition {
  name?: string
  events?: Record<string, unknown>[]
}

interface Resource {
  Type?: string
  Properties?: Record<string, unknown>
}

/** An event source mapping as it would come to CloudFormation. */
export interface Declaration {
  /** How errors name it. */
  label: string
  functionKey: string
  functionName: string
  properties: Record<string, unknown>
  /** What its properties are called where it was declared, when that is not what CloudFormation calls them. */
  names: Record<string, string>
}

/** Everything that the framework's `kafka` and `msk` events have in common. */
interface KafkaEvent {
  topic?: string
  batchSize?: number
  maximumBatchingWindow?: number
  enabled?: boolean
  startingPosition?: string
  startingPositionTimestamp?: number
  consumerGroupId?: string
  filterPatterns?: unknown
  /** `kafka` only. */
  bootstrapServers?: string[]
  onFailureDestination?: string
  /** `msk` only. */
  arn?: unknown
}

const MAPPING_TYPE = 'AWS::Lambda::EventSourceMapping'

const eventNames = {
  Topics: 'topic',
  'Topics.0': 'topic',
  BatchSize: 'batchSize',
  MaximumBatchingWindowInSeconds: 'maximumBatchingWindow',
  Enabled: 'enabled',
  StartingPosition: 'startingPosition',
  StartingPositionTimestamp: 'startingPositionTimestamp',
  FilterCriteria: 'filterPatterns',
  EventSourceArn: 'arn',
  'SelfManagedEventSource.Endpoints.KafkaBootstrapServers': 'bootstrapServers',
  'SelfManagedKafkaEventSourceConfig.ConsumerGroupId': 'consumerGroupId',
  'AmazonManagedKafkaEventSourceConfig.ConsumerGroupId': 'consumerGroupId',
  'DestinationConfig.OnFailure.Destination': 'onFailureDestination',
}

/** The Kafka mappings of a service in the order of their declaration, and what is wrong with the functions they name. */
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

/** A mapping that is not of the service's file, but of a function of the service. */
export function addedMapping(
  service: Service,
  properties: Record<string, unknown>,
): { declaration: Declaration | undefined; problems: string[] } {
  const problems: string[] = []
  return { declaration: rawMapping(service, 'added', properties, problems), problems }
}

function rawMapping(
  service: Service,
  place: string,
  properties: Record<string, unknown>,
  problems: string[],
): Declaration | undefined {
  const functionKey = functionKeyOf(service, properties.FunctionName)
  if (functionKey === undefined) {
    const name = JSON.stringify(properties.FunctionName)
    problems.push(`${place}: FunctionName: ${name} is no function of this service`)
    return undefined
  }
  const label = `function ${functionKey}, ${place}`
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
      // The framework replaces whole properties, too.
      properties: { ...propertiesOf(type, event), ...extension },
      names: eventNames,
    }
  })
}

/** The properties that the framework gives to CloudFormation for an event, also those that it would reject. */
function propertiesOf(type: 'kafka' | 'msk', event: KafkaEvent): Record<string, unknown> {
  const group = event.consumerGroupId === undefined ? undefined : { ConsumerGroupId: event.consumerGroupId }
  const source =
    type === 'kafka'
      ? {
          SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: event.bootstrapServers } },
          SelfManagedKafkaEventSourceConfig: group,
          DestinationConfig: event.onFailureDestination && { OnFailure: { Destination: event.onFailureDestination } },
        }
      : { EventSourceArn: event.arn, AmazonManagedKafkaEventSourceConfig: group }
  return withoutAbsent({
    ...source,
    Topics: event.topic === undefined ? undefined : [event.topic],
    BatchSize: event.batchSize,
    // The framework leaves out a window of 0, so it is the default of 500 ms that gets deployed.
    MaximumBatchingWindowInSeconds: event.maximumBatchingWindow || undefined,
    Enabled: event.enabled,
    StartingPosition: event.startingPosition,
    StartingPositionTimestamp: event.startingPositionTimestamp,
    FilterCriteria: event.filterPatterns,
  })
}

function withoutAbsent(properties: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined && value !== null))
}

/** Other sources have the same resource type, and none of these. */
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

/** The function that `!GetAtt`, `!Ref`, a name or an ARN, with or without a version, stands for. */
function functionKeyOf(service: Service, reference: unknown): string | undefined {
  const keys = Object.keys(service.functions ?? {})
  const id = logicalIdOf(reference)
  if (id !== undefined) return keys.find(key => `${normalized(key)}LambdaFunction` === id)
  const name = /^(?:.*:)?function:([^:]+)/.exec(String(reference))?.[1] ?? String(reference).split(':')[0]
  return keys.find(key => nameOf(service, key) === name)
}

/** The framework's names of what it generates; the part before comes from the function's key. */
function logicalId(type: 'kafka' | 'msk', functionKey: string, { topic, arn }: KafkaEvent): string {
  if (type === 'kafka') return `${normalized(functionKey)}EventSourceMappingKafka${alphanumeric(String(topic), 158)}`
  const cluster = typeof arn === 'string' ? arn.split('/')[1] : Object.values((arn ?? {}) as object)[0]
  return `${normalized(functionKey)}EventSourceMappingMSK${alphanumeric(String(cluster), 79)}${alphanumeric(String(topic), 79)}`
}

function normalized(functionKey: string): string {
  return upperFirst(functionKey.replaceAll('-', 'Dash').replaceAll('_', 'Underscore'))
}

function alphanumeric(name: string, length: number): string {
  return upperFirst(name.replaceAll(/[^0-9A-Za-z]/g, '')).slice(0, length)
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
