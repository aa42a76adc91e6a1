import fc from 'fast-check'
import { warnings } from '../../../lib/connectors/checks/warning.ts'
import { readConnectors } from '../../../lib/connectors/reader.ts'
import { dump, expansionOf, faults, MSK, read, replicate, SECRET } from '../../support/connectors.ts'

const ALIAS = 'arn:aws:kms:eu-central-1:123456789012:alias/lake'
const self = { msk: undefined, bootstrapServers: ['kafka-1:9096'], auth: { scram512: SECRET } }

test('one message names every fault with its place, what was expected and what was found', () => {
  const declared = {
    orders: dump({
      source: { startFrom: 'yesterday', offset: 3 },
      batch: { size: 20_000, windowSeconds: 600 },
      concurrency: { minimumPollers: 9, maximumPollers: 3 },
      to: { bucket: 'My_Bucket', compresion: 'zstd', compression: 'lzo', offsetPadWidth: 99 },
      failurePolicy: 'ignore',
    }),
    payments: { type: 'dumb' },
  }
  expect(faults(declared)).toEqual([
    'orders.source.startFrom: expected one of earliest, latest, or a time in the past such as 2026-01-31T00:00:00Z, got "yesterday"',
    expect.stringMatching(/^orders.source.offset: unknown key; there are msk, bootstrapServers/),
    'orders.batch.size: expected a whole number from 1 to 10000, got 20000',
    'orders.batch.windowSeconds: expected a whole number from 0 to 300, got 600',
    'orders.failurePolicy: expected one of log, fail, got "ignore"',
    expect.stringMatching(/^orders.to.bucket: expected a bucket name .*, got "My_Bucket"$/),
    'orders.to.compression: expected one of none, gzip, zstd, got "lzo"',
    'orders.to.offsetPadWidth: expected a whole number from 0 to 20, got 99',
    'orders.to.compresion: unknown key; did you mean compression?',
    'orders.concurrency.minimumPollers: expected at most maximumPollers, 3',
    'payments.type: expected one of dump, replicate, got "dumb"',
  ])
})

test.each<[string, Record<string, unknown>, unknown]>([
  [
    'topics and a pattern',
    dump({ source: { pattern: '.*' } }),
    'source.pattern: expected topics or a pattern, got both',
  ],
  ['neither', dump({ source: { topics: undefined } }), 'source: expected topics or a pattern, got neither'],
  ['a topic twice', dump({ source: { topics: ['a1', 'a1'] } }), 'source.topics: a1 is listed twice'],
  [
    'a pattern that is none',
    dump({ source: { topics: undefined, pattern: '(' } }),
    'source.pattern: expected a regular expression, got "("',
  ],
  [
    'a time to come',
    dump({ source: { startFrom: '2999-01-01T00:00:00Z' } }),
    'source.startFrom: expected one of earliest, latest, or a time in the past such as 2026-01-31T00:00:00Z, got "2999-01-01T00:00:00Z"',
  ],
  [
    'no cluster',
    dump({ source: { msk: undefined, auth: {} } }),
    'source: expected msk or bootstrapServers, got neither',
  ],
  [
    'an authority for MSK',
    dump({ source: { auth: { serverRootCa: SECRET } } }),
    'source.auth.serverRootCa: expected nothing: a public authority signs MSK’s certificates',
  ],
  [
    'two logins',
    dump({ source: { ...self, auth: { plain: SECRET, scram512: SECRET } } }),
    'source.auth: expected one way to log in, got plain and scram512',
  ],
  [
    'IAM for a self-managed cluster',
    dump({ source: { ...self, auth: { iam: true } } }),
    'source.auth.iam: expected an MSK cluster (msk): other clusters don’t support AWS roles',
  ],
  [
    'public brokers without a login',
    dump({ source: { ...self, auth: undefined } }),
    'source.auth: expected a login or a vpc: without a login, Lambda reads brokers only from within a VPC',
  ],
  [
    'SASL without TLS',
    dump({ source: { ...self, securityProtocol: 'SASL_PLAINTEXT' } }),
    'source.securityProtocol: expected SASL_SSL: Lambda’s mappings log in over TLS only',
  ],
  [
    'retries without pollers',
    dump({ retries: { attempts: 3 } }),
    'retries: expected concurrency as well: this needs provisioned pollers',
  ],
  [
    'an end of retries with the policy fail',
    dump({ concurrency: {}, failurePolicy: 'fail', retries: { attempts: 3 } }),
    'retries.attempts: expected -1 or nothing: the policy fail never gives up a record',
  ],
  // Lambda stops a function that Kafka mappings call after 14 minutes, and calls it again.
  [
    'more time than a function of a mapping has',
    dump({ timeoutSeconds: 841 }),
    'timeoutSeconds: expected a whole number from 1 to 840, got 841',
  ],
  [
    'a name of a broker that Lambda refuses',
    dump({ source: { ...self, bootstrapServers: ['kafka_1:9096'] } }),
    'source.bootstrapServers: Lambda refuses kafka_1:9096: its mappings take host names of letters, digits and hyphens, or IPv4 addresses',
  ],
  [
    'an IPv6 address that a mapping would read',
    replicate({ direction: 'pull', to: { bootstrapServers: ['[2001:db8::1]:9096'] } }),
    'to.bootstrapServers: Lambda refuses [2001:db8::1]:9096: its mappings take host names of letters, digits and hyphens, or IPv4 addresses',
  ],
  [
    'a port that there is not',
    dump({ source: { ...self, bootstrapServers: ['kafka:99999'] } }),
    'source.bootstrapServers: expected a list of 1 to 10 brokers as host:port, got "kafka:99999" in it',
  ],
  [
    'a FIFO queue for failed batches',
    dump({ deadLetter: 'arn:aws:sqs:eu-central-1:123456789012:failed.fifo' }),
    expect.stringMatching(/^flow.deadLetter: expected .* \(not FIFO\).*failed.fifo"$/),
  ],
  [
    'MSK Serverless with SCRAM',
    dump({ source: { msk: `${MSK.slice(0, -2)}-s1`, auth: { scram512: SECRET } } }),
    'source.auth: expected iam: true: MSK Serverless has no other login',
  ],
  [
    'an end of retries without a policy, in a replication',
    replicate({ concurrency: {}, retries: { attempts: 3 } }),
    'retries.attempts: expected -1 or nothing: the policy fail never gives up a record',
  ],
  [
    'a folder of a bucket for dead letters',
    dump({ deadLetter: 'arn:aws:s3:::failed/orders' }),
    'deadLetter: expected a topic name, or the ARN of an SQS queue or an SNS topic (not FIFO) or an S3 bucket; as kmsKey the ARN of a KMS key, not of an alias, got "arn:aws:s3:::failed/orders"',
  ],
  [
    'a key for filters that there are not',
    dump({ source: { filtersKmsKey: 'arn:aws:kms:eu-central-1:123456789012:key/1' } }),
    'source.filtersKmsKey: expected filters as well, which it encrypts',
  ],
  [
    'more filters than AWS allows to anybody',
    dump({ source: { filters: Array.from({ length: 11 }, () => ({ value: ['a'] })) } }),
    expect.stringMatching(/^flow.source.filters: expected a list of 1 to 10 filter patterns/),
  ],
  [
    'a filter that is too long',
    dump({ source: { filters: [{ value: ['x'.repeat(4083)] }] } }),
    'source.filters: one of them has 4097 characters as JSON; AWS allows 4096',
  ],
  [
    'a filter by what Lambda doesn’t look at',
    dump({ source: { filters: [{ $or: [{ value: ['a'] }, { topic: ['orders'] }] }] } }),
    'source.filters: expected patterns for value, got one for topic: Lambda filters Kafka records by nothing else',
  ],
  [
    'a filter by keys that nothing decodes',
    dump({ source: { filters: [{ key: ['a'] }] } }),
    'source.filters: expected patterns for value, got one for key: Lambda filters Kafka records by nothing else',
  ],
  [
    'a filter that AWS refuses',
    dump({ source: { filters: [{ value: { type: 'order' } }] } }),
    'source.filters: AWS refuses a pattern: value.type: expected an object or a list with at least one element',
  ],
  ['an empty filter', dump({ source: { filters: [{}] } }), 'source.filters: expected something in each filter, got {}'],
  [
    'an alias of a key for objects',
    dump({ to: { sse: 'aws:kms', sseKmsKeyId: 'alias/lake' } }),
    'to.sseKmsKeyId: expected the ARN of a KMS key, not of an alias, got "alias/lake"',
  ],
  [
    'the ARN of an alias for secrets',
    dump({ source: { ...self, auth: { scram512: SECRET, kmsKey: ALIAS } } }),
    `source.auth.kmsKey: expected the ARN of a KMS key, not of an alias, got "${ALIAS}"`,
  ],
  [
    'an alias for secrets of the cluster that is written to',
    replicate({ direction: 'pull', source: { auth: { scram512: SECRET, kmsKey: 'alias/lake' } } }),
    'source.auth.kmsKey: expected the ARN of a KMS key, not of an alias, got "alias/lake"',
  ],
  [
    'an alias for a queue',
    dump({ deadLetter: { sqs: 'arn:aws:sqs:eu-central-1:123456789012:failed', kmsKey: 'alias/lake' } }),
    expect.stringMatching(
      /^flow.deadLetter: expected .* as kmsKey the ARN of a KMS key, not of an alias, got .*"alias\/lake"/,
    ),
  ],
  [
    'the id of a key, where permissions want its ARN',
    dump({ to: { sse: 'aws:kms', sseKmsKeyId: { Ref: 'LakeKey' } } }),
    'to.sseKmsKeyId: expected !GetAtt <key>.Arn, as !Ref returns a key’s id; for a parameter that holds an ARN, use !Sub',
  ],
  [
    'the id of a key for filters',
    dump({ source: { filters: [{ value: ['a'] }], filtersKmsKey: { Ref: 'LakeKey' } } }),
    'source.filtersKmsKey: expected !GetAtt <key>.Arn, as !Ref returns a key’s id; for a parameter that holds an ARN, use !Sub',
  ],
  [
    'more tags than AWS allows with those that reconcile keeps',
    dump({
      source: { topics: undefined, pattern: '.*' },
      tags: Object.fromEntries(Array.from({ length: 47 }, (_, index) => [`tag-${index}`, ''])),
    }),
    'tags: expected at most 46, got 47: AWS allows 50, including our own',
  ],
  [
    'more pollers than a group may have',
    dump({ source: { topics: ['a1', 'a2', 'a3'] }, concurrency: { maximumPollers: 700, pollerGroup: 'lake' } }),
    'concurrency.maximumPollers: the poller group lake would have 2100 pollers over its topics; AWS allows 2000',
  ],
  [
    'more mappings than a group may have',
    dump({
      source: { ...self, topics: Array.from({ length: 101 }, (_, index) => `topic-${index}`) },
      concurrency: { maximumPollers: 1, pollerGroup: 'lake' },
    }),
    'concurrency.pollerGroup: the poller group lake would have 101 mappings; AWS allows 100',
  ],
  [
    'MSK brokers that the function needs',
    dump({ deadLetter: 'failed' }),
    'source.bootstrapServers: expected the brokers, as the function itself connects to the cluster: aws kafka get-bootstrap-brokers lists them',
  ],
  [
    'its own dead letters',
    dump({ source: self, deadLetter: 'orders' }),
    'source.topics: orders receives this connector’s own failed records',
  ],
  ['no bucket', dump({ to: { bucket: undefined } }), 'to.bucket: expected a bucket, or createBucket: true'],
  [
    'a bucket like an address',
    dump({ to: { bucket: '192.168.0.1' } }),
    'to.bucket: expected a bucket name that AWS allows, got 192.168.0.1',
  ],
  [
    'half of a key pair',
    dump({ to: { endpoint: 'https://s3.example.com', accessKeyId: 'id' } }),
    'to.secretAccessKey: expected a value, as to.accessKeyId is set',
  ],
  [
    'retention of a bucket that is there',
    dump({ to: { retentionDays: 3 } }),
    'to.retentionDays: expected createBucket as well; for an existing bucket, use npm run retention',
  ],
  [
    'folders that have the name of a column',
    dump({ to: { format: 'parquet', partitioner: 'field', partitionField: '/key' } }),
    'to.partitionField: expected another name than key, which is a column of parquet',
  ],
  [
    'one cluster on both sides',
    replicate({ to: { bootstrapServers: ['other:9092', 'europe:9096'] } }),
    'to.bootstrapServers: expected another cluster than the source, got europe:9096 in both',
  ],
  [
    'a mapping and renaming',
    replicate({ to: { policy: 'default', topicMapping: { orders: 'shop' } } }),
    'to.policy: expected nothing, as to.topicMapping is set, which excludes renaming',
  ],
  [
    'a password where its ARN belongs, which a log of the command would keep',
    dump({ source: { msk: undefined, bootstrapServers: ['kafka-1:9096'], auth: { scram512: 'hunter2' } } }),
    'source.auth.scram512: expected the ARN of a secret in Secrets Manager, got something else (not shown)',
  ],
  [
    'a reference to no secret',
    dump({ to: { endpoint: 'https://s3.example.com', accessKeyId: 'id', secretAccessKey: { secret: 'kafka' } } }),
    'to.secretAccessKey: expected the secret of accessKeyId, or { secret: <ARN>#<field> }, or { parameter: <name> }, got something else (not shown)',
  ],
  [
    'exactly once with syncs on the source',
    replicate({ to: { exactlyOnce: true } }),
    'to.offsetSyncsLocation: expected target, as to.exactlyOnce is true and a transaction can’t span two clusters',
  ],
  [
    'an alias that is missing',
    replicate({ source: { alias: undefined } }),
    'source.alias: expected 1 to 20 letters, digits, hyphens or underscores, as topics or headers contain it',
  ],
  [
    'one group in both directions',
    replicate({ direction: 'both', source: { consumerGroup: '{topic}.atlantic' } }),
    'source.consumerGroup: expected one direction, as AWS requires a different group for each mapping: declare one connector per direction',
  ],
  [
    'a mapping in both directions',
    replicate({ direction: 'both', to: { topicMapping: { orders: 'shop' } } }),
    'to.topicMapping: expected one direction: declare one connector per direction',
  ],
])('refused: %s', (_, declaration, fault) => {
  expect(faults({ flow: declaration })).toEqual([typeof fault === 'string' ? `flow.${fault}` : fault])
})

// They were packaged and checked without a word, and the log had one line about them when the function ran.
test.each<[string, Record<string, unknown>, string]>([
  [
    'an internal topic',
    { source: { topics: ['billing-internal'] } },
    'billing-internal is never replicated: it is internal, as its name begins with __ or a dot or ends with internal; remove it, or name it under to.topicMapping',
  ],
  [
    'heartbeats',
    { source: { topics: ['device.heartbeats'] } },
    'device.heartbeats is never replicated: heartbeats belong to replication itself; remove it, or name it under to.topicMapping',
  ],
  [
    'a topic that came from the target',
    { source: { topics: ['us.orders'] }, to: { alias: 'us' } },
    'us.orders is never replicated: its name says that its records came from the target; remove it, or name it under to.topicMapping',
  ],
  [
    'a name that is too long once it is renamed',
    { source: { topics: ['x'.repeat(243)], consumerGroup: 'long' } },
    `${'x'.repeat(243)} is never replicated: its name on the target would have 250 characters, and Kafka allows 249; shorten it under to.topicMapping`,
  ],
])('a replication that names what is never replicated is refused: %s', (_, parts, fault) => {
  expect(faults({ flow: replicate(parts) })).toEqual([`flow.source.topics: ${fault}`])
})

test('a replication may name topics of any kind under topicMapping, and names that just fit', () => {
  const topicMapping = { 'billing-internal': 'billing', 'us.orders': 'orders' }
  const mapped = replicate({ source: { topics: Object.keys(topicMapping) }, to: { alias: 'us', topicMapping } })
  expect(faults({ mapped, long: replicate({ source: { topics: ['x'.repeat(150)] } }) })).toEqual([])
})

test.each(['', '-orders', 'a.b', 'bestellungen-für', 'x'.repeat(65)])('refused: the name %s', name => {
  expect(faults({ [name]: dump() })).toContain(
    `${name}: expected a name of 1 to 64 letters, digits, hyphens or underscores, not starting with a hyphen`,
  )
})

// Tasks of Open Telekom Cloud have such names, and those who come from there keep them.
test('a name may have capital letters and underscores, as long as CloudFormation can tell it from all others', () => {
  expect(
    faults({ Orders_EU: dump(), 'orders-eu': dump({ to: { prefix: 'b' } }), orders_eu: dump({ to: { prefix: 'c' } }) }),
  ).toEqual([])
  const [key = ''] = Object.keys(expansionOf({ Orders_EU: dump() }).functions)
  expect(key).toMatch(/^Orders_EU-[0-9a-f]{8}$/)
})

test('a service whose name leaves no room for those of its functions is refused with both lengths', () => {
  expect(() => readConnectors({ flow: dump() }, 'x'.repeat(51), 'connectors')).toThrow(
    /flow: function names would start with x+, which has 51 characters; at most 50 leave room for the rest$/,
  )
})

test('more than the variables of a function may hold is refused with the size', () => {
  const topicMapping = Object.fromEntries(
    Array.from({ length: 200 }, (_, index) => [`orders-${index}`, `shop-${index}`]),
  )
  const [fault, ...others] = faults({ flow: replicate({ to: { topicMapping } }) })
  expect(fault).toMatch(/^flow: its function lake-dev-flow would have variables of \d{4} bytes; AWS allows 4096$/)
  expect(others).toHaveLength(1)
})

test('more topics than policies have room for are refused with the number of policies', () => {
  const topics = Array.from({ length: 400 }, (_, index) => `a-topic-with-a-long-name-${index}`)
  expect(faults({ flow: dump({ source: { topics } }) })).toEqual([
    expect.stringMatching(/^flow.source.topics: its functions would need 1\d policies for the topics; AWS attaches 10/),
  ])
  expect(faults({ flow: dump({ source: { ...self, topics } }) })).toEqual([])
})

test('keys that other stores, schema registries and CloudFormation know are taken', () => {
  const store = { endpoint: 'https://s3.example.com', accessKeyId: 'id', secretAccessKey: 'secret' }
  const schemaRegistry = { uri: 'https://registry.example.com', validate: ['KEY', 'VALUE'] }
  for (const declared of [
    dump({ to: { ...store, sse: 'aws:kms', sseKmsKeyId: 'alias/lake' } }),
    dump({ to: { sse: 'aws:kms', sseKmsKeyId: '1234abcd-12ab-34cd-56ef-1234567890ab' } }),
    dump({ to: { sse: 'aws:kms', sseKmsKeyId: { 'Fn::GetAtt': ['LakeKey', 'Arn'] } } }),
    dump({ source: { ...self, auth: { scram512: SECRET, kmsKey: { 'Fn::ImportValue': 'key' } } } }),
    dump({ source: { schemaRegistry, filters: [{ key: ['a'] }] }, concurrency: {} }),
  ]) {
    expect(faults({ flow: declared })).toEqual([])
  }
})

describe('consumer groups', () => {
  const other = { ...self, bootstrapServers: ['other:9096'] }
  const reads = (topic: string, source: object = {}) => dump({ source: { ...self, topics: [topic], ...source } })
  /** Each writes into a folder of its own. */
  const wrong = (declared: Record<string, ReturnType<typeof dump>>) =>
    faults(
      Object.fromEntries(
        Object.entries(declared).map(([prefix, one]) => [prefix, { ...one, to: { ...one.to, prefix } }]),
      ),
    )
  const needed = 'AWS requires a different group for each mapping; expected another one here'

  test('of a topic in two connectors are refused when they are one, also by a pattern', () => {
    const shared = 'each would get part of the records; expected another group for one of them'
    const inGroup = (consumerGroup: string) => reads('orders', { consumerGroup })
    expect(wrong({ a: inGroup('lake'), b: inGroup('lake') })).toEqual([
      `b.source.consumerGroup: orders is also read in the group lake by a: ${shared}`,
    ])
    expect(wrong({ a: inGroup('lake'), b: inGroup('pond') })).toEqual([])
    const pattern = { topics: undefined, pattern: 'ord.*', consumerGroup: 'lake' }
    expect(wrong({ a: inGroup('lake-orders'), b: reads('', pattern) })).toEqual([
      `b.source.consumerGroup: orders is also read in the group lake-orders by a: ${shared}`,
    ])
    expect(wrong({ a: inGroup('lake-orders'), b: reads('', { ...pattern, ...other }) })).toEqual([])
  })

  // Accepted until now, and refused by AWS when half of the stack was there: a group belongs to one mapping.
  test.each([
    ['of two topics', reads('orders', { consumerGroup: 'lake' }), reads('payments', { consumerGroup: 'lake' })],
    [
      'of two clusters',
      reads('orders', { consumerGroup: 'lake' }),
      reads('orders', { ...other, consumerGroup: 'lake' }),
    ],
  ])('%s are refused when they are one', (_, a, b) => {
    const [topic] = b.source.topics
    expect(wrong({ a, b })).toEqual([
      `b.source.consumerGroup: ${topic} would be read in the group lake, as orders is by a: ${needed}`,
    ])
  })

  test('that nobody declared are refused, too, when names come out equal', () => {
    expect(wrong({ shop: reads('eu-orders'), 'shop-eu': reads('orders') })).toEqual([
      `shop-eu.source.consumerGroup: orders would be read in the group lake-dev-shop-eu-orders, as eu-orders is by shop: ${needed}`,
    ])
    expect(wrong({ shop: reads('eu-orders'), 'shop-eu': reads('orders', { consumerGroup: 'shop.{topic}' }) })).toEqual(
      [],
    )
  })
})

describe('objects', () => {
  const there = { ...self, bootstrapServers: ['us:9096'] }
  const writes = (to: object = {}, source: object = {}) =>
    dump({ source: { ...self, ...source }, to: { prefix: 'kafka', ...to } })
  const refused = (topic: string) => [
    `us.to.prefix: expected a prefix other than that of eu: objects of ${topic} would have the same keys, so each connector would overwrite the other’s`,
  ]

  // The second cluster's records silently took the place of the first one's: keys name no cluster.
  test.each<[string, ReturnType<typeof dump>, ReturnType<typeof dump>]>([
    ['one topic of two clusters', writes(), writes({}, there)],
    [
      'what one says and the other leaves out',
      writes(),
      writes({ partitioner: 'default', compression: 'gzip' }, there),
    ],
    ['a bucket that one of them makes', writes({ createBucket: true }), writes({}, there)],
    [
      'a prefix that only CloudFormation knows',
      writes({ prefix: { Ref: 'F' } }),
      writes({ prefix: { Ref: 'F' } }, there),
    ],
    [
      'a preset and the format that it stands for',
      writes({ partitioner: 'daily' }),
      writes({ partitioner: 'time', pathFormat: 'year=yyyy/month=MM/day=dd' }, there),
    ],
    [
      'a folder in the prefix, and in the template',
      writes(),
      writes({ prefix: undefined, keyTemplate: 'kafka/{topic}/{path}/{topic}+{partition}+{offsets}' }, there),
    ],
    ['a pattern that takes the topic', writes(), writes({}, { ...there, topics: undefined, pattern: 'ord.*' })],
    [
      'large values, which have no extension',
      writes({ maxInlineValueBytes: 1000 }),
      writes({ maxInlineValueBytes: 1000, format: 'avro' }, there),
    ],
  ])('of two dumps are refused when they can have the same keys: %s', (_, eu, us) => {
    expect(faults({ eu, us })).toEqual(refused('orders'))
  })

  test.each([
    ['another prefix', writes({ prefix: 'us' }, there)],
    ['another bucket', writes({ bucket: 'lake-of-us' }, there)],
    ['another store', writes({ endpoint: 'https://s3.example.com' }, there)],
    ['another format', writes({ format: 'parquet' }, there)],
    ['another compression', writes({ compression: 'zstd' }, there)],
    ['other folders', writes({ partitioner: 'hourly' }, there)],
    ['another name', writes({ keyTemplate: '{topic}/{path}/us+{topic}+{partition}+{offsets}' }, there)],
    ['another topic', writes({}, { ...there, topics: ['payments'] })],
    ['a pattern that doesn’t take the topic', writes({}, { ...there, topics: undefined, pattern: 'shop-.*' })],
    ['large values of the same cluster', writes({ maxInlineValueBytes: 1000, format: 'avro' })],
  ])('are told apart by %s', (_, us) => {
    expect(faults({ eu: writes({ maxInlineValueBytes: 1000 }), us })).toEqual([])
  })

  test('of patterns are let be unless they are the same: which topics there are, only the cluster knows', () => {
    const pattern = (pattern: string, source = {}) => writes({}, { ...source, topics: undefined, pattern })
    expect(faults({ eu: pattern('a.*'), us: pattern('b.*', there) })).toEqual([])
    expect(faults({ eu: pattern('a.*'), us: pattern('a.*', there) })).toEqual(refused('a.*'))
  })
})

// Two such connectors were accepted: each record was on the target twice, with exactly once for two of three.
describe('two replications of one topic to one target', () => {
  const place = { alias: 'america', bootstrapServers: ['america:9096'], auth: { scram512: SECRET } }
  const patterned = (pattern: string, to = {}) =>
    replicate({ source: { topics: undefined, pattern }, to: { ...place, ...to } })

  test.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    ['by name', replicate(), replicate({ source: { topics: ['payments', 'orders'] } }), 'topics: orders'],
    ['by name and by a pattern', replicate(), patterned('ord.*'), 'pattern: orders'],
    ['by the same pattern', patterned('shop-.*'), patterned('shop-.*'), 'pattern: shop-.*'],
  ])('are refused: %s', (_, first, second, found) => {
    expect(faults({ first, second })).toEqual([
      `second.source.${found} is also replicated to this cluster, under the same name, by first: its records would be there twice; expected it in one of the two`,
    ])
  })

  test('are refused under two names as well, if both note in one topic where the records are', () => {
    const second = replicate({ to: { policy: 'identity' } })
    expect(faults({ first: replicate(), second })).toEqual([
      expect.stringMatching(
        /^second.source.topics: first also records where the records of orders are .* another to.alias/,
      ),
    ])
    expect(faults({ first: replicate(), second: replicate({ to: { policy: 'identity', alias: 'usa' } }) })).toEqual([])
    expect(
      faults({ first: replicate(), second: replicate({ to: { policy: 'identity', partitioner: 'key' } }) }),
    ).toEqual([])
  })

  test('are none where a cluster or the topics differ', () => {
    const others = {
      elsewhere: replicate({ to: { bootstrapServers: ['asia:9096'] } }),
      payments: replicate({ source: { topics: ['payments'] } }),
      dumped: dump(),
    }
    expect(faults({ first: replicate(), ...others })).toEqual([])
  })

  test('by different patterns are warned of, unless their beginnings tell them apart', () => {
    const warned = (...all: string[]) => {
      const declared = all.map((pattern, index) => [`flow-${index}`, patterned(pattern)])
      return warnings(read(Object.fromEntries(declared))).map(({ path, message }) => `${path.join('.')}: ${message}`)
    }
    const found =
      'flow-1.source.pattern: a topic that matches this and shop\\..* of flow-0 would be replicated to the same cluster twice'
    expect(warned('shop\\..*', '.*\\.orders')).toContain(found)
    expect(warned('shop\\..*', 'shop\\.(a|b)')).toContain(found)
    expect(warned('shop\\..*', 'shop\\.?crm')).toContain(found)
    for (const pattern of ['crm\\..*', 'shopping-.*']) {
      expect(warned('shop\\..*', pattern)).not.toContainEqual(expect.stringContaining('twice'))
    }
  })
})

describe('what loses records while nobody is told is warned of', () => {
  const self = { msk: undefined, bootstrapServers: ['kafka-1:9096'], auth: { scram512: SECRET } }
  const QUEUE = 'arn:aws:sqs:eu-central-1:123456789012:failed'
  const notify = { alarms: { notify: ['arn:aws:sns:eu-central-1:123456789012:oncall'] } }
  const warned = (declaration: object) =>
    warnings(read({ flow: declaration })).map(({ path, message }) => `${path.join('.')}: ${message}`)
  const skipped =
    'flow.failurePolicy: log without a topic as deadLetter: records that can’t be delivered are skipped, and only the log names them; expected a topic as deadLetter, or the policy fail'

  test('a dump skips records without a topic for them; a queue takes only what killed its function', () => {
    expect(warned(dump(notify))).toEqual([skipped])
    expect(warned(dump({ ...notify, deadLetter: QUEUE }))).toEqual([skipped])
    expect(warned(dump({ ...notify, source: self, deadLetter: 'failed' }))).toEqual([])
    expect(warned(dump({ ...notify, failurePolicy: 'fail' }))).toEqual([])
  })

  // Its target was away for two minutes: records were skipped, and everything looked well.
  test('a replication skips none by default', () => {
    expect(warned(replicate(notify))).toEqual([])
    expect(warned(replicate({ ...notify, failurePolicy: 'log' }))).toEqual([skipped])
    expect(warned(replicate({ ...notify, direction: 'both', failurePolicy: 'log' }))).toEqual([skipped])
  })

  const quiet = { ...notify, failurePolicy: 'fail' }

  test('what is left out without a sign', () => {
    expect(warned(dump({ ...quiet, source: { startFrom: 'latest' } }))).toEqual([
      expect.stringMatching(/^flow.source.startFrom: latest leaves out what is produced while/),
    ])
    expect(warned(dump({ ...quiet, enabled: false }))).toEqual([
      expect.stringMatching(/^flow.enabled: nothing is read/),
    ])
    expect(warned(dump({ ...quiet, source: { filters: [{ value: { a: [1] } }] } }))).toEqual([
      expect.stringMatching(/^flow.source.filters: Lambda also drops records whose value is not JSON/),
    ])
  })

  test('a batch that is given up goes nowhere, or without its records', () => {
    const limited = { ...notify, concurrency: {}, retries: { attempts: 3 } }
    const found = /^flow.retries.attempts: a batch that is given up is discarded/
    expect(warned(dump(limited))).toEqual([skipped, expect.stringMatching(found)])
    expect(warned(dump({ ...limited, deadLetter: QUEUE }))).toEqual([skipped])
    expect(warned(dump({ ...limited, retries: { attempts: -1 } }))).toEqual([skipped])
    const sns = 'arn:aws:sns:eu-central-1:123456789012:failed'
    expect(warned(dump({ ...limited, deadLetter: sns }))).toEqual([
      skipped,
      expect.stringMatching(/^flow.deadLetter: an SNS topic gets a description/),
    ])
  })

  test('a lifecycle deletes the objects of another dump', () => {
    const made = (to: object) => dump({ ...quiet, to: { createBucket: true, ...to } })
    const found = (outer: object, inner: object) =>
      warnings(read({ outer: made(outer), inner: made(inner) })).map(({ path }) => path.join('.'))
    expect(found({ retentionDays: 30, prefix: 'lake' }, { prefix: 'lake/b' })).toEqual(['outer.to.retentionDays'])
    expect(found({ retentionDays: 30 }, { prefix: 'b' })).toEqual(['outer.to.retentionDays'])
    expect(found({ retentionDays: 30, prefix: 'lake' }, { prefix: 'lakeside' })).toEqual([])
    expect(found({ retentionDays: 30, prefix: 'lake' }, { prefix: 'lake/b', retentionDays: 7 })).toEqual([])
    expect(found({ retentionDays: 30, prefix: 'lake' }, { prefix: 'lake/b', bucket: 'other' })).toEqual([])
  })

  test('an alarm goes off where nobody looks', () => {
    const expected = 'flow.alarms.notify: nobody is told when an alarm goes off: expected an SNS topic or the like'
    expect(warned(replicate())).toEqual([expected])
    expect(warned(replicate({ alarms: { lag: 5 } }))).toEqual([expected])
  })

  test('a dead letter with the policy fail is taken, and told what goes there', () => {
    const stays = 'with the policy fail: what can’t be delivered stays in Kafka, and its partition waits'
    expect(warned(dump({ ...notify, failurePolicy: 'fail', deadLetter: QUEUE }))).toEqual([
      `flow.deadLetter: only what Lambda itself gives up goes there ${stays}`,
    ])
    expect(warned(dump({ ...notify, source: self, failurePolicy: 'fail', deadLetter: 'failed' }))).toEqual([
      `flow.deadLetter: nothing goes there with the policy fail and without concurrency: what can’t be delivered stays in Kafka, and its partition waits`,
    ])
  })
})

test('connectors that send records round are refused, unless all of them stamp their records', () => {
  const there = replicate({ to: { policy: 'identity' } })
  const naming = { alias: 'europe', bootstrapServers: ['europe:9096'], auth: { scram512: SECRET } }
  const source = {
    alias: 'america',
    bootstrapServers: ['america:9096'],
    auth: { scram512: SECRET },
    topics: ['orders'],
  }
  expect(faults({ there, back: { type: 'replicate', source, to: { ...naming, policy: 'identity' } } })).toEqual([
    'there.to: the records of orders come back over there → back: expected addSourceHeader: true in each, or names that differ',
  ])
  const stamped = { policy: 'identity', addSourceHeader: true }
  expect(
    faults({ there: replicate({ to: stamped }), back: { type: 'replicate', source, to: { ...naming, ...stamped } } }),
  ).toEqual([])
  expect(faults({ there: replicate(), back: { type: 'replicate', source, to: naming } })).toEqual([])
})

// Six clusters that all follow each other took longer than anybody waits: the time doubled with each connector.
test('records go round exactly where some way around has a connector that doesn’t stamp them', () => {
  const clusters = [0, 1, 2, 3, 4]
  const ways = clusters.flatMap(from => clusters.flatMap(to => (from === to ? [] : [{ from, to }])))
  const cluster = (number: number) => ({
    alias: `c${number}`,
    bootstrapServers: [`kafka-${number}:9096`],
    auth: { scram512: SECRET },
  })
  const property = fc.property(
    fc.array(fc.constantFrom(undefined, undefined, false, true), { minLength: ways.length, maxLength: ways.length }),
    kinds => {
      const edges = ways.flatMap((way, index) => (kinds[index] === undefined ? [] : [{ ...way, stamps: kinds[index] }]))
      const declared = edges.map(({ from, to, stamps: addSourceHeader }) => [
        `c${from}-${to}`,
        replicate({ source: cluster(from), to: { ...cluster(to), policy: 'identity', addSourceHeader } }),
      ])
      const found = faults(Object.fromEntries(declared))
      expect(found.length > 0).toBe(simpleRounds(edges).some(round => round.some(({ stamps }) => !stamps)))
      expect(new Set(found).size).toBe(found.length)
    },
  )
  fc.assert(property, { numRuns: 30 })
  const mesh = Array.from({ length: 90 }, (_, index) => [Math.floor(index / 9), index % 9] as const).map(
    ([from, at]) => {
      const to = { ...cluster(at < from ? at : at + 1), policy: 'identity', addSourceHeader: true }
      return [`c${from}-${at}`, replicate({ source: cluster(from), to })]
    },
  )
  expect(faults(Object.fromEntries(mesh))).toEqual([])
})

/** Every way around, one cluster at a time. */
function simpleRounds<Edge extends { from: number; to: number }>(edges: Edge[]): Edge[][] {
  const rounds: Edge[][] = []
  const go = (way: Edge[]) => {
    for (const edge of edges.filter(({ from }) => from === way.at(-1)?.to)) {
      if (edge.to === way[0]?.from) rounds.push([...way, edge])
      else if (!way.some(({ from }) => from === edge.to)) go([...way, edge])
    }
  }
  for (const edge of edges) go([edge])
  return rounds
}

test('direction: pull turns the clusters around, both makes a connector for each way that stamps its records', () => {
  const ways = (direction: string) =>
    read({ flow: replicate({ direction }) }).map(({ name, source, ...connector }) => [
      name,
      source.bootstrapServers?.[0],
      source.alias,
      connector.kind === 'replicate' && connector.to.alias,
      connector.kind === 'replicate' && connector.to.addSourceHeader,
    ])
  expect(ways('push')).toEqual([['flow', 'europe:9096', 'europe', 'america', undefined]])
  expect(ways('pull')).toEqual([['flow', 'america:9096', 'america', 'europe', undefined]])
  expect(ways('both')).toEqual([
    ['flow-push', 'europe:9096', 'europe', 'america', 'true'],
    ['flow-pull', 'america:9096', 'america', 'europe', 'true'],
  ])
})

test('what only CloudFormation knows is taken as it is', () => {
  const declared = dump({ source: { msk: { 'Fn::ImportValue': 'cluster' } }, to: { bucket: { Ref: 'Lake' } } })
  expect(faults({ flow: declared })).toEqual([])
})

test('a secret is not repeated in the message', () => {
  const message = faults({ flow: dump({ to: { secretAccessKey: { not: 'a secret' }, accessKeyId: ['x'] } }) }).join()
  expect(message).not.toContain('not a')
})

test('no connectors are none', () => {
  expect(read({})).toEqual([])
})

test.each([
  ['a connector that is empty', { flow: null }, ['flow: expected keys with values, got nothing']],
  ['a list for a connector', { flow: ['dump'] }, ['flow: expected keys with values, got ["dump"]']],
  ['keys that are none', { flow: dump({ batch: 600 }) }, ['flow.batch: expected keys with values, got 600']],
  [
    'one wrong name of several',
    { flow: dump({ source: { topics: ['orders', 'my topic'] } }) },
    [expect.stringMatching(/^flow.source.topics: expected a list of topic names .*, got "my topic" in it$/)],
  ],
  ['other capitals', { flow: dump({ Enabled: true }) }, ['flow.Enabled: unknown key; did you mean enabled?']],
])('refused: %s', (_, declared, messages) => {
  expect(faults(declared)).toEqual(messages)
})

test.each([[['dump']], ['dump'], [3]])('%j instead of connectors is refused', declared => {
  expect(() => readConnectors(declared, 'lake-dev', 'custom.connectors')).toThrow(
    `custom.connectors: expected connectors by their names, got ${JSON.stringify(declared)}`,
  )
})
