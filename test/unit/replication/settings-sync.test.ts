import { CodedError } from '../../../lib/error.ts'
import type { TopicSettings } from '../../../lib/kafka/admin/topic-changes.ts'
import { changeSettings, type SettingsPair } from '../../../lib/replication/settings-sync.ts'

/** A cluster that doesn't know `new.*`, refuses `tiered` with the value `true`, and denies access to the topic `denied`. */
class Target {
  readonly topics = new Map<string, TopicSettings>()
  requests = 0

  /** What else it refuses. */
  refusal(_topic: string, _settings: TopicSettings): CodedError | undefined {
    return undefined
  }

  #refusal(topic: string, settings: TopicSettings): CodedError | undefined {
    if (topic === 'denied') return new CodedError('KAFKA_ACCESS_DENIED', 'denied')
    if (topic === 'odd') return new CodedError('KAFKA_REJECTED', 'a policy of the cluster')
    const isRefused = ([name, value]: [string, string]) =>
      name.startsWith('new.') || (name === 'tiered' && value === 'true')
    const refused = new CodedError('KAFKA_REJECTED', 'refused')
    return Object.entries(settings).some(isRefused) ? refused : this.refusal(topic, settings)
  }

  async replaceTopicSettings(changes: ReadonlyMap<string, TopicSettings>) {
    this.requests += 1
    const failures = new Map<string, CodedError>()
    for (const [topic, settings] of changes) {
      const refusal = this.#refusal(topic, settings)
      if (refusal) failures.set(topic, refusal)
      else this.topics.set(topic, settings)
    }
    return failures
  }

  async validateTopicSettings(topic: string, settings: TopicSettings) {
    this.requests += 1
    const refusal = this.#refusal(topic, settings)
    if (refusal) throw refusal
  }

  async settingNames() {
    this.requests += 1
    return new Set(['retention.ms', 'tiered'])
  }
}

const warnings: unknown[] = []
const logger = { info() {}, error() {}, warn: (_: string, fields: unknown) => void warnings.push(fields) } as never

beforeEach(() => void warnings.splice(0))

const pair = (wanted: TopicSettings, present: TopicSettings = {}): SettingsPair => ({ wanted, present })

// KAFKA-9218: one setting that the target doesn't know ended the sync of all topics.
test('a setting that the target refuses is left out, and the other settings and the other topics are made', async () => {
  const target = new Target()
  const topics = new Map([
    ['plain', pair({ 'retention.ms': '1' })],
    ['newer', pair({ 'retention.ms': '2', 'new.level': '3' })],
    ['tiered', pair({ tiered: 'true', 'retention.ms': '4' })],
    ['other', pair({ tiered: 'false', 'new.level': '5' })],
    ['denied', pair({ 'retention.ms': '6' })],
    ['same', pair({ 'retention.ms': '7' }, { 'retention.ms': '7' })],
  ])
  const { updated, failures } = await changeSettings(target, topics, logger)
  expect(updated).toBe(4)
  expect(Object.fromEntries(target.topics)).toEqual({
    plain: { 'retention.ms': '1' },
    newer: { 'retention.ms': '2' },
    tiered: { 'retention.ms': '4' },
    other: { tiered: 'false' },
  })
  expect(Array.from(failures, ([topic, { code }]) => [topic, code])).toEqual([['denied', 'KAFKA_ACCESS_DENIED']])
  expect(warnings).toEqual([
    { setting: 'new.level', topic: 'newer', reason: 'refused' },
    { setting: 'tiered', topic: 'tiered', reason: 'refused' },
  ])
})

test('a refusal that no setting explains is that of its topic', async () => {
  const target = new Target()
  const topics = new Map([
    ['odd', pair({ 'retention.ms': '1' })],
    ['plain', pair({ 'new.level': '2', 'retention.ms': '1' })],
  ])
  const { updated, failures } = await changeSettings(target, topics, logger)
  expect([updated, [...failures.keys()]]).toEqual([1, ['odd']])
})

describe('a value that the target refuses', () => {
  /** A cluster that limits the retention of the topics in `limits`. */
  function limiting(limits: Record<string, number>) {
    const target = new Target()
    const refusal = (topic: string, settings: TopicSettings) =>
      Number(settings['retention.ms'] ?? 0) > (limits[topic] ?? Number.POSITIVE_INFINITY)
        ? new CodedError('KAFKA_REJECTED', 'too long')
        : undefined
    return Object.assign(target, { refusal })
  }

  // Without the setting, the target's topic would fall to the broker's default and delete records that it has to keep.
  test('leaves the topic the value that it has, and the other settings are made', async () => {
    const target = limiting({ orders: 7, bills: 7, new: 7 })
    const wanted = { 'retention.ms': '30', tiered: 'false' }
    const topics = new Map([
      ['orders', pair(wanted, { 'retention.ms': '7' })],
      ['bills', pair({ 'retention.ms': '30' }, { 'retention.ms': '7' })],
      ['new', pair(wanted)],
    ])
    const { updated, failures } = await changeSettings(target, topics, logger)
    expect([updated, failures.size]).toEqual([2, 0])
    expect(Object.fromEntries(target.topics)).toEqual({
      orders: { 'retention.ms': '7', tiered: 'false' },
      new: { tiered: 'false' },
    })
  })

  // A policy can depend on the topic.
  test('for one topic is made for those that may have it', async () => {
    const target = limiting({ audited: 7 })
    const wanted = { 'retention.ms': '30', 'new.level': '3' }
    const topics = new Map(
      ['audited', 'free', 'also free'].map(topic => [topic, pair(wanted, { 'retention.ms': '5' })]),
    )
    await changeSettings(target, topics, logger)
    expect(Object.fromEntries(target.topics)).toEqual({
      free: { 'retention.ms': '30' },
      'also free': { 'retention.ms': '30' },
    })
  })

  test('beside another one is found out for each topic that has both', async () => {
    const target = limiting({ first: 7 })
    const wanted = { 'retention.ms': '30', tiered: 'true' }
    const topics = new Map(['first', 'second'].map(topic => [topic, pair(wanted, { tiered: 'false' })]))
    await changeSettings(target, topics, logger)
    expect(Object.fromEntries(target.topics)).toEqual({ second: { tiered: 'false', 'retention.ms': '30' } })
  })

  test('is that of the topic if the topic has it already', async () => {
    const target = limiting({ strict: 7 })
    const topics = new Map([['strict', pair({ 'retention.ms': '30', tiered: 'false' }, { 'retention.ms': '20' })]])
    const { updated, failures } = await changeSettings(target, topics, logger)
    expect([updated, [...failures.keys()], target.topics.size]).toEqual([0, ['strict'], 0])
  })

  test('for a thousand topics takes few requests', async () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `t${index}`)
    const target = limiting(Object.fromEntries(names.map(name => [name, 7])))
    const wanted = { 'retention.ms': '30', 'new.level': '3', tiered: 'false' }
    const topics = new Map(names.map(name => [name, pair(wanted, { 'retention.ms': '5' })]))
    expect((await changeSettings(target, topics, logger)).updated).toBe(1_000)
    expect(target.requests).toBeLessThan(25)
  })
})

// One request and one connection for each of 1,500 topics took 52 of 60 seconds.
test('a thousand topics take as many requests as one', async () => {
  const target = new Target()
  const settings = { 'retention.ms': '1', 'new.level': '3', 'new.bytes': '4' }
  const topics = new Map(Array.from({ length: 1_000 }, (_, index) => [`t${index}`, pair(settings)]))
  expect((await changeSettings(target, topics, logger)).updated).toBe(1_000)
  expect(target.requests).toBeLessThan(12)
  // The target has all that it accepts by now.
  const again = new Map(Array.from(topics, ([topic]) => [topic, pair(settings, { 'retention.ms': '1' })]))
  expect((await changeSettings(target, again, logger)).updated).toBe(0)
})
