import { remainingMs } from '../../../lib/platforms/context.ts'
import { detectPlatform } from '../../../lib/platforms/index.ts'

/** The records of an event as text, in the order of its batches. */
function read(event: unknown) {
  return detectPlatform(event)
    .toBatches(event)
    .flatMap(({ records }) => records)
    .map(({ key, value, headers, ...place }) => ({
      ...place,
      key: key?.toString() ?? null,
      value: value?.toString() ?? null,
      headers: headers.map(header => [header.key, header.value?.toString() ?? null]),
    }))
}

const none = { key: null, headers: [] }

describe('samples that the platforms publish', () => {
  test('EventBridge Pipes: User Guide, “Apache Kafka streams as a source in EventBridge Pipes”', () => {
    const bootstrapServers = 'b-2.demo-cluster-1.a1bcde.c1.kafka.us-east-1.amazonaws.com:9092'
    const record = {
      eventSource: 'SelfManagedKafka',
      bootstrapServers,
      eventSourceKey: 'mytopic-0',
      topic: 'mytopic',
      partition: 0,
      offset: 15,
      timestamp: 1545084650987,
      timestampType: 'CREATE_TIME',
      key: 'abcDEFghiJKLmnoPQRstuVWXyz1234==',
      value: 'SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==',
      headers: [{ headerKey: [104, 101, 97, 100, 101, 114, 86, 97, 108, 117, 101] }],
    }
    expect(read([record])).toEqual([
      {
        topic: 'mytopic',
        partition: 0,
        offset: 15,
        timestamp: 1545084650987,
        key: expect.any(String),
        value: 'Hello, this is a test.',
        headers: [['headerKey', 'headerValue']],
      },
    ])
  })

  test('Function Compute: the log of the template kafka-trigger-fc-event, whose array holds JSON text', () => {
    const event = [
      String.raw`{"data":{"topic":"HelloTopic","partition":9,"offset":3,"timestamp":1659346376797,"headers":{"headers":[],"isReadOnly":false},"value":"b\u0027{\\n    \"Test\": \"TestKafkaEBtrigger\"\\n}\u0027"},"id":"1cb591f9-987e-41d9-b974-0342e9acb90a","source":"acs:alikafka","specversion":"1.0","type":"alikafka:Topic:Message","datacontenttype":"application/json; charset\u003dutf-8","time":"2022-08-01T09:32:56.797Z","subject":"acs:alikafka:alikafka_pre-cn-7pp2t2jwj001:topic:HelloTopic","aliyunaccountid":"1938858730552836"}`,
    ]
    const value = String.raw`b'{\n    "Test": "TestKafkaEBtrigger"\n}'`
    const place = { topic: 'HelloTopic', partition: 9, offset: 3, timestamp: 1659346376797 }
    expect(read(event)).toEqual([{ ...none, ...place, value }])
  })

  test('SCF: “CKafka”, event structure', () => {
    const message = { topic: 'test-topic', Partition: 1, msgKey: 'None', msgBody: 'Hello from Ckafka!' }
    const event = { Records: [36, 37].map(offset => ({ Ckafka: { ...message, offset } })) }
    const place = { topic: 'test-topic', partition: 1, timestamp: -1, value: 'Hello from Ckafka!' }
    expect(read(event)).toEqual([36, 37].map(offset => ({ ...none, ...place, offset })))
  })

  test('FunctionGraph: Developer Guide, “Kafka (Open-Source) Event Source”, and the older form without records', () => {
    const group = { messages: ['kafka message1', 'kafka message2'], topic_id: 'topic-test' }
    const outer = { event_version: 'v1.0', event_time: 1576737962, trigger_type: 'KAFKA', region: 'eu-de' }
    const place = { topic: 'topic-test', partition: -1, offset: -1, timestamp: -1, eventTime: 1576737962000 }
    const expected = group.messages.map(value => ({ ...none, ...place, value }))
    expect(read({ ...outer, instance_id: '08fd3e1b', records: [group] })).toEqual(expected)
    expect(read({ ...outer, ...group })).toEqual(expected)
  })

  test('Azure Functions: the extension’s sample of an event with headers', () => {
    const event = `{ "Offset":364,"Partition":0,"Topic":"kafkaeventhubtest1","Timestamp":"2022-04-09T03:20:06.591Z", "Value": "one", "Headers": [{ "Key": "test", "Value": "ZG90bmV0" }] }`
    const place = { topic: 'kafkaeventhubtest1', partition: 0, offset: 364, timestamp: 1649474406591 }
    expect(read([event])).toEqual([{ ...place, key: null, value: 'one', headers: [['test', 'dotnet']] }])
  })

  test('Knative: the event that eventing-kafka-broker’s own test expects', () => {
    const event = {
      specversion: '1.0',
      type: 'dev.knative.kafka.event',
      source: '/apis/v1/namespaces/ns/kafkasources/ks#t1',
      subject: 'partition:0#1',
      id: 'partition:0/offset:1',
      time: '2022-04-09T03:20:06.591Z',
      key: 'b',
      partitionkey: 'b',
      kafkaheadera: 'b',
      data_base64: 'AQ==',
    }
    const place = { topic: 't1', partition: 0, offset: 1, timestamp: 1649474406591 }
    expect(read([event])).toEqual([{ ...place, key: 'b', value: '\u0001', headers: [['a', 'b']] }])
  })
})

describe('what an event may also look like', () => {
  test('Function Compute: a header’s bytes as Java’s buffer, of which only a part is meant', () => {
    const buffer = { hb: [120, 120, -61, -97], offset: 0, position: 2, limit: 4 }
    const data = { topic: 't', partition: 0, offset: 0, headers: { headers: [{ key: 'h', valueBuffer: buffer }] } }
    expect(read([{ type: 'alikafka:Topic:Message', data }])[0]?.headers).toEqual([['h', 'ß']])
  })

  test('FunctionGraph: a message in an object, the time as text', () => {
    const group = { messages: [{ message: 'm' }], topic_id: 't' }
    const event = { event_time: '2018-01-09T07:50:50.028Z', trigger_type: 'KAFKA', records: [group] }
    expect(read(event)).toMatchObject([{ value: 'm', eventTime: 1515484250028 }])
  })
})

describe('how long an invocation may run', () => {
  test.each([
    ['AWS Lambda', { getRemainingTimeInMillis: () => 1500 }, 1500],
    ['FunctionGraph', { getRemainingTimeInMilliSeconds: () => 1500 }, 1500],
    ['SCF, as its logs have it', { getRemainingTimeInMillis: 200, time_limit_in_ms: 3000 }, 200],
    ['SCF, without the first', { time_limit_in_ms: 3000 }, 3000],
    ['Function Compute', { requestId: 'r', function: { name: 'f', timeout: 10 } }, 10_000],
  ])('%s', (_, context, expected) => {
    expect(remainingMs(context)).toBe(expected)
  })

  test('a time that is over is 0, and not the time limit of another field', () => {
    expect(remainingMs({ getRemainingTimeInMillis: () => -20 })).toBe(0)
    expect(remainingMs({ requestId: 'r', function: { name: 'f', timeout: 0 } })).toBe(0)
  })

  // Each of these once counted as no time at all: under the policy `log` the records were committed without a single request.
  test.each([
    ['nothing', {}],
    ['null', null],
    ['NaN', { getRemainingTimeInMillis: () => Number.NaN }],
    ['Infinity', { getRemainingTimeInMillis: () => Number.POSITIVE_INFINITY }],
    ['digits as text', { getRemainingTimeInMillis: () => '60000' }],
    ['a limit as text', { time_limit_in_ms: '3000' }],
    ['seconds as text', { function: { timeout: '60' } }],
    ['no function', { function: null }],
    ['a promise', { getRemainingTimeInMillis: async () => 60_000 }],
  ])('is not guessed from %s', (_, context) => {
    expect(() => remainingMs(context)).toThrow(expect.objectContaining({ code: 'EVENT_UNKNOWN' }))
  })
})
