import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CodedError } from '../../../../lib/error.ts'
import type {
  CommitResult,
  CommittedPosition,
  GroupOffsets,
  GroupPositions,
} from '../../../../lib/kafka/admin/group-offsets.ts'
import type { LogTaker } from '../../../../lib/kafka/read/topic-log.ts'
import { encodeSegment } from '../../../../lib/replication/offsets/offset-map-segment.ts'
import { bucketHistory, directoryHistory, historyIn } from '../../../../lib/restore/groups/group-history.ts'
import { createGroupsRestoration } from '../../../../lib/restore/groups/groups-restoration.ts'
import type { GroupsRequest } from '../../../../lib/restore/request.ts'
import type { GroupsSnapshot } from '../../../../lib/snapshots/snapshot.ts'
import { MemoryStore } from '../../../support/memory-store.ts'

const NOW = Date.parse('2026-11-29T16:45:00Z')
const ID = '11111111-2222-3333-4444-555555555555'
const quiet = { info: () => {}, warn: () => {}, error: () => {} } as never

/** A cluster whose answers a test decides. Groups of a real one are in test/integration/group-restore.test.ts. */
class Cluster implements GroupOffsets {
  readonly positions = new Map<string, CommittedPosition[]>()
  readonly commits: GroupPositions[][] = []
  /** What a commit answers; absent: it is done. */
  answer: (group: string) => CommitResult | 'lost' | undefined = () => undefined
  end = 1000

  async states() {
    return new Map<string, string>()
  }
  async committed(groups: string[]) {
    return new Map(groups.map(group => [group, this.positions.get(group) ?? []]))
  }
  async commit(groups: GroupPositions[]) {
    this.commits.push(groups)
    return new Map(
      groups.map(({ group, positions }): [string, CommitResult] => {
        const answer = this.answer(group)
        if (answer === 'lost') return [group, 'set']
        if (answer !== undefined) return [group, answer]
        this.positions.set(
          group,
          positions.map(position => ({ metadata: '', ...position })),
        )
        return [group, 'set']
      }),
    )
  }
  async bounds(places: { topic: string; partition: number }[]) {
    const topics = Map.groupBy(places, ({ topic }) => topic)
    const bounds = { start: 0, end: this.end }
    return new Map(
      Array.from(topics, ([topic, places]) => [topic, new Map(places.map(({ partition }) => [partition, bounds]))]),
    )
  }
  async since() {
    return new Map()
  }
  async close() {}
}

let cluster: Cluster
let store: MemoryStore

beforeEach(() => {
  cluster = new Cluster()
  store = new MemoryStore(() => NOW)
})

type Recorded = Record<string, [topic: string, partition: number, offset: number][]>

function snapshotOf(recorded: Recorded, time = NOW) {
  const groups: GroupsSnapshot['groups'] = new Map(
    Object.entries(recorded).map(([group, positions]) => [
      group,
      {
        state: 'EMPTY',
        positions: positions.map(([topic, partition, offset]) => ({ topic, partition, offset, metadata: '' })),
      },
    ]),
  )
  return { snapshot: { schema: 1 as const, time, groups, bounds: new Map() }, key: 'key', damaged: [] }
}

/** Partition 0 of the restored topic has the source's offsets 10 to 19 at 100 to 109. */
const segment = encodeSegment({
  ...{ topic: 'orders', partition: 0, topicId: ID, begun: 1 },
  spans: [{ sourceFirst: 10, targetFirst: 100, count: 10 }],
})

interface Restoring {
  snapshots?: ReturnType<typeof snapshotOf>[]
  history?: ReturnType<typeof bucketHistory>
  topics?: { topic: string; target: string; topicId?: string }[]
  partitions?: number[]
  asked?: Partial<GroupsRequest>
  dryRun?: boolean
}

const none = async (): Promise<never> => {
  throw new Error('not asked')
}

async function restore({ snapshots = [], asked = {}, dryRun = false, ...more }: Restoring) {
  const restoration = createGroupsRestoration({
    target: cluster,
    records: { bounds: none, read: none as never },
    removal: { remove: none, close: async () => {} },
    log: {
      async read(_: string, __: number, { take }: LogTaker) {
        take(segment)
        return 1
      },
    },
    ...{ mapTopic: 'map', snapshots: async () => snapshots, logger: quiet, now: () => NOW },
    history: more.history ?? bucketHistory(store, 'lake/_restores/r/'),
  })
  const groups: GroupsRequest = { strategy: 'recorded', only: false, undo: false, ...asked }
  const options = { dryRun, append: false, purge: [], strict: false, skipCorrupt: false, groups }
  const topics = (more.topics ?? [{ topic: 'orders', target: 'orders-2' }]).map(names => ({
    ...{ topicId: ID, ...names, partitions: 2, settings: {}, targetState: 'created' as const, problems: [] },
  }))
  const places = { topics, places: [], partitioner: 'same' as const, dryRun, deadline: Date.now() + 2_000 }
  return await restoration.restore({ selection: { partitions: more.partitions }, ...options }, places)
}

test('a commit that the cluster acknowledges counts only when the positions are there afterwards', async () => {
  cluster.answer = group => (group === 'lost' ? 'lost' : undefined)
  const { groups } = await restore({
    snapshots: [snapshotOf({ lost: [['orders', 0, 12]], kept: [['orders', 0, 12]] })],
  })
  expect(groups).toMatchObject([
    { group: 'kept', outcome: 'set', positions: [{ topic: 'orders-2', partition: 0, offset: 102, recorded: 12 }] },
    { group: 'lost', outcome: 'failed' },
  ])
  expect(groups[1]?.message).toBe(
    'orders-2-0 is at no position after it was set to 102: did somebody else set it, or start a consumer?',
  )
})

test('what fails of one group doesn’t concern the others, and what passes is tried again', async () => {
  let attempts = 0
  cluster.answer = group => {
    if (group === 'a') return new CodedError('KAFKA_ACCESS_DENIED', 'Not allowed.')
    if (group === 'b') return 'active'
    if (group === 'c' && attempts++ === 0) return new CodedError('KAFKA_UNAVAILABLE', 'Loading.', { retryable: true })
    return undefined
  }
  const recorded = Object.fromEntries(['a', 'b', 'c'].map(group => [group, [['orders', 0, 12]]])) as Recorded
  const { groups } = await restore({ snapshots: [snapshotOf(recorded)] })
  expect(groups.map(({ outcome, message }) => [outcome, message])).toEqual([
    ['failed', 'Not allowed.'],
    ['active', expect.stringContaining('it has members')],
    ['set', undefined],
  ])
  expect(cluster.commits.map(groups => groups.map(({ group }) => group))).toEqual([['a', 'b', 'c'], ['c']])
})

test('nothing is set when what the groups had can’t be written down first', async () => {
  const broken = store.client(() => {
    throw new CodedError('STORE_UNAVAILABLE', 'The store is down.')
  })
  const history = bucketHistory(broken, 'lake/_restores/r/')
  await expect(restore({ history, snapshots: [snapshotOf({ a: [['orders', 0, 12]] })] })).rejects.toThrow('is down')
  expect(cluster.commits).toEqual([])
})

test('a bucket that can only be read has the history in the folder of the report', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'history-'))
  try {
    const readOnly = store.client(call => {
      if (call === 'create') throw new CodedError('STORE_ACCESS_DENIED', 'Denied.')
    })
    const history = historyIn(bucketHistory(readOnly, 'lake/_restores/r/'), directoryHistory(join(folder, 'report')))
    await restore({ history, snapshots: [snapshotOf({ a: [['orders', 0, 12]] })] })
    const before = { topic: 'orders-2', partition: 0 }
    expect(await history.read()).toEqual([
      { schema: 1, kind: 'before', time: NOW, groups: [{ group: 'a', existed: false, positions: [before] }] },
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a dry run changes nothing, and leaves out the position of what is not on the target yet', async () => {
  const topics = [
    { topic: 'orders', target: 'orders' },
    { topic: 'payments', target: 'payments', topicId: ID.replaceAll('1', '2') },
  ]
  const recorded: Recorded = {
    a: [['orders', 0, 0]],
    b: [['orders', 0, 25]],
    c: [['payments', 0, 3]],
    d: [['other', 0, 3]],
  }
  const { groups } = await restore({ snapshots: [snapshotOf(recorded)], topics, dryRun: true })
  expect(groups).toMatchObject([
    { group: 'a', outcome: 'planned', positions: [{ offset: 100, recorded: 0 }] },
    { group: 'b', outcome: 'planned', positions: [{ offset: 110, recorded: 25 }] },
    { group: 'c', outcome: 'planned', positions: [{ offset: undefined, recorded: 3 }] },
  ])
  expect([cluster.commits, store.keys()]).toEqual([[], []])
})

test('a partition that had no records continues at its beginning, and one that isn’t restored stays as it is', async () => {
  const snapshots = [
    snapshotOf({
      a: [
        ['orders', 0, 12],
        ['orders', 1, 0],
      ],
    }),
  ]
  expect((await restore({ snapshots })).groups).toMatchObject([{ positions: [{ offset: 102 }, { offset: 0 }] }])
  cluster.positions.clear()
  const { groups } = await restore({ snapshots, partitions: [0] })
  expect(groups.map(({ positions }) => positions.map(({ partition }) => partition))).toEqual([[0]])
})

test('of several topics that go to one, the earliest position counts', async () => {
  const topics = ['orders', 'payments'].map(topic => ({ topic, target: 'all' }))
  const snapshots = [
    snapshotOf({
      a: [
        ['orders', 0, 17],
        ['payments', 0, 13],
      ],
    }),
  ]
  const { groups } = await restore({ snapshots, topics })
  expect(groups).toMatchObject([{ outcome: 'set', positions: [{ topic: 'all', offset: 103 }] }])
  expect(groups[0]?.message).toContain('records are in another order than on the source in all-0')
})

test('positions are within what the target still has', async () => {
  cluster.end = 104
  const { groups } = await restore({ snapshots: [snapshotOf({ a: [['orders', 0, 19]] })] })
  expect(groups).toMatchObject([{ outcome: 'set', positions: [{ offset: 104 }] }])
})

test('of two dumps of one cluster, the newer snapshot says where a group was', async () => {
  const older = snapshotOf({ a: [['orders', 0, 11]], b: [['orders', 0, 12]] }, NOW - 60_000)
  const { groups } = await restore({ snapshots: [older, snapshotOf({ a: [['orders', 0, 15]] })] })
  expect(groups.map(({ positions }) => positions[0]?.recorded)).toEqual([15, 12])
})

test('groups are chosen by names and by patterns for whole names', async () => {
  const recorded = Object.fromEntries(
    ['shop-1', 'shop-2', 'billing'].map(name => [name, [['orders', 0, 12]]]),
  ) as Recorded
  const asked = { names: ['billing', '/shop-[1]/', '/shop/'] }
  const { groups, problems } = await restore({ snapshots: [snapshotOf(recorded)], asked })
  expect(groups.map(({ group }) => group)).toEqual(['billing', 'shop-1'])
  expect(problems).toMatchObject([{ code: 'RESTORE_GROUPS_UNRECORDED', message: expect.stringContaining('/shop/') }])
})
