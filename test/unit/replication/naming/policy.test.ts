import fc from 'fast-check'
import {
  hopsFrom,
  identityPolicy,
  mappingPolicy,
  renamingPolicy,
  singleTopicPolicy,
} from '../../../../lib/replication/naming/policy.ts'
import { createTopicFilter } from '../../../../lib/replication/naming/topic-filter.ts'
import { hasBeenOn, SOURCE_HEADER, withSource } from '../../../../lib/replication/source-header.ts'
import { headers, topic } from '../../../support/arbitrary-records.ts'

const separator = fc.stringMatching(/^[._-]{1,5}$/)
const alias = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/)
/** Aliases and a separator that the configuration accepts together. */
const named = fc
  .record({ separator, aliases: fc.array(alias, { minLength: 1, maxLength: 4 }) })
  .filter(({ separator, aliases }) => aliases.every(name => !(name + separator).slice(0, -1).includes(separator)))

describe('policy default', () => {
  test('puts the alias of the source before the topic', () => {
    const policy = renamingPolicy()
    expect(policy.remoteTopic('eu', 'orders')).toBe('eu.orders')
    expect(policy.sourceOf('eu.orders')).toBe('eu')
    expect(policy.upstreamTopic('eu.us.orders')).toBe('us.orders')
    expect(renamingPolicy('--').remoteTopic('eu', 'orders')).toBe('eu--orders')
  })

  test('law: a remote topic’s name tells its source and its name there, over any number of hops', () => {
    fc.assert(
      fc.property(named, topic, ({ separator, aliases }, topic) => {
        const policy = renamingPolicy(separator)
        let name = aliases.reduce((name, alias) => policy.remoteTopic(alias, name), topic)
        for (const alias of aliases.toReversed()) {
          expect(policy.sourceOf(name)).toBe(alias)
          name = policy.upstreamTopic(name) ?? ''
        }
        expect(name).toBe(topic)
      }),
    )
  })

  test('law: source, separator and upstream topic are the whole name', () => {
    fc.assert(
      fc.property(separator, topic, (separator, topic) => {
        const policy = renamingPolicy(separator)
        const source = policy.sourceOf(topic)
        const upstream = policy.upstreamTopic(topic)
        if (source !== undefined) expect(`${source}${separator}${upstream}`).toBe(topic)
        else expect(upstream).toBeUndefined()
      }),
    )
  })

  test.each(['orders', '.orders', 'eu.', '.'])('%s is no remote topic', name => {
    expect(renamingPolicy().sourceOf(name)).toBeUndefined()
  })

  test.each([
    ['a.orders', 'a', 1],
    ['b.a.orders', 'b', 1],
    ['b.a.orders', 'a', 2],
    ['c.b.a.orders', 'a', 3],
    ['b.a.orders', 'c', -1],
    ['orders', 'a', -1],
  ])('counts the hops of %s from %s as %i', (name, alias, hops) => {
    expect(hopsFrom(renamingPolicy(), name, alias)).toBe(hops)
  })
})

test('policy identity keeps names, which then tell nothing', () => {
  expect(identityPolicy.remoteTopic('eu', 'us.orders')).toBe('us.orders')
  expect(identityPolicy.sourceOf('us.orders')).toBeUndefined()
  expect(hopsFrom(identityPolicy, 'us.orders', 'us')).toBe(-1)
})

test('a mapping renames the topics that it names, more than twenty too, and no others', () => {
  const mapping = new Map(Array.from({ length: 50 }, (_, index) => [`topic-${index}`, `renamed-${index}`]))
  const policy = mappingPolicy(mapping)
  expect([...mapping.keys()].map(name => policy.remoteTopic('eu', name))).toEqual([...mapping.values()])
  expect(policy.remoteTopic('eu', 'orders')).toBe('orders')
  expect(singleTopicPolicy('all').remoteTopic('eu', 'orders')).toBe('all')
})

describe('the topic filter', () => {
  const options = { policy: renamingPolicy(), separator: '.', targetAlias: 'us', mapped: [], own: ['dead-letters'] }
  const filter = createTopicFilter(options)

  test.each([
    ['__consumer_offsets', 'internal'],
    ['mm2-offset-syncs.us.internal', 'internal'],
    ['eu.checkpoints.internal', 'internal'],
    ['connect-configs-internal', 'internal'],
    ['heartbeats', 'heartbeats'],
    ['eu.heartbeats', 'heartbeats'],
    ['dead-letters', 'own topic'],
    ['us.orders', 'came from the target'],
    ['ap.us.orders', 'came from the target'],
  ])('leaves out %s: %s', (name, reason) => {
    expect(filter(name)).toBe(reason)
  })

  test.each(['orders', 'internal-orders', 'my-heartbeats', 'ap.orders', 'usa.orders', 'us-orders', '_orders'])(
    'takes %s',
    name => {
      expect(filter(name)).toBeUndefined()
    },
  )

  test('takes any topic that the mapping names', () => {
    const names = ['__consumer_offsets', 'heartbeats', 'dead-letters', 'us.orders']
    const mapping = new Map(names.map(name => [name, 'copy']))
    const mapped = createTopicFilter({ ...options, policy: mappingPolicy(mapping), mapped: mapping.keys() })
    expect(names.filter(mapped)).toEqual([])
    expect(mapped('eu.checkpoints.internal')).toBe('internal')
  })

  test('law: what was replicated from a cluster is never sent back to it, over any number of hops', () => {
    const plain = fc.stringMatching(/^[a-z0-9]{1,8}$/)
    fc.assert(
      fc.property(plain, fc.array(plain, { maxLength: 3 }), topic, (targetAlias, others, topic) => {
        const policy = renamingPolicy()
        const name = [targetAlias, ...others].reduce((name, alias) => policy.remoteTopic(alias, name), topic)
        expect(createTopicFilter({ ...options, targetAlias })(name)).toBeDefined()
      }),
    )
  })
})

describe('the source header', () => {
  test('names each cluster on which the record has been, once and in order', () => {
    const atB = withSource([{ key: 'trace', value: null }], 'a')
    const atC = withSource(atB, 'b')
    expect(atC.map(({ key, value }) => [key, value?.toString()])).toEqual([
      ['trace', undefined],
      [SOURCE_HEADER, 'a'],
      [SOURCE_HEADER, 'b'],
    ])
    expect(withSource(atC, 'a')).toEqual(atC)
  })

  test('law: a record may not return to where it has been, and continues to anywhere else with its own headers first', () => {
    fc.assert(
      fc.property(
        headers,
        fc.uniqueArray(alias, { minLength: 2, maxLength: 5 }),
        (headers, [elsewhere = '', ...path]) => {
          const carried = path.reduce(withSource, headers)
          expect(carried.slice(0, headers.length)).toEqual(headers)
          for (const alias of path) expect(hasBeenOn({ headers: carried }, alias)).toBe(true)
          expect(hasBeenOn({ headers: carried }, elsewhere)).toBe(false)
        },
      ),
    )
  })
})
