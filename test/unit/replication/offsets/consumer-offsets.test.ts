import { CodedError } from '../../../../lib/error.ts'
import type { CommitResult, GroupOffsets, GroupPositions } from '../../../../lib/kafka/admin/group-offsets.ts'
import { createConsumerOffsets, inTurn } from '../../../../lib/replication/offsets/consumer-offsets.ts'
import { isOwnGroup } from '../../../../lib/replication/offsets/consumer-offsets-groups.ts'

const warnings: unknown[][] = []
const logger = { info() {}, error() {}, warn: (...line: unknown[]) => void warnings.push(line) } as never

beforeEach(() => void warnings.splice(0))

/** Groups g000, g001 … with one position each, which moves on with every call. */
function checkpointsOf(count: number, offset: number) {
  const names = Array.from({ length: count }, (_, index) => `g${String(index).padStart(3, '0')}`)
  const place = { topic: 'a.orders', partition: 0, sourceOffset: offset, targetOffset: offset, metadata: '' }
  return new Map(names.map(group => [group, [{ group, ...place }]]))
}

/** A target that has time for some commits only, and refuses some groups. */
class Target implements GroupOffsets {
  served: string[] = []
  most = Number.POSITIVE_INFINITY
  results: Record<string, CommitResult> = {}
  active: string[] = []

  async states() {
    return new Map(this.active.map(group => [group, 'STABLE']))
  }

  async committed(groups: string[]) {
    return new Map(groups.map(group => [group, []]))
  }

  async commit(groups: GroupPositions[]) {
    const results = groups.map(({ group }, index): [string, CommitResult] => {
      if (index >= this.most) return [group, 'left']
      this.served.push(group)
      return [group, this.results[group] ?? 'set']
    })
    return new Map(results)
  }

  async bounds() {
    return new Map()
  }

  async since() {
    return new Map()
  }

  async close() {}
}

// They were set one after the other, always in the same order: 369 of 3,000 were set again and again, 2,239 never.
test('groups for which there is no time are the first ones of the next pass, so that all of them have their turn', async () => {
  const target = new Target()
  target.most = 30
  const setOffsets = createConsumerOffsets(target, logger)
  for (let pass = 0; pass < 4; pass++) {
    expect(await setOffsets(checkpointsOf(100, pass + 1), 0)).toMatchObject({ groupsSet: 30, groupsLeft: 70 })
  }
  expect(new Set(target.served).size).toBe(100)
})

test('instances that always start cold serve all groups, too, as the place where they begin depends on the minute', () => {
  const groups = Array.from(checkpointsOf(100, 1).keys(), group => ({ group, positions: [] }))
  const served = new Set<string>()
  for (let minute = 0; minute < 12; minute++) {
    const turns = inTurn(groups, undefined, minute * 60_000)
    expect(turns).toHaveLength(100)
    for (const { group } of turns.slice(0, 20)) served.add(group)
  }
  expect(served.size).toBe(100)
})

// One group that may not be committed for ended the pass, and the groups behind it were never set.
test('a group that may not be committed for is left out with a warning, and the others are set', async () => {
  const target = new Target()
  target.results = { g001: new CodedError('KAFKA_ACCESS_DENIED', 'not allowed'), g002: 'active' }
  target.active = ['g003']
  const set = await createConsumerOffsets(target, logger)(checkpointsOf(5, 1), 0)
  expect(set).toEqual({ groupsSet: 2, positionsSet: 2, activeGroups: 2, groupsFailed: 1, groupsLeft: 0 })
  const told = { number: 1, groups: ['g001'], errorCode: 'KAFKA_ACCESS_DENIED', errorMessage: 'not allowed' }
  expect(warnings).toEqual([['Positions of groups not set', told]])
})

test('a target that does not answer for any group fails the pass, so that it is repeated; one of its brokers does not', async () => {
  const target = new Target()
  const gone = new CodedError('KAFKA_UNAVAILABLE', 'gone', { retryable: true })
  target.results = { g000: gone, g001: gone }
  await expect(createConsumerOffsets(target, logger)(checkpointsOf(2, 1), 0)).rejects.toBe(gone)
  const set = await createConsumerOffsets(target, logger)(checkpointsOf(3, 1), 0)
  expect(set).toMatchObject({ groupsSet: 1, groupsFailed: 2 })
})

// The group with which the trigger of `replicate` reads was copied to the target like any other.
test.each([
  ['shop-orders', 'shop-{topic}', true],
  ['shop-billing', 'shop-{topic}', false],
  ['replicator', 'replicator', true],
  ['orders', undefined, false],
])('the group %s of a connector whose groups are %s is its own: %s', (group, own, expected) => {
  expect(isOwnGroup(group, [{ topic: 'orders', partition: 0, offset: 1, metadata: '' }], own)).toBe(expected)
})
