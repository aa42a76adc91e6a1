import { z } from 'zod'
import { isIntrinsic } from '../../cloudformation/intrinsic.ts'
import type { StartingPosition } from '../../kafka/read/consumer.ts'
import { addedMapping, type Declaration, declaredMappings, type Service } from './declaration.ts'

/** An event source mapping of Kafka, as AWS Lambda would run it. */
export interface EventSourceMapping {
  functionKey: string
  functionName: string
  eventSource: 'aws:kafka' | 'SelfManagedKafka'
  /** MSK only. */
  eventSourceArn?: string
  /** `host:port` each; empty for MSK, where AWS looks them up. */
  bootstrapServers: string[]
  topic: string
  consumerGroupId: string
  /** 1–10,000. */
  batchSize: number
  /** 0–300,000 milliseconds from a batch's first record. */
  batchingWindowMs: number
  /** Where a group without committed offsets begins. */
  startingPosition: StartingPosition
  enabled: boolean
  reportBatchItemFailures: boolean
  /** 0–10,000 after the first attempt; infinity: until success. */
  maximumRetryAttempts: number
  /** 60–604,800; infinity: however old. */
  maximumRecordAgeSeconds: number
  bisectBatchOnFunctionError: boolean
  /** As declared: `kafka://topic`, or the ARN of what can't be emulated. */
  onFailureDestination?: string
}

/** The rules of a mapping that declares none: everything from the beginning, and again until success. */
export const undeclaredRules = {
  startingPosition: { type: 'TRIM_HORIZON' },
  enabled: true,
  reportBatchItemFailures: false,
  maximumRetryAttempts: Number.POSITIVE_INFINITY,
  maximumRecordAgeSeconds: Number.POSITIVE_INFINITY,
  bisectBatchOnFunctionError: false,
} satisfies Partial<EventSourceMapping>

/** Mappings as declared, with what they ask for in vain. */
export interface ReadMappings {
  mappings: EventSourceMapping[]
  warnings: string[]
}

/** With a destination for failures AWS stops at this many retries when none are declared. Source: AWS Lambda, "Using a
 * Kafka topic as an on-failure destination". */
const RETRIES_BEFORE_DESTINATION = 10

/** Source: AWS Lambda API, CreateEventSourceMapping, `MaximumBatchingWindowInSeconds`. */
const DEFAULT_WINDOW_MS = 500

/** What changes nothing on a laptop, or comes from the plugin's settings. */
const WITHOUT_EFFECT = [
  'KmsKeyArn',
  'LoggingConfig',
  'MetricsConfig',
  'ProvisionedPollerConfig',
  'SourceAccessConfigurations',
  'Tags',
]

const KAFKA_DESTINATION = 'kafka://'

const groupConfig = z.looseObject({ ConsumerGroupId: z.string().min(1).optional() }).optional()

/** The properties that are emulated, with AWS's ranges. Source: CloudFormation, `AWS::Lambda::EventSourceMapping`. */
const properties = z.looseObject({
  Topics: z.tuple([z.string().min(1)], 'one topic is needed'),
  BatchSize: z.int().min(1).max(10_000).default(100),
  MaximumBatchingWindowInSeconds: z.int().min(0).max(300).optional(),
  StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP']).default('TRIM_HORIZON'),
  StartingPositionTimestamp: z.number().min(0).optional(),
  Enabled: z.boolean().default(true),
  EventSourceArn: z.unknown().optional(),
  SelfManagedEventSource: z
    .looseObject({ Endpoints: z.looseObject({ KafkaBootstrapServers: z.array(z.string().min(1)).min(1) }) })
    .optional(),
  AmazonManagedKafkaEventSourceConfig: groupConfig,
  SelfManagedKafkaEventSourceConfig: groupConfig,
  FunctionResponseTypes: z.array(z.enum(['ReportBatchItemFailures'])).default([]),
  MaximumRetryAttempts: z.int().min(-1).max(10_000).default(-1),
  MaximumRecordAgeInSeconds: z
    .int()
    .refine(age => age === -1 || (age >= 60 && age <= 604_800), 'must be -1 or 60 to 604800')
    .default(-1),
  BisectBatchOnFunctionError: z.boolean().default(false),
  DestinationConfig: z
    .looseObject({ OnFailure: z.looseObject({ Destination: z.unknown().optional() }).optional() })
    .optional(),
})

type Properties = z.infer<typeof properties>

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
 * Reads a mapping that is made while the service runs.
 *
 * @param properties as CloudFormation has them
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
  const known = withoutUnresolved(declaration, warnings)
  const parsed = properties.safeParse(known)
  const wrong = parsed.success ? contradictions(parsed.data) : parsed.error.issues.map(issueLine)
  problems.push(...wrong.map(problem => `${declaration.label}: ${withOwnNames(declaration, problem)}`))
  if (!parsed.success || wrong.length > 0) return undefined
  warnings.push(
    ...notEmulated(parsed.data).map(name => `${declaration.label}: ${withOwnNames(declaration, name)} is not emulated`),
  )
  return toMapping(declaration, parsed.data, service)
}

function toMapping(
  { functionKey, functionName }: Declaration,
  known: Properties,
  service: Service,
): EventSourceMapping {
  const servers = known.SelfManagedEventSource?.Endpoints.KafkaBootstrapServers
  const [topic] = known.Topics
  const window = known.MaximumBatchingWindowInSeconds
  const onFailureDestination = destinationOf(known)
  const group = (servers ? known.SelfManagedKafkaEventSourceConfig : known.AmazonManagedKafkaEventSourceConfig)
    ?.ConsumerGroupId
  return {
    functionKey,
    functionName,
    eventSource: servers ? 'SelfManagedKafka' : 'aws:kafka',
    eventSourceArn: servers ? undefined : arnOf(known.EventSourceArn, service),
    bootstrapServers: servers ?? [],
    topic,
    // AWS makes up a random name; ours stays the same, so that a restart goes on where it was.
    consumerGroupId: group ?? `offline-${functionName}-${topic}`,
    batchSize: known.BatchSize,
    batchingWindowMs: window === undefined ? DEFAULT_WINDOW_MS : window * 1000,
    startingPosition:
      known.StartingPosition === 'AT_TIMESTAMP'
        ? { type: 'AT_TIMESTAMP', timestamp: Math.round((known.StartingPositionTimestamp ?? 0) * 1000) }
        : { type: known.StartingPosition },
    enabled: known.Enabled,
    reportBatchItemFailures: known.FunctionResponseTypes.length > 0,
    maximumRetryAttempts: limitOf(
      known.MaximumRetryAttempts,
      onFailureDestination ? RETRIES_BEFORE_DESTINATION : Number.POSITIVE_INFINITY,
    ),
    maximumRecordAgeSeconds: limitOf(known.MaximumRecordAgeInSeconds, Number.POSITIVE_INFINITY),
    bisectBatchOnFunctionError: known.BisectBatchOnFunctionError,
    onFailureDestination,
  }
}

/** -1 stands for no limit. */
function limitOf(declared: number, unlimited: number): number {
  return declared === -1 ? unlimited : declared
}

/** The topic to which failed records go, when the destination is one. */
export function destinationTopic({ onFailureDestination }: EventSourceMapping): string | undefined {
  return onFailureDestination?.startsWith(KAFKA_DESTINATION)
    ? onFailureDestination.slice(KAFKA_DESTINATION.length)
    : undefined
}

function destinationOf({ DestinationConfig }: Properties): string | undefined {
  const destination = DestinationConfig?.OnFailure?.Destination
  return destination === undefined || typeof destination === 'string' ? destination : JSON.stringify(destination)
}

/** An ARN that another stack exports is not known here: the functions see one that shows its name. */
function arnOf(declared: unknown, { provider }: Service): string {
  if (typeof declared === 'string') return declared
  const [name] = Object.values(declared as object).flat()
  return `arn:aws:kafka:${provider?.region ?? 'us-east-1'}:123456789012:cluster/${name}/00000000-0000-0000-0000-000000000000-0`
}

/** What each property by itself can't tell. */
function contradictions(known: Properties): string[] {
  const wrong: string[] = []
  if (known.SelfManagedEventSource && known.EventSourceArn)
    wrong.push('EventSourceArn: excludes SelfManagedEventSource')
  if (!known.SelfManagedEventSource && !known.EventSourceArn) wrong.push('EventSourceArn: is missing')
  if (known.StartingPosition === 'AT_TIMESTAMP' && known.StartingPositionTimestamp === undefined) {
    wrong.push('StartingPositionTimestamp: is needed for AT_TIMESTAMP')
  }
  if (destinationOf(known) === `${KAFKA_DESTINATION}${known.Topics[0]}`) {
    wrong.push('DestinationConfig.OnFailure.Destination: is the topic that is read')
  }
  return wrong
}

function notEmulated(known: Properties): string[] {
  const registries = ['AmazonManagedKafkaEventSourceConfig', 'SelfManagedKafkaEventSourceConfig'] as const
  const destination = destinationOf(known)
  const unknown = Object.keys(known).filter(
    name => !(name in properties.shape || name === 'FunctionName' || WITHOUT_EFFECT.includes(name)),
  )
  return [
    ...unknown,
    ...registries.filter(name => known[name]?.SchemaRegistryConfig).map(name => `${name}.SchemaRegistryConfig`),
    ...(destination && !destination.startsWith(KAFKA_DESTINATION)
      ? [`DestinationConfig.OnFailure.Destination ${destination}`]
      : []),
  ]
}

/** Leaves the defaults for what only CloudFormation can compute. */
function withoutUnresolved(declaration: Declaration, warnings: string[]): Record<string, unknown> {
  const resolved = Object.entries(declaration.properties).filter(([name, value]) => {
    const unresolved = isIntrinsic(value) && name !== 'EventSourceArn' && name in properties.shape
    if (unresolved)
      warnings.push(
        `${declaration.label}: ${withOwnNames(declaration, name)} is only known to CloudFormation, so its default is used`,
      )
    return !unresolved
  })
  return Object.fromEntries(resolved)
}

function issueLine({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.')}: ${message}`
}

/** Speaks of an event's properties by the names that they have in serverless.yml. */
function withOwnNames({ names }: Declaration, text: string): string {
  const [property = ''] = /^[\w.]+/.exec(text) ?? []
  return (names[property] ?? property) + text.slice(property.length)
}
