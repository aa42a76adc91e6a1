import { isPending } from '../../../lib/plan/change.ts'
import type { LiveMapping } from '../../../lib/plan/paused.ts'
import { changesOf, type Plan, planOf } from '../../../lib/plan/plan.ts'
import { changeLine } from '../../../lib/plan/text.ts'
import { compiledTemplate } from '../../support/compiled-template.ts'
import { dump, MSK, read, replicate, SECRET } from '../../support/connectors.ts'

type Declared = Record<string, object>

const noCode = { deployed: new Map<string, string>(), declared: new Map<string, string>() }

/** The plan of a deployment of `after`, where `before` is deployed; nothing is where it is undefined. */
function planned(before: Declared | undefined, after: Declared, live: Record<string, LiveMapping[]> = {}): Plan {
  return planOf({
    connectors: read(after),
    declared: compiledTemplate(after),
    deployed: before && compiledTemplate(before),
    live: new Map(Object.entries(live)),
    code: noCode,
  })
}

const textsOf = (plan: Plan) => changesOf(plan).map(change => changeLine(change).trim())

/** The lines for one connector that changes. The dashboard names topics and functions, too. */
const lines = (before: object, after: object, live: LiveMapping[] = enabled('orders')) =>
  textsOf(planned({ flow: before }, { flow: after }, { flow: live })).filter(line => line !== '~ dashboard')

function live(topic: string, more: Partial<LiveMapping> = {}): LiveMapping {
  return { topic, state: 'Enabled', isDisabledByReconcile: false, properties: {}, ...more }
}

const enabled = (...topics: string[]) => topics.map(topic => live(topic))
const paused = (...topics: string[]) => topics.map(topic => live(topic, { state: 'Disabled' }))

test('what is deployed already is no change', () => {
  const declared = {
    flow: dump(),
    other: replicate(),
    shop: dump({ source: { topics: undefined, pattern: 'shop.*' } }),
  }
  const plan = planned(declared, declared, { flow: enabled('orders'), other: enabled('orders') })
  expect(changesOf(plan)).toEqual([])
  expect(plan.connectors.map(({ state }) => state)).toEqual(['unchanged', 'unchanged', 'unchanged'])
})

test('of a first deployment everything is new', () => {
  const plan = planned(undefined, { flow: dump({ to: { createBucket: true } }) })
  expect(plan.connectors).toMatchObject([{ name: 'flow', kind: 'dump', state: 'new' }])
  expect(textsOf(plan)).toEqual(
    expect.arrayContaining([
      '+ mapping orders: begins at the earliest record, or where its consumer group has committed',
      '+ function dump',
      '+ function check',
      '+ alarm Lag',
      expect.stringMatching(/^\+ bucket my-lake: if there is one already/),
      '+ dashboard',
    ]),
  )
})

test.each<[string, object, object, (string | RegExp)[]]>([
  [
    'a topic more',
    dump(),
    dump({ source: { topics: ['orders', 'refunds'] } }),
    [/^\+ mapping refunds: begins at the earliest/, '~ permissions of dump, check'],
  ],
  [
    'a topic less',
    dump({ source: { topics: ['orders', 'refunds'] } }),
    dump(),
    [/^- mapping refunds: its consumer group/, '~ permissions of dump, check'],
  ],
  [
    'a longer window',
    dump({ batch: { windowSeconds: 5 } }),
    dump({ batch: { windowSeconds: 30 } }),
    ['~ window 5 → 30 s'],
  ],
  ['larger batches', dump(), dump({ batch: { size: 50 } }), ['~ batch 10000 → 50 records']],
  ['more memory', dump(), dump({ memorySize: 2048 }), ['~ memory 1024 → 2048 MB']],
  ['more time', dump(), dump({ timeoutSeconds: 120 }), ['~ timeout 60 → 120 s']],
  ['a log that is kept for longer', dump(), dump({ logRetentionDays: 30 }), ['~ log is kept 14 → 30 days']],
  ['another lag', dump(), dump({ alarms: { lag: 5 } }), ['~ alarm Lag at 100000 → 5 records']],
  [
    'another compression',
    dump(),
    dump({ to: { compression: 'zstd' } }),
    [/^! to.compression .*→ zstd: applies to objects from now on/],
  ],
  [
    'other folders',
    dump(),
    dump({ to: { partitioner: 'hourly' } }),
    [/^! to.partitioner default \(default\) → hourly: applies/],
  ],
  ['a tag', dump(), dump({ tags: { team: 'lake' } }), ['~ tags connector=flow → connector=flow, team=lake']],
  [
    'a topic for failed records',
    dump({ source: { msk: undefined, bootstrapServers: ['a:9096'], auth: { scram512: SECRET } } }),
    dump({
      deadLetter: 'failed',
      source: { msk: undefined, bootstrapServers: ['a:9096'], auth: { scram512: SECRET } },
    }),
    expect.arrayContaining(['~ deadLetter not set → failed']),
  ],
  [
    'the other policy',
    replicate(),
    replicate({ failurePolicy: 'log' }),
    expect.arrayContaining([
      expect.stringMatching(/^! failurePolicy .* → log: what can’t be delivered/),
      '+ alarm DeadLetters',
      '- alarm Stopped',
    ]),
  ],
  [
    'exactly once',
    replicate(),
    replicate({ to: { exactlyOnce: true, offsetSyncsLocation: 'target' } }),
    expect.arrayContaining([
      expect.stringMatching(/^! to.exactlyOnce false \(default\) → true: consumers .*read_committed/),
    ]),
  ],
  ['a connector that is switched off', dump(), dump({ enabled: false }), [/^~ enabled true → false: nothing is read/]],
])('%s is said in the words of a declaration', (_, before, after, expected) => {
  const found = lines(before, after)
  if (!Array.isArray(expected)) return expect(found).toEqual(expected)
  expect(found).toEqual(expected.map(line => (line instanceof RegExp ? expect.stringMatching(line) : line)))
})

test('rotation begins, and ends with a warning', () => {
  const rotating = dump({ to: { rotate: { flushSize: 10 } } })
  expect(lines(dump(), rotating)).toContainEqual(expect.stringMatching(/^\+ function compact: rotation begins/))
  expect(lines(rotating, dump())).toContainEqual(expect.stringMatching(/^! function compact: rotation ends/))
  const elsewhere = dump({ to: { rotate: { flushSize: 10 }, prefix: 'new' } })
  expect(lines(rotating, elsewhere)).toContainEqual(
    expect.stringMatching(/^! to.prefix .* → new: .*compact --name flow --once/),
  )
})

test('retention that becomes shorter says what is deleted', () => {
  const kept = (retentionDays?: number) => dump({ to: { createBucket: true, retentionDays } })
  expect(lines(kept(30), kept(10))).toEqual([
    expect.stringMatching(/^! bucket my-lake: retention of flow 30 → 10 days: objects that are older are deleted/),
  ])
  expect(lines(kept(30), kept())).toEqual(['~ bucket my-lake: retention of flow 30 → not set'])
  expect(lines(kept(), dump())).toContainEqual(expect.stringMatching(/^! bucket my-lake: .*kept with its objects/))
})

describe('what can’t change in place is refused, with what to do', () => {
  const other = MSK.replace('demo', 'other')
  test.each([
    ['source.startFrom earliest → latest', { startFrom: 'latest' }],
    ['source.consumerGroup lake-dev-flow-orders → billing', { consumerGroup: 'billing' }],
    [`source.msk`, { msk: other }],
  ])('%s', (line, source) => {
    const refused = changesOf(planned({ flow: dump() }, { flow: dump({ source }) })).filter(
      ({ mark }) => mark === 'refused',
    )
    expect(refused).toHaveLength(1)
    expect(refused.map(change => changeLine(change).trim())).toEqual([
      expect.stringMatching(new RegExp(`^! ${line}.*can’t change in place: rename`)),
    ])
  })

  test('for new topics of a pattern, where and how they begin may change', () => {
    const shop = (source: object) => dump({ source: { topics: undefined, pattern: 'shop.*', ...source } })
    expect(lines(shop({}), shop({ startFrom: 'latest' }), enabled('shop.a'))).toEqual([
      '! source.startFrom earliest → latest: applies to new topics only: the 1 mappings that exist keep what they have',
    ])
    expect(lines(shop({}), shop({ startFrom: 'latest' }), [])).toEqual(['~ source.startFrom earliest → latest'])
    expect(lines(shop({}), shop({ msk: other }), enabled('shop.a'))).toContainEqual(
      expect.stringMatching(/can’t change/),
    )
  })
})

test('a pattern that changes says which mappings it no longer has', () => {
  const shop = (pattern: string) => dump({ source: { topics: undefined, pattern } })
  const found = lines(shop('shop.*'), shop('shop-new.*'), enabled('shop-new-a', 'shop-b'))
  expect(found).toEqual([
    expect.stringMatching(/^- mapping shop-b: the pattern no longer matches/),
    '~ source.pattern shop.* → shop-new.*: right after the deployment, reconcile makes the mappings of topics that match and have none',
  ])
  const batch = lines(
    shop('shop.*'),
    dump({ source: { topics: undefined, pattern: 'shop.*' }, batch: { size: 5 } }),
    [],
  )
  expect(batch).toEqual(['~ batch 10000 → 5 records'])
})

test('of a pattern that is new, the plan says who makes the mappings, and when', () => {
  const shop = (more = {}) => dump({ source: { topics: undefined, pattern: 'shop.*' }, ...more })
  const made = '+ mappings of the topics that match shop.*: reconcile makes them right after the deployment'
  const [first, ...others] = textsOf(planned(undefined, { shop: shop() }))
  expect(first).toMatch(made)
  expect(others).toContain('+ function reconcile')
  const instead = lines(dump(), shop())
  expect(instead[0]).toMatch(made)
  expect(instead).toContain('~ source.pattern not set → shop.*')
  expect(instead.filter(line => line.startsWith('- mapping'))).toEqual([
    expect.stringMatching(/^- mapping orders: its consumer group/),
  ])
  expect(textsOf(planned(undefined, { shop: shop({ enabled: false }) }))[0]).toMatch(/: none are made, as .* disabled$/)
})

test('a connector that is no longer declared loses its mappings, and its groups stay', () => {
  const both = { flow: dump(), old: dump({ to: { prefix: 'old' } }) }
  const plan = planned(both, { flow: dump() }, { flow: enabled('orders') })
  expect(plan.connectors).toMatchObject([
    { name: 'flow', state: 'unchanged' },
    { name: 'old', kind: 'dump', state: 'removed' },
  ])
  expect(textsOf(plan)).toContainEqual(expect.stringMatching(/^- mapping orders: its consumer group keeps its offsets/))
})

describe('a paused connector', () => {
  const before = dump()
  const after = dump({ batch: { size: 5 }, source: { topics: ['orders', 'refunds'] } })

  test('stays paused, also its new topics', () => {
    expect(lines(before, after, paused('orders'))).toEqual(
      expect.arrayContaining([
        '+ mapping refunds: is not read, as the connector is paused',
        '~ batch 10000 → 5 records',
        'paused: a deployment leaves it paused; serverless connectors resume --name flow reads again',
      ]),
    )
  })

  test('is no change by itself', () => {
    const plan = planned({ flow: before }, { flow: before }, { flow: paused('orders') })
    expect(changesOf(plan).filter(isPending)).toEqual([])
  })

  test('that was declared so is resumed, which the plan says', () => {
    expect(lines(dump({ enabled: false }), before, paused('orders'))).toContain('! paused: this deployment resumes it')
  })
})

test('what was changed by hand is named, and what becomes of it', () => {
  const byHand = [live('orders', { properties: { BatchSize: 77 } })]
  expect(lines(dump(), dump(), byHand)).toEqual([
    'batch.size 77: was changed by hand for orders: this deployment leaves it, although 10000 is declared',
  ])
  expect(lines(dump(), dump({ batch: { windowSeconds: 5 } }), byHand)).toContain(
    '! batch.size 77: was changed by hand for orders: this deployment sets 10000',
  )
  expect(lines(dump(), dump(), [])).toEqual([expect.stringMatching(/^! mapping orders: was deleted by hand/)])
})

test('code that differs is one line, and so are the service’s own resources', () => {
  const declared = { flow: dump() }
  const template = compiledTemplate(declared)
  const own = { Type: 'AWS::SNS::Topic', Properties: {} }
  const plan = planOf({
    connectors: read(declared),
    declared: { Resources: { ...template.Resources, Alerts: own, Jobs: own } },
    deployed: { Resources: { ...template.Resources, Jobs: { ...own, Properties: { TopicName: 'jobs' } } } },
    live: new Map([['flow', enabled('orders')]]),
    code: {
      deployed: new Map([
        ['lake-dev-flow', 'a'],
        ['lake-dev-flow-check', 'b'],
      ]),
      declared: new Map([
        ['lake-dev-flow', 'A'],
        ['lake-dev-flow-check', 'b'],
      ]),
    },
  })
  expect(textsOf(plan)).toEqual([
    '~ 2 other resources of the service: 1 added, 1 changed',
    '~ code of dump: 1 function',
  ])
})
