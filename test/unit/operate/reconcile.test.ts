import fc from 'fast-check'
import type { MappingBlueprint } from '../../../lib/lambda/mapping-update.ts'
import { MappingTags } from '../../../lib/operate/mapping-tags.ts'
import { type PatternConnector, reconcile } from '../../../lib/operate/reconcile.ts'
import { LimitedLambdaApi } from '../../support/limited-lambda-api.ts'

/** What an invocation has for changes, in milliseconds. */
const TIME_MS = 210_000
const silent = { debug() {}, info() {}, warn() {}, error() {} }

const clock = { now: 0 }
const realNow = Date.now

beforeAll(() => {
  Date.now = () => clock.now
})

afterAll(() => {
  Date.now = realNow
})

const numbered = (count: number, name = 'topic') => Array.from({ length: count }, (_, index) => `${name}-${index}`)

/**
 * An instance of the function, which remembers what it learned until it is replaced.
 *
 * @param others topics of the cluster that the connector does not read
 */
function instanceOf(api: LimitedLambdaApi, warnings: object[] = [], others: string[] = ['other']) {
  const tags = new MappingTags(api)
  return (topics: string[], blueprint: MappingBlueprint, timeMs = TIME_MS) => {
    const connector: PatternConnector = {
      pattern: /.*/,
      isExcluded: topic => others.includes(topic),
      groupOf: topic => `group-${topic}`,
      admin: {
        partitionCounts: async () => new Map([...topics, ...others].map(topic => [topic, 1])),
      } as PatternConnector['admin'],
      mappings: api,
      tags,
      functionName: 'flow',
      arn: 'own',
      blueprint: { Enabled: true, SelfManagedKafkaEventSourceConfig: {}, ...blueprint },
      logger: { ...silent, warn: (message: string, fields?: object) => warnings.push({ message, ...fields }) } as never,
    }
    return reconcile(connector, Date.now() + timeMs)
  }
}

// Kafka shows no topic to a login that may describe none, without an error: every mapping was disabled.
test('a login that sees no topic at all changes nothing', async () => {
  const api = new LimitedLambdaApi(clock)
  await instanceOf(api)(numbered(3), {})
  const before = api.state
  await expect(instanceOf(api, [], [])([], {})).rejects.toMatchObject({ code: 'KAFKA_ACCESS_DENIED' })
  expect(api.state).toEqual(before)
})

/** The requests that a piece of work takes. */
async function requestsOf(api: LimitedLambdaApi, work: () => Promise<unknown>): Promise<Record<string, number>> {
  api.requests = {}
  await work()
  return api.requests
}

// 3,000 unchanged mappings took 3,000 requests for their tags every five minutes, and failed with "Rate exceeded".
test('a run in which nothing changed lists the mappings and asks for none of them, in any instance', async () => {
  const api = new LimitedLambdaApi(clock)
  const topics = numbered(3_000)
  await instanceOf(api)(topics, { BatchSize: 100 })
  expect(await requestsOf(api, () => instanceOf(api)(topics, { BatchSize: 100 }))).toEqual({ tags: 1, list: 31 })
  const paused = topics.slice(0, 2_000)
  for (const topic of paused) api.set(topic, 'Disabled')
  expect(await requestsOf(api, () => instanceOf(api)(topics, { BatchSize: 100 }))).toEqual({ tags: 1, list: 31 })
})

// New topics waited behind the tags of all mappings, for which there was no time.
test('new topics come first, whatever else there is to do', async () => {
  const api = new LimitedLambdaApi(clock)
  await instanceOf(api)(numbered(1_000), { BatchSize: 100 })
  const warnings: object[] = []
  const done = await instanceOf(api, warnings)([...numbered(1_000), ...numbered(50, 'new')], { BatchSize: 200 }, 10_000)
  expect(done.created).toEqual(numbered(50, 'new').toSorted())
  expect(done.updated.length + done.left.length).toBe(1_000)
  expect(warnings).toEqual([
    expect.objectContaining({ message: 'Mappings left for the next run', mappings: done.left.length }),
  ])
})

test('a changed declaration reaches 3,000 mappings, run after run in instances of their own, each in its time', async () => {
  const api = new LimitedLambdaApi(clock)
  const topics = numbered(3_000)
  await instanceOf(api)(topics, { BatchSize: 100 })
  let runs = 0
  for (let left = 1; left > 0; runs++) {
    const start = Date.now()
    left = (await instanceOf(api)(topics, { BatchSize: 200, Tags: { team: 'lake' } })).left.length
    expect(Date.now() - start).toBeLessThan(TIME_MS + 1_000)
  }
  // 9,000 requests take 600 s; what each new instance has to read again takes the rest.
  expect(runs).toBeLessThanOrEqual(5)
  expect(Object.values(api.state).every(mapping => 'batchSize' in mapping && mapping.batchSize === 200)).toBe(true)
  expect(await requestsOf(api, () => instanceOf(api)(topics, { BatchSize: 200, Tags: { team: 'lake' } }))).toEqual({
    tags: 1,
    list: 31,
  })
})

test('tags that could not be read are left for the next run, and all others are changed', async () => {
  const api = new LimitedLambdaApi(clock)
  await instanceOf(api)(['a', 'b', 'c'], { BatchSize: 100 })
  api.isThrottled = (operation, subject) => operation === 'tags' && subject === 'arn:b'
  expect(await instanceOf(api)(['a', 'b', 'c'], { BatchSize: 200 })).toMatchObject({ updated: ['a', 'c'], left: ['b'] })
  api.isThrottled = () => false
  expect(await instanceOf(api)(['a', 'b', 'c'], { BatchSize: 200 })).toMatchObject({ updated: ['b'], left: [] })
})

// It was "UNEXPECTED", which asks for a report.
test.each(['list', 'create'])('Lambda throttling every %s is an error with a code of its own', async operation => {
  const api = new LimitedLambdaApi(clock)
  api.isThrottled = called => called === operation
  await expect(instanceOf(api)(['a'], {})).rejects.toMatchObject({ code: 'LAMBDA_UNAVAILABLE', retryable: true })
})

test('a mapping that was disabled because its topic was gone is enabled in another instance, long after', async () => {
  const api = new LimitedLambdaApi(clock)
  await instanceOf(api)(['a', 'b'], {})
  expect(await instanceOf(api)(['a'], {})).toMatchObject({ disabled: ['b'] })
  expect(await requestsOf(api, () => instanceOf(api)(['a'], {}))).toEqual({ tags: 1, list: 1 })
  expect(await instanceOf(api)(['a', 'b'], {})).toMatchObject({ enabled: ['b'] })
  expect(await requestsOf(api, () => instanceOf(api)(['a', 'b'], {}))).toEqual({ tags: 1, list: 1 })
})

// Another instance would take it for paused, and never enable it again.
test('a mapping is not disabled before it is noted that it may be', async () => {
  const api = new LimitedLambdaApi(clock)
  await instanceOf(api)(['a', 'b'], {})
  api.isThrottled = (operation, subject) => operation === 'tag' && subject === 'own'
  await expect(instanceOf(api)(['a'], {})).rejects.toMatchObject({ code: 'LAMBDA_UNAVAILABLE' })
  expect(api.state).toMatchObject({ b: { state: 'Enabled' } })
})

// The next run would have enabled it again.
test('a mapping that could not be disabled, and that somebody pauses after its topic is back, stays paused', async () => {
  const api = new LimitedLambdaApi(clock)
  await instanceOf(api)(['a', 'b'], {})
  api.isThrottled = operation => operation === 'update'
  await expect(instanceOf(api)(['a'], {})).rejects.toMatchObject({ code: 'LAMBDA_UNAVAILABLE' })
  api.isThrottled = () => false
  api.set('b', 'Disabled')
  expect(await instanceOf(api)(['a', 'b'], {})).toMatchObject({ enabled: [], updated: [] })
})

// It was taken for settled, and kept its old settings for good.
test('a mapping that is paused while its connector is disabled gets the settings that change meanwhile', async () => {
  const api = new LimitedLambdaApi(clock)
  // It remembers the tags of its mappings.
  const instance = instanceOf(api)
  await instance(['a', 'b'], {})
  for (const topic of ['a', 'b']) api.set(topic, 'Disabled')
  await instance(['a', 'b'], { BatchSize: 100 })
  await instance(['a', 'b'], { Enabled: false, BatchSize: 200 })
  await instance(['a', 'b'], { Enabled: true, BatchSize: 200 })
  expect(api.state).toMatchObject({ a: { batchSize: 200 }, b: { batchSize: 200 } })
})

/** What may happen between two runs. */
const events = fc.oneof(
  fc.record({ topics: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd')) }),
  fc.record({ switched: fc.constantFrom('a', 'b', 'c', 'd'), state: fc.constantFrom('Enabled', 'Disabled') }),
  fc.record({ batchSize: fc.constantFrom(100, 200) }),
  fc.record({ enabled: fc.boolean() }),
  fc.record({ team: fc.constantFrom('lake', undefined) }),
)

test('law: what a run remembers never changes what it does', async () => {
  const law = fc.asyncProperty(fc.array(fc.tuple(events, fc.boolean()), { maxLength: 20 }), async happened => {
    const [api, forgetful] = [new LimitedLambdaApi(clock), new LimitedLambdaApi(clock)]
    let instance = instanceOf(api)
    let [topics, declared]: [string[], MappingBlueprint] = [['a', 'b'], {}]
    for (const [event, isReplaced] of happened) {
      if ('topics' in event) topics = event.topics
      else if ('batchSize' in event) declared = { ...declared, BatchSize: event.batchSize }
      else if ('enabled' in event) declared = { ...declared, Enabled: event.enabled }
      else if ('team' in event) declared = { ...declared, Tags: event.team === undefined ? {} : { team: event.team } }
      else for (const one of [api, forgetful]) one.set(event.switched, event.state as 'Enabled')
      if (isReplaced) instance = instanceOf(api)
      forgetful.own = {}
      expect(await instance(topics, declared)).toEqual(await instanceOf(forgetful)(topics, declared))
      expect(api.state).toEqual(forgetful.state)
    }
  })
  await fc.assert(law, { numRuns: 500 })
})
