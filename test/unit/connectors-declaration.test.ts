import { readConnectors } from '../../lib/connectors/reader.ts'
import { dump, faults, read, replicate, SECRET } from '../support/connectors.ts'

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
    expect.stringMatching(/^orders.source.offset: there is no such key; there are msk, bootstrapServers/),
    'orders.batch.size: expected a whole number from 1 to 10000, got 20000',
    'orders.batch.windowSeconds: expected a whole number from 0 to 300, got 600',
    'orders.failurePolicy: expected one of log, fail, got "ignore"',
    expect.stringMatching(/^orders.to.bucket: expected a bucket name .*, got "My_Bucket"$/),
    'orders.to.compression: expected one of none, gzip, zstd, got "lzo"',
    'orders.to.offsetPadWidth: expected a whole number from 1 to 20, got 99',
    'orders.to.compresion: there is no such key; did you mean compression?',
    'orders.concurrency.minimumPollers: expected at most maximumPollers, 3',
    'payments.type: expected one of dump, replicate, got "dumb"',
  ])
})

test.each<[string, Record<string, unknown>, string]>([
  [
    'topics and a pattern',
    dump({ source: { pattern: '.*' } }),
    'source.pattern: expected topics or a pattern, got both',
  ],
  ['neither', dump({ source: { topics: undefined } }), 'source: expected topics or a pattern, got neither'],
  ['a topic twice', dump({ source: { topics: ['a1', 'a1'] } }), 'source.topics: a1 is there twice'],
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
    'source.auth.serverRootCa: expected nothing: MSK’s certificates are signed by a public authority',
  ],
  [
    'two logins',
    dump({ source: { ...self, auth: { plain: SECRET, scram512: SECRET } } }),
    'source.auth: expected one way to log in, got plain and scram512',
  ],
  [
    'IAM for a self-managed cluster',
    dump({ source: { ...self, auth: { iam: true } } }),
    'source.auth.iam: expected an MSK cluster (msk): others know no AWS roles',
  ],
  [
    'public brokers without a login',
    dump({ source: { ...self, auth: undefined } }),
    'source.auth: expected a login, or a vpc: Lambda reads brokers without either only from within a VPC',
  ],
  [
    'SASL without TLS',
    dump({ source: { ...self, securityProtocol: 'SASL_PLAINTEXT' } }),
    'source.securityProtocol: expected SASL_SSL: Lambda’s mappings log in over TLS only',
  ],
  [
    'retries without pollers',
    dump({ retries: { attempts: 3 } }),
    'retries: expected concurrency, too: only provisioned pollers can do that',
  ],
  [
    'an end of retries with the policy fail',
    dump({ concurrency: {}, failurePolicy: 'fail', retries: { attempts: 3 } }),
    'retries.attempts: expected -1 or nothing: the policy fail never gives a record up',
  ],
  [
    'a dead letter with the policy fail',
    dump({ failurePolicy: 'fail', deadLetter: 'arn:aws:sqs:eu-central-1:123456789012:failed' }),
    'deadLetter: expected nothing: the policy fail puts nothing aside',
  ],
  [
    'a folder of a bucket for dead letters',
    dump({ deadLetter: 'arn:aws:s3:::failed/orders' }),
    'deadLetter: expected a topic name, or the ARN of an SQS queue, an SNS topic or an S3 bucket, got "arn:aws:s3:::failed/orders"',
  ],
  [
    'a key for filters that there are not',
    dump({ source: { filtersKmsKey: 'arn:aws:kms:eu-central-1:123456789012:key/1' } }),
    'source.filtersKmsKey: expected filters, too: it encrypts these',
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
    'source.bootstrapServers: expected the brokers, as the function itself talks to the cluster: aws kafka get-bootstrap-brokers tells them',
  ],
  [
    'its own dead letters',
    dump({ source: self, deadLetter: 'orders' }),
    'source.topics: orders is where this connector’s own failed records go',
  ],
  ['no bucket', dump({ to: { bucket: undefined } }), 'to.bucket: expected a bucket, or createBucket: true'],
  [
    'a bucket like an address',
    dump({ to: { bucket: '192.168.0.1' } }),
    'to.bucket: expected a bucket name, but AWS allows none like 192.168.0.1',
  ],
  [
    'half of a key pair',
    dump({ to: { endpoint: 'https://s3.example.com', accessKeyId: 'id' } }),
    'to.secretAccessKey: expected a value, as to.accessKeyId is set',
  ],
  [
    'retention of a bucket that is there',
    dump({ to: { retentionDays: 3 } }),
    'to.retentionDays: expected createBucket, too; a bucket that is there already gets its rule from npm run retention',
  ],
  [
    'folders that have the name of a column',
    dump({ to: { format: 'parquet', partitioner: 'field', partitionField: '/key' } }),
    'to.partitionField: expected another name than key, a column of parquet already',
  ],
  [
    'one cluster on both sides',
    replicate({ to: { bootstrapServers: ['other:9092', 'europe:9096'] } }),
    'to.bootstrapServers: expected another cluster than the source, got europe:9096 in both',
  ],
  [
    'a mapping and renaming',
    replicate({ to: { policy: 'default', topicMapping: { orders: 'shop' } } }),
    'to.policy: expected nothing, as to.topicMapping is set: a mapping and renaming exclude each other',
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
    'to.offsetSyncsLocation: expected target, as to.exactlyOnce is true: a transaction is on one cluster',
  ],
  [
    'an alias that is missing',
    replicate({ source: { alias: undefined } }),
    'source.alias: expected 1 to 20 letters, digits, hyphens or underscores, as topics or headers are named after it',
  ],
  [
    'a mapping in both directions',
    replicate({ direction: 'both', to: { topicMapping: { orders: 'shop' } } }),
    'to.topicMapping: expected one direction: declare a connector for each',
  ],
])('refused: %s', (_, declaration, fault) => {
  expect(faults({ flow: declaration })).toEqual([`flow.${fault}`])
})

test.each(['Orders', '-orders', 'a_b', 'x'.repeat(65)])('refused: the name %s', name => {
  expect(faults({ [name]: dump() })).toContain(
    `${name}: expected a name of 1 to 64 lower-case letters, digits or hyphens, the first no hyphen`,
  )
})

test('a service whose name leaves no room for those of its functions is refused with both lengths', () => {
  expect(() => readConnectors({ flow: dump() }, 'x'.repeat(51))).toThrow(
    /flow: its functions’ names would begin with x+, which has 51 characters; 50 leave room for the rest$/,
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

test('a topic in two connectors with one group is refused, in two groups it is not', () => {
  const inGroup = (consumerGroup: string) => dump({ source: { consumerGroup } })
  expect(faults({ a: inGroup('lake'), b: inGroup('lake') })).toEqual([
    'b.source.topics: orders is read in the group lake by a, too: each would get a part of the records',
  ])
  expect(faults({ a: inGroup('lake'), b: inGroup('pond') })).toEqual([])
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
  ['other capitals', { flow: dump({ Enabled: true }) }, ['flow.Enabled: there is no such key; did you mean enabled?']],
])('refused: %s', (_, declared, messages) => {
  expect(faults(declared)).toEqual(messages)
})

test.each([[['dump']], ['dump'], [3]])('%j instead of connectors is refused', declared => {
  expect(() => readConnectors(declared, 'lake-dev')).toThrow(
    `custom.connectors: expected connectors by their names, got ${JSON.stringify(declared)}`,
  )
})
