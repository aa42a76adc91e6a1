import type { Service } from '../../../../lib/offline/mapping/declaration.ts'
import type { EventSourceMapping } from '../../../../lib/offline/mapping/event-source-mapping.ts'
import { readMappings } from '../../../../lib/offline/mapping/reader.ts'

const arn = 'arn:aws:kafka:us-east-1:123456789012:cluster/demo/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5'
const kafka = { accessConfigurations: {}, bootstrapServers: ['b-1:9092', 'b-2:9092'], topic: 'orders' }

const unlimited = Number.POSITIVE_INFINITY

/** A service with one function, `dump`, and what is given. */
function service({
  events = [],
  resources = {},
  extensions = {},
  key = 'dump',
}: Partial<Record<string, unknown>>): Service {
  const functions = { [key as string]: { name: `shop-dev-${key}`, events } } as Service['functions']
  return {
    provider: { region: 'eu-west-1' },
    functions,
    resources: { Resources: resources, extensions } as Service['resources'],
  }
}

function rawMapping(properties: Record<string, unknown>) {
  const Properties = { FunctionName: 'shop-dev-dump', EventSourceArn: arn, Topics: ['orders'], ...properties }
  return { resources: { Mapping: { Type: 'AWS::Lambda::EventSourceMapping', Properties } } }
}

function mappingOf(parts: Partial<Record<string, unknown>>) {
  const { mappings } = readMappings(service(parts))
  expect(mappings).toHaveLength(1)
  return mappings[0]
}

describe('events of functions', () => {
  test('a kafka event has the defaults of AWS', () => {
    const { declared, ...mapping } = mappingOf({ events: [{ kafka }] }) ?? {}
    expect(declared).toMatchObject({ Topics: ['orders'] })
    expect(mapping).toEqual({
      functionKey: 'dump',
      functionName: 'shop-dev-dump',
      eventSource: 'SelfManagedKafka',
      eventSourceArn: undefined,
      bootstrapServers: ['b-1:9092', 'b-2:9092'],
      topic: 'orders',
      consumerGroupId: 'offline-shop-dev-dump-orders',
      batchSize: 100,
      batchingWindowMs: 500,
      startingPosition: { type: 'TRIM_HORIZON' },
      enabled: true,
      reportBatchItemFailures: false,
      maximumRetryAttempts: Number.POSITIVE_INFINITY,
      maximumRecordAgeSeconds: Number.POSITIVE_INFINITY,
      bisectBatchOnFunctionError: false,
      access: [],
      onFailureDestination: undefined,
    })
  })

  test('a kafka event with everything', () => {
    const event = {
      ...kafka,
      batchSize: 500,
      maximumBatchingWindow: 5,
      enabled: false,
      startingPosition: 'AT_TIMESTAMP',
      startingPositionTimestamp: 1_760_000_000,
      consumerGroupId: 'connect-orders',
      onFailureDestination: 'kafka://orders-failed',
      provisionedPollerConfig: { minimumPollers: 1 },
    }
    expect(mappingOf({ events: [{ kafka: event }] })).toMatchObject({
      batchSize: 500,
      batchingWindowMs: 5_000,
      enabled: false,
      startingPosition: { type: 'AT_TIMESTAMP', timestamp: 1_760_000_000_000 },
      consumerGroupId: 'connect-orders',
      onFailureDestination: 'kafka://orders-failed',
      // What AWS applies when there is a destination and no limit.
      maximumRetryAttempts: 10,
    })
  })

  test('an msk event', () => {
    const mapping = mappingOf({ events: [{ msk: { arn, topic: 'clicks', consumerGroupId: 'g' } }] })
    expect(mapping).toMatchObject({
      eventSource: 'aws:kafka',
      eventSourceArn: arn,
      bootstrapServers: [],
      topic: 'clicks',
      consumerGroupId: 'g',
    })
  })

  test('the ARN of another stack is made up from its name', () => {
    const mapping = mappingOf({ events: [{ msk: { arn: { 'Fn::ImportValue': 'shared-cluster' }, topic: 'clicks' } }] })
    expect(mapping?.eventSourceArn).toMatch(/^arn:aws:kafka:eu-west-1:\d{12}:cluster\/shared-cluster\//)
  })

  test('a window of 0 is not deployed by the framework, so the default stays', () => {
    expect(mappingOf({ events: [{ kafka: { ...kafka, maximumBatchingWindow: 0 } }] })?.batchingWindowMs).toBe(500)
  })

  test('extensions of the generated resource count', () => {
    const extension = {
      MaximumRetryAttempts: 5,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    }
    const extensions = { Dump_EventSourceMapping: {}, DumpEventSourceMappingKafkaOrders: { Properties: extension } }
    expect(mappingOf({ events: [{ kafka }], extensions })).toMatchObject({
      maximumRetryAttempts: 5,
      bisectBatchOnFunctionError: true,
      reportBatchItemFailures: true,
    })
    const msk = { DumpEventSourceMappingMSKDemoMyclicks: { Properties: { BatchSize: 7 } } }
    expect(mappingOf({ events: [{ msk: { arn, topic: 'my.clicks' } }], extensions: msk })?.batchSize).toBe(7)
  })

  test('other events are none of our business', () => {
    expect(readMappings(service({ events: [{ schedule: 'rate(1 hour)' }, { sqs: 'arn' }] })).mappings).toEqual([])
  })
})

describe('raw resources', () => {
  test('an MSK mapping with everything', () => {
    const mapping = mappingOf(
      rawMapping({
        StartingPosition: 'LATEST',
        BatchSize: 10_000,
        MaximumBatchingWindowInSeconds: 0,
        AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'dump-audit' },
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 0,
        MaximumRecordAgeInSeconds: 86_400,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        DestinationConfig: { OnFailure: { Destination: 'kafka://audit-dlq' } },
      }),
    )
    expect(mapping).toMatchObject({
      eventSource: 'aws:kafka',
      consumerGroupId: 'dump-audit',
      batchSize: 10_000,
      batchingWindowMs: 0,
      startingPosition: { type: 'LATEST' },
      maximumRetryAttempts: 0,
      maximumRecordAgeSeconds: 86_400,
      bisectBatchOnFunctionError: true,
      reportBatchItemFailures: true,
      onFailureDestination: 'kafka://audit-dlq',
    })
  })

  test('a self-managed mapping', () => {
    const mapping = mappingOf(
      rawMapping({
        EventSourceArn: undefined,
        SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['b-1:9092'] } },
        SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'g' },
      }),
    )
    expect(mapping).toMatchObject({
      eventSource: 'SelfManagedKafka',
      bootstrapServers: ['b-1:9092'],
      consumerGroupId: 'g',
    })
  })

  test('mappings of other sources are left out', () => {
    const Properties = { FunctionName: 'shop-dev-dump', EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:queue' }
    const resources = {
      Queue: { Type: 'AWS::Lambda::EventSourceMapping', Properties },
      Bucket: { Type: 'AWS::S3::Bucket' },
    }
    expect(readMappings(service({ resources })).mappings).toEqual([])
  })

  const key = 'dump-to_s3'
  const lambdaArn = `arn:aws:lambda:us-east-1:123456789012:function:shop-dev-${key}`
  test.each<[string, unknown]>([
    ['!GetAtt', { 'Fn::GetAtt': ['DumpDashtoUnderscores3LambdaFunction', 'Arn'] }],
    ['!GetAtt as text', { 'Fn::GetAtt': 'DumpDashtoUnderscores3LambdaFunction.Arn' }],
    ['!Ref', { Ref: 'DumpDashtoUnderscores3LambdaFunction' }],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own syntax
    ['!Sub', { 'Fn::Sub': '${DumpDashtoUnderscores3LambdaFunction.Arn}' }],
    [
      '!Join with an alias',
      { 'Fn::Join': [':', [{ 'Fn::GetAtt': ['DumpDashtoUnderscores3LambdaFunction', 'Arn'] }, 'live']] },
    ],
    ['a name', `shop-dev-${key}`],
    ['a name with an alias', `shop-dev-${key}:live`],
    ['an ARN', lambdaArn],
    ['an ARN with an alias', `${lambdaArn}:live`],
    ['a partial ARN', `123456789012:function:shop-dev-${key}`],
  ])('FunctionName may be %s', (_, FunctionName) => {
    expect(mappingOf({ ...rawMapping({ FunctionName }), key })?.functionKey).toBe(key)
  })
})

/** The property, what it is by default, its ends, what is just outside of them, and what the mapping has of it. */
test.each<[string, unknown, unknown[], unknown[], (mapping: EventSourceMapping) => unknown]>([
  ['BatchSize', 100, [1, 10_000], [0, 10_001], ({ batchSize }) => batchSize],
  ['MaximumBatchingWindowInSeconds', 0.5, [0, 300], [-1, 301], ({ batchingWindowMs }) => batchingWindowMs / 1000],
  ['MaximumRetryAttempts', unlimited, [0, 10_000], [-2, 10_001], ({ maximumRetryAttempts }) => maximumRetryAttempts],
  [
    'MaximumRecordAgeInSeconds',
    unlimited,
    [60, 604_800],
    [59, 604_801],
    ({ maximumRecordAgeSeconds }) => maximumRecordAgeSeconds,
  ],
])('%s has the range and the default of AWS', (name, usual, ends, outside, own) => {
  const read = (properties: object) => own(mappingOf(rawMapping({ ...properties })) as EventSourceMapping)
  expect(read({})).toBe(usual)
  expect(ends.map(value => read({ [name]: value }))).toEqual(ends)
  for (const value of outside) expect(() => read({ [name]: value })).toThrow(`resource Mapping: ${name}: `)
})

describe('what is wrong', () => {
  test.each<[string, Partial<Record<string, unknown>>, string]>([
    [
      'no topic',
      { events: [{ kafka: { ...kafka, topic: undefined } }] },
      'function dump, kafka event: topic: expected exactly one topic',
    ],
    ['batch size', { events: [{ kafka: { ...kafka, batchSize: 10_001 } }] }, 'function dump, kafka event: batchSize: '],
    [
      'window',
      { events: [{ msk: { arn, topic: 't', maximumBatchingWindow: 301 } }] },
      'function dump, msk event: maximumBatchingWindow: ',
    ],
    ['no servers', { events: [{ kafka: { topic: 't' } }] }, 'function dump, kafka event: bootstrapServers: '],
    ['no ARN', { events: [{ msk: { topic: 't' } }] }, 'function dump, msk event: arn: is missing'],
    [
      'no timestamp',
      { events: [{ kafka: { ...kafka, startingPosition: 'AT_TIMESTAMP' } }] },
      'function dump, kafka event: startingPositionTimestamp: is required for AT_TIMESTAMP',
    ],
    [
      'a destination that is the source',
      { events: [{ kafka: { ...kafka, onFailureDestination: 'kafka://orders' } }] },
      'function dump, kafka event: onFailureDestination: must not be the topic that the mapping reads',
    ],
    [
      'no such function',
      rawMapping({ FunctionName: { Ref: 'NoneLambdaFunction' } }),
      'resource Mapping: FunctionName: ',
    ],
    [
      'two topics',
      rawMapping({ Topics: ['a', 'b'] }),
      'function dump, resource Mapping: Topics: expected exactly one topic',
    ],
    [
      'record age',
      rawMapping({ MaximumRecordAgeInSeconds: 59 }),
      'resource Mapping: MaximumRecordAgeInSeconds: must be -1 or 60 to 604800',
    ],
    ['retries', rawMapping({ MaximumRetryAttempts: -2 }), 'resource Mapping: MaximumRetryAttempts: '],
    [
      'no such destination',
      rawMapping({
        DestinationConfig: { OnFailure: { Destination: 'arn:aws:lambda:us-east-1:123456789012:function:f' } },
      }),
      'resource Mapping: DestinationConfig.OnFailure.Destination: must be kafka://<topic>, or the ARN of',
    ],
    [
      'too many pollers',
      rawMapping({ ProvisionedPollerConfig: { MinimumPollers: 201 } }),
      'resource Mapping: ProvisionedPollerConfig.MinimumPollers: ',
    ],
    [
      'fewer pollers than the fewest',
      rawMapping({ ProvisionedPollerConfig: { MinimumPollers: 3, MaximumPollers: 2 } }),
      'resource Mapping: ProvisionedPollerConfig.MaximumPollers: must not be less than MinimumPollers',
    ],
  ])('%s', (_, parts, message) => {
    expect(() => readMappings(service(parts))).toThrow(message)
  })

  test('one error names everything', () => {
    const events = [{ kafka: { ...kafka, batchSize: 0, maximumBatchingWindow: -1 } }]
    const parts = { events, ...rawMapping({ FunctionName: 'other' }) }
    expect(() => readMappings(service(parts))).toThrow(
      /other.*not a function[\s\S]*batchSize[\s\S]*maximumBatchingWindow/,
    )
  })
})

describe('filters', () => {
  const Pattern = JSON.stringify({ value: { type: ['order'] } })

  test('of an event, and of a resource', () => {
    const filterPatterns = [{ value: { type: ['order'] } }, { value: ['ping'] }]
    const parts = {
      events: [{ kafka: { ...kafka, filterPatterns } }],
      ...rawMapping({ FilterCriteria: { Filters: [{ Pattern }] } }),
    }
    const [first, second] = readMappings(service(parts)).mappings
    expect(first?.filters).toHaveLength(2)
    expect(second?.filters).toHaveLength(1)
  })

  test('none when the object is empty, as after their removal', () => {
    expect(readMappings(service(rawMapping({ FilterCriteria: {} }))).mappings[0]?.filters).toEqual([])
  })

  test.each<[string, object, string]>([
    [
      'a pattern of an event that AWS refuses',
      { events: [{ kafka: { ...kafka, filterPatterns: [{ value: ['a'] }, { value: 'a' }] } }] },
      'kafka event: filterPatterns.1.Pattern: AWS refuses this pattern: value: expected an object',
    ],
    [
      'a field that Lambda doesn’t filter by',
      { events: [{ kafka: { ...kafka, filterPatterns: [{ key: ['a'] }] } }] },
      'filterPatterns: Lambda filters records of Kafka by their value, not by key',
    ],
    [
      'more than AWS allows',
      rawMapping({ FilterCriteria: { Filters: Array.from({ length: 11 }, () => ({ Pattern })) } }),
      'FilterCriteria.Filters: expected at most 10 filters',
    ],
    [
      'longer than AWS allows',
      rawMapping({ FilterCriteria: { Filters: [{ Pattern: `{"value":["${'a'.repeat(4_083)}"]}` }] } }),
      'FilterCriteria.Filters.0.Pattern: expected at most 4096 characters',
    ],
  ])('%s is named', (_, parts, message) => {
    expect(() => readMappings(service(parts))).toThrow(message)
  })
})

describe('schema registries and logins', () => {
  const SchemaRegistryConfig = {
    SchemaRegistryURI: 'https://registry',
    EventRecordFormat: 'SOURCE',
    SchemaValidationConfigs: [{ Attribute: 'KEY' }, { Attribute: 'VALUE' }],
    AccessConfigs: [{ Type: 'BASIC_AUTH', URI: 'arn:secret' }],
  }
  const registered = (config: object, more: object = {}) =>
    rawMapping({ AmazonManagedKafkaEventSourceConfig: { SchemaRegistryConfig: config }, ...more })
  const provisioned = { ProvisionedPollerConfig: { MinimumPollers: 1 } }

  test('a registry of a resource', () => {
    const { mappings, warnings } = readMappings(service(registered(SchemaRegistryConfig, provisioned)))
    expect(warnings).toEqual([])
    expect(mappings[0]?.schemaRegistry).toEqual({
      uri: 'https://registry',
      format: 'SOURCE',
      validates: ['key', 'value'],
      access: [{ type: 'BASIC_AUTH', uri: 'arn:secret' }],
    })
  })

  test('with a validated key, filters may ask for it', () => {
    const Filters = [{ Pattern: '{"key":{"id":[1]}}' }]
    const keyed = { FilterCriteria: { Filters }, ...provisioned }
    expect(readMappings(service(registered(SchemaRegistryConfig, keyed))).mappings[0]?.filters).toHaveLength(1)
    const SchemaValidationConfigs = [{ Attribute: 'VALUE' }]
    expect(() =>
      readMappings(service(registered({ ...SchemaRegistryConfig, SchemaValidationConfigs }, keyed))),
    ).toThrow('not by key')
  })

  test('without provisioned pollers, a registry is named', () => {
    const { warnings } = readMappings(service(registered(SchemaRegistryConfig)))
    expect(warnings).toEqual([expect.stringContaining('SchemaRegistryConfig')])
  })

  test.each<[string, object]>([
    ['SchemaRegistryURI', { SchemaRegistryURI: '' }],
    ['EventRecordFormat', { EventRecordFormat: 'AVRO' }],
    ['SchemaValidationConfigs', { SchemaValidationConfigs: [] }],
    ['AccessConfigs.0.Type', { AccessConfigs: [{ Type: 'SASL_SCRAM_512_AUTH', URI: 'arn:secret' }] }],
  ])('%s has to be what AWS takes', (name, wrong) => {
    const parts = registered({ ...SchemaRegistryConfig, ...wrong }, provisioned)
    expect(() => readMappings(service(parts))).toThrow(`SchemaRegistryConfig.${name}`)
  })

  test('logins by the framework’s names, and by Lambda’s', () => {
    const accessConfigurations = {
      vpcSubnet: ['subnet-1'],
      saslScram512Auth: 'arn:user',
      serverRootCaCertificate: 'arn:ca',
    }
    const msk = { arn: 'arn:aws:kafka:eu-central-1:1:cluster/c/u', topic: 'orders', saslScram512: 'arn:msk' }
    const SourceAccessConfigurations = [{ Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: { Ref: 'Secret' } }]
    const parts = {
      events: [{ kafka: { ...kafka, accessConfigurations } }, { msk }],
      ...rawMapping({ SourceAccessConfigurations }),
    }
    expect(readMappings(service(parts)).mappings.map(({ access }) => access)).toEqual([
      [
        { type: 'VPC_SUBNET', uri: 'subnet-1' },
        { type: 'SASL_SCRAM_512_AUTH', uri: 'arn:user' },
        { type: 'SERVER_ROOT_CA_CERTIFICATE', uri: 'arn:ca' },
      ],
      [{ type: 'SASL_SCRAM_512_AUTH', uri: 'arn:msk' }],
      [{ type: 'CLIENT_CERTIFICATE_TLS_AUTH', uri: undefined }],
    ])
  })
})

describe('what is not emulated', () => {
  test('is named', () => {
    const parts = {
      events: [{ kafka: kafka }],
      ...rawMapping({
        BatchSize: { Ref: 'BatchSize' },
        TumblingWindowInSeconds: 5,
      }),
    }
    expect(readMappings(service(parts)).warnings).toEqual([
      'function dump, resource Mapping: BatchSize is only known to CloudFormation, so its default is used',
      'function dump, resource Mapping: TumblingWindowInSeconds is not emulated',
    ])
  })

  test('what has no effect on a laptop is passed over', () => {
    const harmless = {
      Tags: [],
      MetricsConfig: { Metrics: ['EventCount'] },
      LoggingConfig: { SystemLogLevel: 'DEBUG' },
      KmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/1',
      SourceAccessConfigurations: [],
    }
    expect(readMappings(service(rawMapping(harmless))).warnings).toEqual([])
  })
})

describe('provisioned pollers', () => {
  test.each<[object | undefined, object | undefined]>([
    [undefined, undefined],
    // An empty one is how AWS's API switches them off.
    [{}, undefined],
    [{ MinimumPollers: 2 }, { minimum: 2, maximum: 200 }],
    [
      { MaximumPollers: 5, PollerGroupName: 'shop' },
      { minimum: 1, maximum: 5 },
    ],
  ])('%j', (ProvisionedPollerConfig, expected) => {
    expect(mappingOf(rawMapping({ ProvisionedPollerConfig }))?.provisionedPollers).toEqual(expected)
  })

  test('a group, with which mappings share capacity on AWS, has no effect', () => {
    const ProvisionedPollerConfig = { PollerGroupName: 'shop' }
    const parts = rawMapping({ ProvisionedPollerConfig })
    expect(mappingOf(parts)?.provisionedPollers).toEqual({ minimum: 1, maximum: 200 })
    expect(readMappings(service(parts)).warnings).toEqual([])
  })

  test('what AWS refuses without them is named', () => {
    const rules = {
      MaximumRetryAttempts: 3,
      MaximumRecordAgeInSeconds: 60,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: 'kafka://failed' } },
    }
    const names = ['MaximumRetryAttempts', 'MaximumRecordAgeInSeconds', 'BisectBatchOnFunctionError']
    const needing = [...names, 'FunctionResponseTypes', 'DestinationConfig.OnFailure.Destination']
    expect(readMappings(service(rawMapping(rules))).warnings).toEqual(
      needing.map(
        name => `function dump, resource Mapping: ${name} needs ProvisionedPollerConfig, without which AWS refuses it`,
      ),
    )
    const provisioned = rawMapping({ ...rules, ProvisionedPollerConfig: { MinimumPollers: 1 } })
    expect(readMappings(service(provisioned)).warnings).toEqual([])
  })
})

describe('an on-failure destination of AWS', () => {
  const queue = 'arn:aws:sqs:us-east-1:123456789012:failed'
  const variables = ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_SQS']
  const former = variables.map(name => process.env[name])

  beforeEach(() => {
    for (const name of variables) delete process.env[name]
  })
  afterAll(() => {
    for (const [index, name] of variables.entries()) {
      if (former[index] === undefined) delete process.env[name]
      else process.env[name] = former[index]
    }
  })

  const destined = (Destination: unknown) => rawMapping({ DestinationConfig: { OnFailure: { Destination } } })

  test('needs an endpoint, so that nothing goes to AWS by accident', () => {
    const events = [{ kafka: { ...kafka, onFailureDestination: queue } }]
    expect(readMappings(service({ events })).warnings).toEqual([
      `function dump, kafka event: onFailureDestination ${queue} has no endpoint here, so what would go there is discarded: set AWS_ENDPOINT_URL_SQS or AWS_ENDPOINT_URL`,
    ])
    for (const name of variables) {
      process.env[name] = 'http://127.0.0.1:4566'
      expect(readMappings(service({ events })).warnings).toEqual([])
      delete process.env[name]
    }
  })

  test('may be a queue, a topic or a bucket of the service', () => {
    const resources = (Type: string, Properties: object) => ({
      resources: {
        ...destined({ 'Fn::GetAtt': ['Failed', 'Arn'] }).resources,
        Failed: { Type, Properties },
      },
    })
    const of = (Type: string, Properties: object) => mappingOf(resources(Type, Properties))?.onFailureDestination
    expect(of('AWS::SQS::Queue', { QueueName: 'failed' })).toBe('arn:aws:sqs:eu-west-1:123456789012:failed')
    expect(of('AWS::SNS::Topic', { TopicName: 'failed' })).toBe('arn:aws:sns:eu-west-1:123456789012:failed')
    expect(of('AWS::S3::Bucket', { BucketName: 'failed' })).toBe('arn:aws:s3:::failed')
    // Its name is made up when it is deployed.
    expect(of('AWS::SQS::Queue', {})).toBeUndefined()
    expect(readMappings(service(resources('AWS::SQS::Queue', {}))).warnings).toEqual([
      'function dump, resource Mapping: DestinationConfig.OnFailure.Destination is only known to CloudFormation, so what would go there is discarded',
    ])
  })
})
