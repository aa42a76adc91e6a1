import type * as z from 'zod'
import { isIntrinsic } from '../../cloudformation/intrinsic.ts'
import { addedMapping, type Declaration, declaredMappings, type Service } from './declaration.ts'
import { destinationText, destinationWarnings } from './declared-destination.ts'
import type { EventSourceMapping } from './event-source-mapping.ts'
import {
  contradictions,
  missingProperties,
  needingPollers,
  needsValue,
  type Properties,
  propertiesSchema,
  provisionedPollersOf,
  registryOf,
} from './property.ts'

/** The mappings of a service, and warnings about what they declare that is not emulated. */
export interface ReadMappings {
  mappings: EventSourceMapping[]
  warnings: string[]
}

/** AWS retries this often when a mapping declares an on-failure destination and no retries. Source: AWS Lambda, "Using a
 * Kafka topic as an on-failure destination". */
const RETRIES_BEFORE_DESTINATION = 10

/** Source: AWS Lambda API, CreateEventSourceMapping, `MaximumBatchingWindowInSeconds`. */
const DEFAULT_WINDOW_MS = 500

/**
 * Reads the Kafka event source mappings of a service: its functions' `kafka` and `msk` events and its raw
 * `AWS::Lambda::EventSourceMapping` resources.
 *
 * @throws one error that names every wrong property with its function
 */
export function readMappings(service: Service): ReadMappings {
  const { declarations, problems } = declaredMappings(service)
  const warnings: string[] = []
  const mappings = declarations.flatMap(declaration => readMapping(declaration, service, { problems, warnings }) ?? [])
  if (problems.length > 0) throw new Error(mappingError(problems))
  return { mappings, warnings }
}

/**
 * Reads a mapping that is created while the service runs.
 *
 * @param properties by CloudFormation's names
 * @throws one error that names every wrong property
 */
export function readAddedMapping(service: Service, properties: Record<string, unknown>): EventSourceMapping {
  const { declaration, problems } = addedMapping(service, properties)
  const mapping = declaration && readMapping(declaration, service, { problems, warnings: [] })
  if (!mapping) throw new Error(mappingError(problems))
  return mapping
}

function mappingError(problems: string[]): string {
  return `Kafka event source mappings:\n${problems.map(line => `  ${line}`).join('\n')}`
}

function readMapping(
  declaration: Declaration,
  service: Service,
  { problems, warnings }: { problems: string[]; warnings: string[] },
): EventSourceMapping | undefined {
  const named = (text: string) => `${declaration.label}: ${withOwnNames(declaration, text)}`
  const { known, unresolved } = resolvedProperties(declaration)
  for (const name of unresolved) warnings.push(named(`${name} is only known to CloudFormation, so its default is used`))
  const parsed = propertiesSchema.safeParse(known)
  const wrong = parsed.success ? contradictions(parsed.data) : parsed.error.issues.map(issueLine)
  for (const text of wrong) problems.push(named(text))
  if (!parsed.success || wrong.length > 0) return undefined
  for (const name of missingProperties(parsed.data)) warnings.push(named(`${name} is not emulated`))
  for (const name of needingPollers(parsed.data)) {
    warnings.push(named(`${name} needs ProvisionedPollerConfig, without which AWS refuses it`))
  }
  const destination = parsed.data.DestinationConfig?.OnFailure?.Destination
  for (const text of destinationWarnings(destination, service)) warnings.push(named(text))
  return { ...toMapping(declaration, parsed.data, service), declared: declaration.properties }
}

function toMapping(
  { functionKey, functionName }: Declaration,
  properties: Properties,
  service: Service,
): EventSourceMapping {
  const servers = properties.SelfManagedEventSource?.Endpoints.KafkaBootstrapServers
  const [topic] = properties.Topics
  const window = properties.MaximumBatchingWindowInSeconds
  const onFailureDestination = destinationText(properties.DestinationConfig?.OnFailure?.Destination, service)
  const kafkaConfig = servers
    ? properties.SelfManagedKafkaEventSourceConfig
    : properties.AmazonManagedKafkaEventSourceConfig
  return {
    functionKey,
    functionName,
    eventSource: servers ? 'SelfManagedKafka' : 'aws:kafka',
    eventSourceArn: servers ? undefined : arnOf(properties.EventSourceArn, service),
    bootstrapServers: servers ?? [],
    topic,
    // AWS generates a random name; this one stays the same, so that a restart continues at the committed offset.
    consumerGroupId: kafkaConfig?.ConsumerGroupId ?? `offline-${functionName}-${topic}`,
    batchSize: properties.BatchSize,
    batchingWindowMs: window === undefined ? DEFAULT_WINDOW_MS : window * 1000,
    startingPosition:
      properties.StartingPosition === 'AT_TIMESTAMP'
        ? { type: 'AT_TIMESTAMP', timestamp: Math.round((properties.StartingPositionTimestamp ?? 0) * 1000) }
        : { type: properties.StartingPosition },
    enabled: properties.Enabled,
    provisionedPollers: provisionedPollersOf(properties.ProvisionedPollerConfig),
    filters: properties.FilterCriteria,
    schemaRegistry: registryOf(properties),
    access: properties.SourceAccessConfigurations,
    reportBatchItemFailures: properties.FunctionResponseTypes.length > 0,
    maximumRetryAttempts: limitOf(
      properties.MaximumRetryAttempts,
      onFailureDestination ? RETRIES_BEFORE_DESTINATION : Number.POSITIVE_INFINITY,
    ),
    maximumRecordAgeSeconds: limitOf(properties.MaximumRecordAgeInSeconds, Number.POSITIVE_INFINITY),
    bisectBatchOnFunctionError: properties.BisectBatchOnFunctionError,
    onFailureDestination,
  }
}

/** -1 is AWS's notation for no limit. */
function limitOf(declared: number, unlimited: number): number {
  return declared === -1 ? unlimited : declared
}

/** The ARN in the event. One that another stack exports is not known here, so the function sees one made of its name. */
function arnOf(declared: unknown, { provider }: Service): string {
  if (typeof declared === 'string') return declared
  const [name] = Object.values(declared as object).flat()
  return `arn:aws:kafka:${provider?.region ?? 'us-east-1'}:123456789012:cluster/${name}/00000000-0000-0000-0000-000000000000-0`
}

/** Separates the properties whose value only CloudFormation can compute. */
function resolvedProperties({ properties }: Declaration): { known: Record<string, unknown>; unresolved: string[] } {
  const isUnresolved = (name: string) => isIntrinsic(properties[name]) && needsValue(name)
  const unresolved = Object.keys(properties).filter(isUnresolved)
  const known = Object.fromEntries(Object.entries(properties).filter(([name]) => !isUnresolved(name)))
  return { known, unresolved }
}

function issueLine({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.')}: ${message}`
}

/** Replaces a property's name, or that of a list, by the one that it has in serverless.yml. */
function withOwnNames({ names }: Declaration, text: string): string {
  const [property = ''] = /^[\w.]+/.exec(text) ?? []
  const list = property.replace(/\.\d+(\..*)?$/, '')
  const name = property in names ? property : list
  return (names[name] ?? name) + text.slice(name.length)
}
