import { type Connector, isReversed } from '../connectors/declaration/connector.ts'
import { type Change, changeOf, isSame } from './change.ts'
import { type PropertyRule, propertyChanges } from './property.ts'

type Properties = Record<string, unknown>

/** How a person brings about what Lambda doesn't do to a mapping that exists. Source: docs/connectors.md. */
export const RENAME =
  'can’t change in place: rename the connector (with source.consumerGroup it continues where this one is), or remove it, deploy, and declare it again'

/** The key of the cluster that is read: a replication that is reversed reads the one that is declared as `to`. */
export function sourceKey(connector: Connector, name: string): string {
  return `${isReversed(connector) ? 'to' : 'source'}.${name}`
}

/** The lines for what differs between two sets of properties of one mapping, as CloudFormation or Lambda's API names them. */
export function mappingChanges(connector: Connector, before: Properties, after: Properties): Change[] {
  const config = { ...configRules(connector), ...settingRules(connector) }
  return propertyChanges(flat(before), flat(after), config, name => [{ mark: 'change', what: `mappings (${name})` }])
}

/** Both kinds of clusters have a property with the group and the registry; pollers and retries are looked at one by one. */
function flat({
  AmazonManagedKafkaEventSourceConfig: managed,
  SelfManagedKafkaEventSourceConfig: selfManaged,
  KMSKeyArn,
  ProvisionedPollerConfig,
  StartingPosition,
  StartingPositionTimestamp,
  ...others
}: Properties): Properties {
  const start = [StartingPosition, StartingPositionTimestamp].filter(part => part !== undefined)
  return {
    ...others,
    ...((managed ?? selfManaged) as Properties | undefined),
    ...(KMSKeyArn === undefined ? {} : { KmsKeyArn: KMSKeyArn }),
    ...(ProvisionedPollerConfig as Properties | undefined),
    ...(start.length > 0 ? { start } : {}),
  }
}

/** What Lambda settles when it makes a mapping. Source: AWS Lambda API, `UpdateEventSourceMapping`. */
function configRules(connector: Connector): Record<string, PropertyRule> {
  const refused =
    (key: string, shown: (value: never) => unknown = value => value): PropertyRule =>
    (before, after) => [changeOf(key, shown(before as never), shown(after as never), { mark: 'refused', note: RENAME })]
  return {
    EventSourceArn: refused(sourceKey(connector, 'msk')),
    SelfManagedEventSource: refused(sourceKey(connector, 'bootstrapServers'), brokersOf),
    start: refused('source.startFrom', startOf),
    ConsumerGroupId: refused('source.consumerGroup'),
  }
}

function brokersOf(source: { Endpoints?: Record<string, unknown> } | undefined): unknown {
  return Object.values(source?.Endpoints ?? {})[0]
}

const starts: Record<string, string> = { TRIM_HORIZON: 'earliest', LATEST: 'latest' }

function startOf([position = '', time]: [string?, number?] = []): string | undefined {
  return starts[position] ?? (time === undefined ? undefined : new Date(time * 1000).toISOString())
}

function settingRules(connector: Connector): Record<string, PropertyRule> {
  const setting =
    (key: string, note?: string): PropertyRule =>
    (before, after) => [changeOf(key, before, after, note === undefined ? {} : { note })]
  /** A key whose values are too long for a line, or name secrets. */
  const named =
    (key: string, note?: string): PropertyRule =>
    (before, after) => [
      {
        mark: before === undefined ? 'add' : after === undefined ? 'remove' : 'change',
        what: key,
        key,
        ...(note ? { note } : {}),
      },
    ]
  return {
    BatchSize: setting('batch.size'),
    MaximumBatchingWindowInSeconds: setting('batch.windowSeconds'),
    Enabled: enabledRule,
    FilterCriteria: named('source.filters', 'records that don’t match are skipped from now on, and none is read again'),
    KmsKeyArn: setting('source.filtersKmsKey'),
    MinimumPollers: setting('concurrency.minimumPollers'),
    MaximumPollers: setting('concurrency.maximumPollers'),
    PollerGroupName: setting('concurrency.pollerGroup'),
    LoggingConfig: (before, after) => [changeOf('concurrency.logLevel', levelOf(before), levelOf(after))],
    // They come and go with the pollers.
    FunctionResponseTypes: provisionedRule,
    MetricsConfig: () => [],
    BisectBatchOnFunctionError: setting('retries.bisect'),
    MaximumRetryAttempts: setting('retries.attempts'),
    MaximumRecordAgeInSeconds: setting('retries.maximumRecordAgeSeconds'),
    DestinationConfig: (before, after) => [changeOf('deadLetter', destinationOf(before), destinationOf(after))],
    SourceAccessConfigurations: (before, after) => [
      { mark: 'change', what: accessKey(connector, before, after), key: accessKey(connector, before, after) },
    ],
    SchemaRegistryConfig: named('source.schemaRegistry'),
    Tags: tagRule,
  }
}

const enabledRule: PropertyRule = (before, after) =>
  after === false
    ? [changeOf('enabled', before, after, { note: 'nothing is read from then on; groups keep their offsets' })]
    : [{ mark: 'caution', what: 'paused', key: 'enabled', note: 'this deployment resumes it' }]

const provisionedRule: PropertyRule = (before, after) => [
  {
    mark: isSame(before ?? [], []) ? 'add' : isSame(after ?? [], []) ? 'remove' : 'change',
    what: 'concurrency',
    key: 'concurrency',
  },
]

/** The tag `connector` is ours. Lambda's API has a map where CloudFormation has a list. */
export const tagRule: PropertyRule = (before, after) => [changeOf('tags', tagsOf(before), tagsOf(after))]

function tagsOf(tags: unknown): unknown {
  const entries = Array.isArray(tags)
    ? tags.map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value])
    : Object.entries(tags ?? {})
  return entries.map(([name, value]) => `${name}=${value}`)
}

function levelOf(config: unknown): unknown {
  return (config as { SystemLogLevel?: string } | undefined)?.SystemLogLevel
}

function destinationOf(config: unknown): unknown {
  return (config as { OnFailure?: { Destination?: unknown } } | undefined)?.OnFailure?.Destination
}

/** `source.vpc` where only subnets and security groups differ, else `source.auth`. */
function accessKey(connector: Connector, before: unknown, after: unknown): string {
  const logins = (value: unknown) =>
    ((value ?? []) as { Type: string }[]).filter(({ Type }) => !Type.startsWith('VPC_'))
  return sourceKey(connector, isSame(logins(before), logins(after)) ? 'vpc' : 'auth')
}
