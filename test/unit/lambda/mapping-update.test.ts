import { formerTags, madeTags, progressOf } from '../../../lib/lambda/mapping-tag.ts'
import type { MappingBlueprint } from '../../../lib/lambda/mapping-update.ts'
import { mappingUpdates } from '../../../lib/lambda/mapping-update.ts'
import { dump, expansionOf, SECRET } from '../../support/connectors.ts'

const QUEUE = 'arn:aws:sqs:eu-central-1:123456789012:failed'
const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1'
const registry = { uri: 'https://registry.example.com', basic: SECRET }

/** What `reconcile` makes mappings of such a connector with. */
function blueprintOf({ source, ...declared }: { source?: object; [key: string]: unknown } = {}): MappingBlueprint {
  const { functions } = expansionOf({
    flow: dump({ source: { topics: undefined, pattern: 'shop', ...source }, ...declared }),
  })
  return JSON.parse(String(functions['flow-reconcile']?.environment.MAPPING))
}

/** The mapping that was made so, as Lambda lists it: on demand it has the defaults of what it can't do. */
function mappingOf(blueprint: MappingBlueprint) {
  const { StartingPosition, Tags, Enabled, ...settings } = blueprint
  return { DestinationConfig: { OnFailure: {} }, FunctionResponseTypes: [], ...settings, StartingPosition }
}

const everything = {
  source: {
    auth: { scram512: SECRET },
    filters: [{ value: { type: ['order'] } }],
    filtersKmsKey: KEY,
    schemaRegistry: registry,
  },
  deadLetter: QUEUE,
  concurrency: { pollerGroup: 'shop', logLevel: 'DEBUG' },
  retries: { attempts: 3, maximumRecordAgeSeconds: 60, bisect: true },
}
const batch = { BatchSize: 10_000, MaximumBatchingWindowInSeconds: 60 }

test('a key that is declared no more is taken away: Lambda keeps what a request leaves out', () => {
  const { schemaRegistry, ...source } = everything.source
  const before = blueprintOf({ ...everything, source })
  expect(mappingUpdates(blueprintOf({ concurrency: {} }), mappingOf(before))).toEqual([
    {
      ...batch,
      FilterCriteria: {},
      KMSKeyArn: '',
      SourceAccessConfigurations: [],
      DestinationConfig: { OnFailure: { Destination: '' } },
      BisectBatchOnFunctionError: false,
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: -1,
      LoggingConfig: {},
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MetricsConfig: { Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] },
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 200, PollerGroupName: '' },
    },
  ])
})

test('provisioned pollers go last: Lambda refuses that while there is a schema registry', () => {
  const group = { ConsumerGroupId: 'lake-dev-flow-{topic}' }
  expect(mappingUpdates(blueprintOf(), mappingOf(blueprintOf(everything)))).toEqual([
    {
      ...batch,
      FilterCriteria: {},
      KMSKeyArn: '',
      SourceAccessConfigurations: [],
      DestinationConfig: { OnFailure: { Destination: '' } },
      FunctionResponseTypes: [],
      BisectBatchOnFunctionError: false,
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: -1,
      LoggingConfig: {},
      MetricsConfig: { Metrics: [] },
      AmazonManagedKafkaEventSourceConfig: { ...group, SchemaRegistryConfig: {} },
    },
    { ProvisionedPollerConfig: {} },
  ])
})

test('a mapping on demand is never sent what only provisioned pollers can do', () => {
  expect(mappingUpdates(blueprintOf(), mappingOf(blueprintOf()))).toEqual([batch])
})

test('filters that are encrypted are taken away, too, though Lambda doesn’t list them', () => {
  const { FilterCriteria, ...listed } = mappingOf(
    blueprintOf({ source: { filters: [{ value: ['a'] }], filtersKmsKey: KEY } }),
  )
  expect(mappingUpdates(blueprintOf(), listed)).toEqual([{ ...batch, FilterCriteria: {}, KMSKeyArn: '' }])
  expect(mappingUpdates(blueprintOf({ source: { filters: [{ value: ['a'] }] } }), listed)).toEqual([
    { ...batch, FilterCriteria: { Filters: [{ Pattern: '{"value":["a"]}' }] }, KMSKeyArn: '' },
  ])
})

test('a schema registry that needs no login any more loses the former', () => {
  const before = blueprintOf({ concurrency: {}, source: { schemaRegistry: registry } })
  const after = blueprintOf({ concurrency: {}, source: { schemaRegistry: { uri: registry.uri } } })
  const [{ AmazonManagedKafkaEventSourceConfig: config }] = mappingUpdates(after, mappingOf(before))
  expect(config?.SchemaRegistryConfig).toEqual({
    SchemaRegistryURI: registry.uri,
    EventRecordFormat: 'JSON',
    SchemaValidationConfigs: [{ Attribute: 'VALUE' }],
    AccessConfigs: [],
  })
})

describe('the tag that says what a mapping has', () => {
  test('is the same for the same declaration, and another for any other that can reach a mapping', () => {
    const tags = madeTags(blueprintOf())
    expect(tags).toEqual({
      connector: 'flow',
      service: 'lake-dev',
      'kafka-functions:settings': expect.stringMatching(/^[0-9a-f]{16} connector service$/),
    })
    expect(progressOf(tags, blueprintOf())).toBe('done')
    // Where a mapping begins to read is settled when it is made.
    expect(progressOf(tags, blueprintOf({ source: { startFrom: 'latest' } }))).toBe('done')
    for (const changed of [
      { tags: { team: 'a' } },
      { batch: { size: 1 } },
      { source: { auth: { scram512: SECRET } } },
    ]) {
      expect(progressOf(tags, blueprintOf(changed))).toBe('outdated')
    }
    expect(progressOf({ connector: 'flow' }, blueprintOf())).toBe('outdated')
    expect(progressOf(madeTags(blueprintOf(), { isBegun: true }), blueprintOf())).toBe('begun')
  })

  test('knows the tags that were declared, so that those of others stay, and has room for as many as there may be', () => {
    const declared = Object.fromEntries(Array.from({ length: 46 }, (_, index) => [`team-${index}`, 'a']))
    const given: Record<string, string> = { ...madeTags(blueprintOf({ tags: declared })), owner: 'somebody' }
    expect(given['kafka-functions:settings']).toHaveLength(256)
    expect(Object.keys(given)).toHaveLength(50)
    const former = formerTags(given, blueprintOf({ tags: { 'team-1': 'b' } }))
    expect(former).toContain('team-0')
    expect(former).not.toContain('team-1')
    expect(former).not.toContain('owner')
  })
})
