import fc from 'fast-check'
import { findingsOf, LATELY_MS, PATIENCE_MS, type Signs } from '../../../lib/health/findings.ts'
import type { CompanionHealth, Failure, MappingHealth } from '../../../lib/health/model.ts'
import { type State, stateNames } from '../../../lib/health/state.ts'

const NOW = Date.parse('2026-11-29T03:00:00Z')
const MINUTE_MS = 60_000
const ago = (milliseconds: number) => new Date(NOW - milliseconds).toISOString()

const enabled: MappingHealth = { topic: 'orders', state: 'Enabled', lastResult: 'OK' }
const disabled: MappingHealth = { topic: 'payments', state: 'Disabled', lastResult: 'OK' }
const callFailed: MappingHealth = { ...enabled, lastResult: 'PROBLEM: Function call failed' }
const unreadable: MappingHealth = { ...enabled, lastResult: 'PROBLEM: Authentication failed' }

/** A connector that works. */
const well: Signs = {
  now: NOW,
  isDeployed: true,
  mappings: [enabled],
  unmapped: [],
  goneTopics: [],
  lastSuccess: NOW - MINUTE_MS,
  lastError: null,
  isErrorOfRecords: false,
  isWaiting: false,
  stopped: [],
  invocations: { all: 5, failed: 0 },
  failedLately: 0,
  companions: [],
  lag: 0,
  mostLag: 100_000,
  oldestUnreadAgeMs: null,
}

function failure(code: string, act: Failure['act'], agoMs: number): Failure {
  return { code, message: 'the reason', time: ago(agoMs), act, function: 'lake-dev-flow' }
}

const away = failure('STORE_UNAVAILABLE', 'system', 10_000)
const denied = failure('STORE_ACCESS_DENIED', 'person', 10_000)
const poison = { ...failure('VALUE_UNDECODABLE', 'person', 10_000), topic: 'orders', partition: 2, offset: 7 }
const stopped = [{ topic: 'orders', partition: 2, offset: 7, failure: poison }]
const waiting = { isWaiting: true, lag: 3, oldestUnreadAgeMs: 5 * MINUTE_MS }
const companion: CompanionHealth = {
  ...{ function: 'compact', ok: false, lastRun: ago(30_000), result: {}, unknown: {} },
  lastError: failure('COMMIT_LOG_DAMAGED', 'person', 30_000),
}

type Case = [situation: string, signs: Partial<Signs>, state: State, act: Failure['act'], reason: string]

// Every rule once, and what is next to it.
const table: Case[] = [
  ['nothing is wrong', {}, 'RUNNING', null, 'what it reads arrives'],
  ['records wait for their batch', waiting, 'RUNNING', null, 'the oldest unread record is 5 min old'],
  [
    'nothing is known but the mappings',
    { lag: null, isWaiting: undefined, invocations: undefined, lastSuccess: null },
    'RUNNING',
    null,
    'arrives',
  ],
  ['no topic matches yet', { mappings: [], pattern: 'shop.*' }, 'RUNNING', null, 'no topic matches shop.* yet'],
  ['there is no function', { isDeployed: false, mappings: [] }, 'NOT DEPLOYED', 'person', 'deploy the service'],
  [
    'all mappings are disabled',
    { mappings: [disabled], lag: 12, isWaiting: true },
    'PAUSED',
    'person',
    'paused, and 12 records wait',
  ],
  [
    'it was paused because it failed',
    { ...waiting, lag: 1, mappings: [{ ...disabled, lastResult: callFailed.lastResult }], lastError: denied, stopped },
    'PAUSED',
    'person',
    'paused, and 1 record waits',
  ],
  [
    'some mappings are disabled',
    { mappings: [enabled, disabled] },
    'DEGRADED',
    'person',
    '1 of 2 mappings is disabled: payments',
  ],
  ['a topic has no mapping', { unmapped: ['payments'] }, 'DEGRADED', 'person', 'payments has no mapping'],
  ['no topic has a mapping', { mappings: [], unmapped: ['orders'] }, 'FAILING', 'person', 'orders has no mapping'],
  [
    'Lambda can’t run the function',
    { functionProblem: 'Lambda can’t run the function: no subnet' },
    'FAILING',
    'person',
    'no subnet',
  ],
  ['pollers can’t read', { mappings: [unreadable] }, 'FAILING', 'person', 'can’t read orders: Authentication failed'],
  [
    'pollers can’t read one of two topics',
    { mappings: [unreadable, { ...enabled, topic: 'payments' }] },
    'STOPPED',
    'person',
    'can’t read orders',
  ],
  [
    'a poller has a problem, but its mapping is off',
    {
      mappings: [
        { ...unreadable, state: 'Disabled' },
        { ...enabled, topic: 'payments' },
      ],
    },
    'DEGRADED',
    'person',
    'disabled: orders',
  ],
  [
    'the store is away',
    { ...waiting, lastError: away },
    'FAILING',
    'system',
    'nothing gets through for 1 min: STORE_UNAVAILABLE',
  ],
  [
    'the store has been away for long',
    { ...waiting, lastError: away, lastSuccess: NOW - PATIENCE_MS - MINUTE_MS },
    'FAILING',
    'person',
    'for 16 min',
  ],
  [
    'the store was never there',
    { ...waiting, lastError: denied, lastSuccess: null },
    'FAILING',
    'person',
    'nothing gets through: STORE_ACCESS_DENIED',
  ],
  ['the store is back', { lastError: away, lastSuccess: NOW - 5_000 }, 'RUNNING', null, 'arrives'],
  ['the store was away, and nothing waits', { lastError: denied, lastSuccess: null }, 'RUNNING', null, 'arrives'],
  [
    'an invocation failed hours ago, and records wait for their batch',
    { ...waiting, lastError: { ...away, time: ago(4 * LATELY_MS) }, lastSuccess: NOW - 3 * LATELY_MS },
    'RUNNING',
    null,
    'arrives',
  ],
  [
    'a record stops its partition',
    { ...waiting, lastError: poison, isErrorOfRecords: true, stopped },
    'STOPPED',
    'person',
    'orders-2 stands at offset 7: VALUE_UNDECODABLE: the reason',
  ],
  [
    'records stop several partitions',
    { ...waiting, lastError: poison, isErrorOfRecords: true, stopped: [...stopped, ...stopped, ...stopped] },
    'STOPPED',
    'person',
    'orders-2 stands at offset 7 (and 2 other partitions)',
  ],
  [
    'a partition stands that others pass',
    { ...waiting, lastError: away, lastSuccess: NOW - 1_000, stopped: stopped.map(one => ({ ...one, failure: away })) },
    'STOPPED',
    'system',
    'orders-2 stands',
  ],
  [
    'a batch fails without a code',
    { ...waiting, mappings: [callFailed], invocations: { all: 4, failed: 1 } },
    'STOPPED',
    'person',
    'a batch of orders is tried again',
  ],
  [
    'a batch fails without a code, and nothing else succeeds',
    { ...waiting, mappings: [callFailed], lastSuccess: null, invocations: undefined },
    'FAILING',
    'person',
    'a batch of orders',
  ],
  [
    'every invocation crashes',
    { ...waiting, invocations: { all: 4, failed: 4 } },
    'FAILING',
    'person',
    'all 4 invocations of the last minutes failed',
  ],
  ['some invocations crash', { ...waiting, invocations: { all: 4, failed: 3 } }, 'RUNNING', null, 'arrives'],
  [
    'records were put aside',
    { failedLately: 2, lastError: poison, isErrorOfRecords: true },
    'DEGRADED',
    'person',
    '2 records were put aside or left in Kafka within the last hour: VALUE_UNDECODABLE',
  ],
  ['a companion fails', { companions: [companion] }, 'DEGRADED', 'person', 'compact fails: COMMIT_LOG_DAMAGED'],
  [
    'a companion has not run yet',
    { companions: [{ ...companion, ok: null, lastError: null }] },
    'RUNNING',
    null,
    'arrives',
  ],
  [
    'it is far behind',
    { ...waiting, lag: 100_001 },
    'DEGRADED',
    'person',
    '100,001 records wait, the oldest 5 min old',
  ],
  [
    'its next record is old',
    { ...waiting, lag: 1, oldestUnreadAgeMs: PATIENCE_MS + 1, lastSuccess: NOW - PATIENCE_MS - 1 },
    'DEGRADED',
    'person',
    'it is behind: 1 record waits, the oldest 15 min old',
  ],
  [
    'it reads an old topic, and delivers',
    { ...waiting, lag: 1, oldestUnreadAgeMs: PATIENCE_MS + 1 },
    'DEGRADED',
    'system',
    'it is behind: 1 record waits',
  ],
  [
    'it was just started on an old topic',
    { ...waiting, lag: 1, oldestUnreadAgeMs: PATIENCE_MS + 1, lastSuccess: null },
    'DEGRADED',
    'system',
    'nothing was delivered yet: 1 record waits',
  ],
]

test.each(table)('%s', (_, more, state, act, reason) => {
  const [first] = findingsOf({ ...well, ...more })
  expect(first).toEqual({ state, act, reason: expect.stringContaining(reason) })
})

test('every state is in the table', () => {
  expect(new Set(table.map(([, , state]) => state))).toEqual(new Set(stateNames))
})

const signs: fc.Arbitrary<Signs> = fc.record({
  now: fc.constant(NOW),
  isDeployed: fc.boolean(),
  functionProblem: fc.option(fc.constant('no subnet'), { nil: undefined }),
  pattern: fc.option(fc.constant('shop.*'), { nil: undefined }),
  mappings: fc.array(
    fc.constantFrom(enabled, disabled, callFailed, unreadable, { ...enabled, state: 'Creating', lastResult: null }),
    { maxLength: 4 },
  ),
  goneTopics: fc.array(fc.constantFrom('carts'), { maxLength: 1 }),
  unmapped: fc.array(fc.constantFrom('carts', 'refunds'), { maxLength: 2 }),
  lastSuccess: fc.option(fc.integer({ min: NOW - LATELY_MS, max: NOW })),
  lastError: fc.option(fc.constantFrom(away, denied, poison)),
  isErrorOfRecords: fc.boolean(),
  isWaiting: fc.option(fc.boolean(), { nil: undefined }),
  stopped: fc.constantFrom([], stopped),
  invocations: fc.option(fc.constantFrom({ all: 1, failed: 0 }, { all: 3, failed: 3 }), { nil: undefined }),
  failedLately: fc.nat({ max: 2 }),
  companions: fc.array(fc.constantFrom(companion, { ...companion, ok: true, lastError: null }), { maxLength: 2 }),
  lag: fc.option(fc.nat({ max: 200_000 })),
  mostLag: fc.constant(100_000),
  oldestUnreadAgeMs: fc.option(fc.nat({ max: LATELY_MS })),
})

test('law: any signs give findings, the worst first, and each in one sentence', () => {
  fc.assert(
    fc.property(signs, signs => {
      const found = findingsOf(signs)
      expect(found.length).toBeGreaterThan(0)
      const ranks = found.map(({ state }) => stateNames.indexOf(state))
      expect(ranks).toEqual(ranks.toSorted((one, other) => one - other))
      for (const { reason } of found) expect(reason).toMatch(/^\S.*[^.\s]$/)
      expect(JSON.stringify(found)).not.toMatch(/NaN|undefined|null,"reason/)
    }),
  )
})

test('law: nobody is asked to act exactly where it runs, and what is paused is paused', () => {
  fc.assert(
    fc.property(signs, signs => {
      const [first, ...others] = findingsOf(signs)
      expect(first.act === null).toBe(first.state === 'RUNNING')
      if (first.state === 'RUNNING' || first.state === 'PAUSED') expect(others).toEqual([])
      const isOff = signs.mappings.length > 0 && signs.mappings.every(({ state }) => state === 'Disabled')
      if (signs.isDeployed && isOff && signs.unmapped.length === 0) expect(first.state).toBe('PAUSED')
    }),
  )
})

test('law: a finding more never makes the state better', () => {
  fc.assert(
    fc.property(signs, signs => {
      const rank = (more: Partial<Signs>) => stateNames.indexOf(findingsOf({ ...signs, ...more })[0].state)
      expect(rank({ failedLately: 5 })).toBeLessThanOrEqual(rank({ failedLately: 0 }))
      expect(rank({ companions: [companion] })).toBeLessThanOrEqual(rank({ companions: [] }))
      expect(rank({ functionProblem: 'no subnet' })).toBeLessThanOrEqual(rank({ functionProblem: undefined }))
    }),
  )
})
