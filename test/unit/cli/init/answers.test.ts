import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { asked, completed, wrongAnswers } from '../../../../cli/init/asked.ts'
import { declared, logins, secretLogins } from '../../../../cli/init/declared.ts'
import { faultsOf } from '../../../../cli/init/faults.ts'
import type { Answers } from '../../../../cli/init/flags.ts'
import { connectorName, serviceName } from '../../../../cli/init/questions.ts'

const MSK = 'arn:aws:kafka:eu-central-1:123456789012:cluster/demo/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5'
const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:kafka-AbCdEf'

// Lambda refuses names of one character, and those that begin with a dot.
const topic = fc
  .stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{1,30}$/)
  .filter(name => !/^\.{1,2}$|internal$|^__|^\.|heartbeats$/.test(name))
const bucket = fc
  .stringMatching(/^[a-z0-9][a-z0-9-]{1,40}[a-z0-9]$/)
  .filter(name => !/^xn--|-s3alias$|^sthree|^amzn/.test(name))
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })

/** A login that the kind of cluster has, with what it needs. */
const clusters = fc.oneof(
  fc.record({ msk: fc.constant(MSK), login: fc.constantFrom('iam', 'scram512', 'mtls', 'none') }),
  fc.record({
    brokers: fc.constantFrom('k1.example.com:9096', 'k1:9092, k2:9092'),
    login: fc.constantFrom(...logins).filter(name => name !== 'iam'),
  }),
)

const withNeeds = (answers: Answers): Answers => ({
  ...answers,
  ...(secretLogins.some(name => name === answers.login) ? { 'login-secret': SECRET } : {}),
  ...(answers.login === 'none' && !answers.msk ? { subnets: 'subnet-1, subnet-2', 'security-groups': 'sg-1' } : {}),
})

const dumps = fc.tuple(
  clusters,
  fc.record({
    topics: fc.uniqueArray(topic, { minLength: 1, maxLength: 4 }).map(topics => topics.join(',')),
    bucket,
    'create-bucket': maybe(fc.constant(true as const)),
    prefix: maybe(fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8})?$/)),
    format: maybe(fc.constantFrom('json', 'jsonl', 'raw', 'avro', 'parquet')),
    compression: maybe(fc.constantFrom('none', 'gzip', 'zstd')),
    partitioner: maybe(fc.constantFrom('default', 'daily', 'hourly')),
    rotate: maybe(fc.integer({ min: 1, max: 2048 }).map(String)),
    'start-from': maybe(fc.constantFrom('earliest', 'latest', '2026-01-31T00:00:00Z')),
  }),
)

test('whatever is answered about a dump, the plugin accepts what is written', () => {
  fc.assert(
    fc.property(dumps, ([cluster, rest]) => {
      const given = Object.entries({ ...cluster, ...rest }).filter(([, value]) => value !== undefined)
      const answers = completed(withNeeds({ type: 'dump', ...Object.fromEntries(given) }))
      expect(wrongAnswers(answers)).toEqual([])
      expect(faultsOf({ [connectorName(answers)]: declared(answers) }, 'lake')).toEqual([])
    }),
  )
})

test('nor about a replication', () => {
  const name = fc.stringMatching(/^[a-z]{1,10}$/)
  fc.assert(
    fc.property(
      clusters,
      topic,
      name,
      name,
      fc.constantFrom(undefined, 'default', 'identity'),
      (cluster, topics, alias, other, policy) => {
        fc.pre(alias !== other && !topics.startsWith(`${other}.`) && !topics.startsWith(`${alias}.`))
        const brokers = 'brokers' in cluster ? {} : { brokers: 'b-1.example.com:9098' }
        const target = { 'target-brokers': 'other:9096', 'target-alias': other, 'target-login-secret': SECRET }
        const given = {
          type: 'replicate',
          topics,
          alias,
          ...cluster,
          ...brokers,
          ...target,
          ...(policy ? { policy } : {}),
        }
        const answers = completed(withNeeds(given))
        expect(wrongAnswers(answers)).toEqual([])
        expect(faultsOf({ [connectorName(answers)]: declared(answers) }, 'lake')).toEqual([])
      },
    ),
  )
})

test('what is missing is named at once', () => {
  expect(() => completed({ type: 'dump', brokers: 'k:9092' })).toThrow(
    /--login-secret or another --login .*\n.*--topics or --pattern .*\n.*--bucket /,
  )
  expect(() => completed({})).toThrow(/--type/)
})

test('what is wrong is named by its flag', () => {
  const answers: Answers = {
    type: 'dump',
    msk: 'arn:x',
    login: 'scram256',
    'login-secret': 'hunter2',
    bucket: 'B',
    topics: 'a b',
  }
  const wrong = wrongAnswers(answers)
  expect(wrong.map(line => /--[a-z-]+/.exec(line)?.[0])).toEqual([
    '--msk',
    '--login',
    '--login-secret',
    '--topics',
    '--bucket',
  ])
  expect(wrong.join()).not.toContain('hunter2')
})

test('a service is named after its folder, as the framework allows', () => {
  expect(serviceName({}, '/home/me/My Lake (2)')).toBe('my-lake-2')
  expect(serviceName({}, '/')).toBe('kafka')
  expect(serviceName({ service: 'shop' }, '/home/me/lake')).toBe('shop')
})

test('on a terminal it asks for the rest, and a wrong answer again', async () => {
  const input = new PassThrough()
  const output = new PassThrough()

  let seen = ''
  output.on('data', chunk => {
    seen += chunk
    // Each question ends with the answer so far; the next line is sent when the one before was taken or refused.
  })
  const answered = asked(
    { type: 'dump', msk: MSK, login: 'iam', topics: 'orders', 'create-bucket': true, format: 'json', rotate: '128' },
    { input, output },
  )
  input.write('my_bucket\n')
  await new Promise<void>(resolve => {
    const check = () => (seen.includes('expects a bucket name') ? resolve() : output.once('data', check))
    check()
  })
  input.write(`${'\u007f'.repeat(9)}my-lake\n`)
  await expect(answered).resolves.toMatchObject({ bucket: 'my-lake', msk: MSK })
})
