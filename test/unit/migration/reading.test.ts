import fc from 'fast-check'
import { convert, systemOf } from '../../../lib/migration/convert.ts'
import { readSettings } from '../../../lib/migration/read-settings.ts'
import { shownValue } from '../../../lib/migration/shown-value.ts'
import { systems } from '../../../lib/migration/systems/index.ts'

const read = (text: string | Buffer) => readSettings(Buffer.from(text))
const valuesOf = (text: string) =>
  read(text).connectors.map(({ settings }) =>
    Object.fromEntries(Array.from(settings, ([name, { value }]) => [name, value])),
  )

const config = { 'connector.class': 'io.confluent.connect.s3.S3SinkConnector', topics: 'orders', 'flush.size': 1000 }
const texts = { ...config, 'flush.size': '1000' }

test.each([
  ['a name and its configuration', { name: 'a', config }, [{ name: 'a', ...texts }]],
  ['the configuration alone', config, [texts]],
  ['a list', [{ name: 'a', config }, config], [{ name: 'a', ...texts }, texts]],
  [
    'what GET /connectors?expand=info answers',
    { a: { info: { name: 'a', config, tasks: [{ connector: 'a', task: 0 }], type: 'sink' } } },
    [{ name: 'a', ...texts }],
  ],
  [
    'what it answers with the state, too',
    { a: { status: { name: 'a' }, info: { name: 'a', config } } },
    [{ name: 'a', ...texts }],
  ],
])('JSON: %s', (_, json, expected) => {
  expect(valuesOf(JSON.stringify(json, null, 2))).toEqual(expected)
})

test.each<[string, string, Record<string, string>]>([
  ['a byte order mark', '\uFEFFtopics=orders', { topics: 'orders' }],
  ['Windows’ line ends', 'topics=orders\r\nflush.size=5\r\n', { topics: 'orders', 'flush.size': '5' }],
  ['continued lines', 'topics=orders,\\\n   payments', { topics: 'orders,payments' }],
  ['colons, blanks, comments', '# c\n! d\ntopics : orders\nflush.size 5', { topics: 'orders', 'flush.size': '5' }],
  ['escapes', 'topics.regex=shop\\\\..*\ntopics.dir=\\u00fcber', { 'topics.regex': 'shop\\..*', 'topics.dir': 'über' }],
])('properties with %s', (_, text, expected) => {
  expect(valuesOf(text)).toEqual([expected])
})

test('JSON with a byte order mark', () => {
  expect(valuesOf(`\uFEFF${JSON.stringify(config)}`)).toEqual([texts])
})

test('variables with quotation marks and export', () => {
  expect(valuesOf('export kafka_address="a:9092"\nkafka_topic_name=\'orders\'')).toEqual([
    { kafka_address: 'a:9092', kafka_topic_name: 'orders' },
  ])
})

test.each([
  ['is empty', '', 'The file is empty.'],
  ['has blanks only', ' \n ', 'The file is empty.'],
  ['is JSON that ends early', '{\n"aws.secret.access.key": "geheim",\n', /begins like JSON, but is none/],
  ['is JSON of something else', '[1, 2]', /no connector/],
  ['is a list of nothing that is a connector', '{"a": {"b": 1}, "c": 2}', /expected "config"/],
  ['is YAML of Kubernetes', 'apiVersion: kafka.strimzi.io/v1beta2\nkind: KafkaConnector\nspec:\n  class: x', /YAML/],
  ['has 5 MB', 'a'.repeat(5_000_000), /5,000,000 bytes/],
])('a file that %s is refused', (_, text, expected) => {
  expect(() => read(text)).toThrow(expected)
  expect(() => read(text)).not.toThrow(/geheim/)
})

test('a file that is not text is refused', () => {
  expect(() => read(Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0xff, 0xfe]))).toThrow('not text in UTF-8')
  expect(() => read(Buffer.from('topics=orders', 'utf16le'))).toThrow('not text in UTF-8')
})

test('of a name that is there twice the last value is taken, and it is said', () => {
  const json = '{"name": "a", "config": {"topics": "one", "topics": "two", "flush.size": 1}}'
  expect(read(json).remarks).toEqual(['topics is there more than once; the last value is taken, as Kafka does.'])
  expect(read(json).connectors[0]?.settings.get('topics')?.value).toBe('two')
  expect(read('topics=one\ntopics=two').remarks).toHaveLength(1)
})

test('a flow that is not enabled becomes no connector', () => {
  const { connectors, remarks } = read('clusters=a,b\na->b.enabled=false\nb->a.enabled=true\n')
  expect(connectors.map(({ name }) => name)).toEqual(['b-to-a'])
  expect(remarks).toEqual(['a->b is not enabled, so it becomes no connector.'])
})

test('what is written for a flow goes before what is written for all', () => {
  const [flow] = read(
    'clusters=a,b\na->b.enabled=true\na->b.topics=orders\ntopics=.*\nsecurity.protocol=SSL\n',
  ).connectors
  expect(flow?.settings.get('topics')?.value).toBe('orders')
  expect(flow?.settings.get('source.cluster.security.protocol')?.value).toBe('SSL')
})

describe('the table', () => {
  const converted = (settings: Record<string, string>) => {
    const [found] = read(JSON.stringify({ name: 'a', ...config, ...settings })).connectors
    if (!found) throw new Error('No connector')
    return convert(found, systems.confluent, 'a')
  }
  const keysOf = (settings: Record<string, string>, name: string) =>
    converted(settings).lines.find(({ setting }) => setting === name)

  test.each<[string, Record<string, string>, string, Record<string, unknown>]>([
    [
      'a value of a config provider',
      { 's3.bucket.name': `\${file:/opt/s3.properties:bucket}` },
      's3.bucket.name',
      { 'to.bucket': `\${env:A_S3_BUCKET_NAME}` },
    ],
    ['a variable', { 's3.bucket.name': `\${env:BUCKET}` }, 's3.bucket.name', { 'to.bucket': `\${env:BUCKET}` }],
    ['topics by a variable', { topics: `\${env:TOPIC}` }, 'topics', { 'source.topics': [`\${env:TOPIC}`] }],
    ['a part of a value by a provider', { topics: `orders,\${env:TOPIC}` }, 'topics', {}],
    [
      'a schedule that is no part of a day',
      { 'rotate.schedule.interval.ms': '7000000' },
      'rotate.schedule.interval.ms',
      {},
    ],
    [
      'an interval by the records',
      { 'rotate.interval.ms': '5000', 'timestamp.extractor': 'Record' },
      'rotate.interval.ms',
      { 'to.rotate.rotateIntervalMs': 5000 },
    ],
    [
      'an interval by the clock',
      { 'rotate.interval.ms': '5000' },
      'rotate.interval.ms',
      { 'to.rotate.maxOpenMs': 5000 },
    ],
    ['a part size that is too small', { 's3.part.size': '1' }, 's3.part.size', {}],
    [
      'another delimiter',
      { 'file.delim': '-' },
      'file.delim',
      { 'to.keyTemplate': '{topic}/{path}/{topic}-{partition}-{offsets}' },
    ],
    ['a delimiter that names nothing', { 'file.delim': '' }, 'file.delim', {}],
    ['a pattern of Java', { 'topics.regex': '(?i)shop.*+' }, 'topics.regex', {}],
    [
      'tags',
      { 's3.object.tagging': 'true', 's3.object.tagging.key.value.pairs': 'team:data,env:prod' },
      's3.object.tagging.key.value.pairs',
      { 'to.tags': { team: 'data', env: 'prod' } },
    ],
    [
      'a user in the registry’s URL',
      { 'value.converter.schema.registry.url': 'https://me:pw@r:8081' },
      'value.converter.schema.registry.url',
      {
        'to.schemaRegistryUrl': 'https://r:8081',
        'to.schemaRegistryUsername': { secret: `\${env:A_REGISTRY_SECRET_ARN}#username` },
        'to.schemaRegistryPassword': { secret: `\${env:A_REGISTRY_SECRET_ARN}#password` },
      },
    ],
  ])('%s', (_, settings, name, keys) => {
    expect(keysOf(settings, name)?.keys).toEqual(keys)
    if (Object.keys(keys).length === 0) expect(keysOf(settings, name)?.group).toBe('person')
  })

  test('the time in a field, by day', () => {
    const { declaration } = converted({
      'partitioner.class': 'io.confluent.connect.storage.partitioner.DailyPartitioner',
      'timestamp.extractor': 'RecordField',
      'timestamp.field': 'order.createdAt',
      timezone: 'UTC',
    })
    expect(declaration.to).toMatchObject({ partitionBy: 'daily@/order/createdAt' })
    expect(declaration.to).not.toHaveProperty('partitioner')
  })

  test('a Kafka login over plain text is none for Lambda', () => {
    const { lines } = converted({
      'consumer.override.bootstrap.servers': 'k:9092',
      'consumer.override.security.protocol': 'SASL_PLAINTEXT',
      'consumer.override.sasl.mechanism': 'PLAIN',
    })
    expect(lines.find(({ setting }) => setting.endsWith('security.protocol'))).toMatchObject({ group: 'person' })
  })
})

const secret = fc.stringMatching(/^[A-Za-z0-9+/]{16,40}$/)

test('no secret is in a declaration or a report, whatever setting has it', () => {
  const names = Object.values(systems).flatMap(({ settings }) =>
    Object.entries(settings).flatMap(([name, { secret }]) => (secret ? name.replaceAll('*', 'password') : [])),
  )
  const secretNames = [...new Set(names), 'my.own.password', 's3.bukket.name', 'value.converter.some.token']
  fc.assert(
    fc.property(
      secret,
      fc.constantFrom(...secretNames),
      fc.constantFrom(...Object.values(systems)),
      (text, name, system) => {
        const found = { name: 'a', settings: new Map([[name, { value: text, original: name }]]) }
        expect(JSON.stringify(convert(found, system, 'a'))).not.toContain(text)
      },
    ),
  )
})

test('nor is one in a URL or a login of JAAS', () => {
  const { settings } = systems.confluent
  expect(shownValue('store.url', 'https://me:pw@minio:9000', settings['store.url'], true)).toBe('https://…@minio:9000')
  expect(shownValue('x', 'Module required password="pw";', settings['store.url'], true)).toBe('(not shown)')
})

test('any text is read, or refused with a reason', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' })), text => {
      try {
        for (const found of read(text).connectors) {
          const system = systemOf(found)
          if (system) convert(found, system, 'a')
        }
      } catch (error) {
        expect((error as Error).message).toMatch(/^The file /)
      }
    }),
  )
})
