import type { Service } from '../../../../lib/offline/mapping/declaration.ts'
import { readMappings } from '../../../../lib/offline/mapping/reader.ts'

const arn = 'arn:aws:kafka:us-east-1:123456789012:cluster/demo/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5'
const kafka = { accessConfigurations: {}, bootstrapServers: ['b-1:9092', 'b-2:9092'], topic: 'orders' }

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
    expect(mappingOf({ events: [{ kafka }] })).toEqual({
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

describe('what is not emulated', () => {
  test('is named', () => {
    const filterPatterns = [{ value: { type: ['order'] } }]
    const queue = 'arn:aws:sqs:us-east-1:123456789012:failed'
    const parts = {
      events: [{ kafka: { ...kafka, filterPatterns, onFailureDestination: queue } }],
      ...rawMapping({
        AmazonManagedKafkaEventSourceConfig: { SchemaRegistryConfig: { EventRecordFormat: 'JSON' } },
        BatchSize: { Ref: 'BatchSize' },
        TumblingWindowInSeconds: 5,
      }),
    }
    expect(readMappings(service(parts)).warnings).toEqual([
      'function dump, kafka event: filterPatterns is not emulated',
      `function dump, kafka event: onFailureDestination ${queue} is not emulated`,
      'function dump, resource Mapping: BatchSize is only known to CloudFormation, so its default is used',
      'function dump, resource Mapping: TumblingWindowInSeconds is not emulated',
      'function dump, resource Mapping: AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig is not emulated',
    ])
  })

  test('what has no effect on a laptop is passed over', () => {
    const harmless = {
      ProvisionedPollerConfig: { MinimumPollers: 1 },
      Tags: [],
      MetricsConfig: {},
      SourceAccessConfigurations: [],
    }
    expect(readMappings(service(rawMapping(harmless))).warnings).toEqual([])
  })
})
