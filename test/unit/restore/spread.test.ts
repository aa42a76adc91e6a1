import { CodedError } from '../../../lib/error.ts'
import { identityPolicy } from '../../../lib/replication/naming/policy.ts'
import { checkComplete, type ReadPosition } from '../../../lib/restore/completeness.ts'
import { createRunFolder } from '../../../lib/restore/run-folder.ts'
import { MemoryStore } from '../../support/memory-store.ts'
import { type SlowDump, slowDump, slowRun } from '../../support/restore-run.ts'

/** The function's invocations, each of which has only so much time. */
describe('a run of several invocations', () => {
  test('gets to records that are selected after more reading than one invocation has time for', async () => {
    const { restore, produced } = slowRun({ partitions: [100], offsetsPerLink: 20 })
    const { links, report } = await restore()
    expect(report).toMatchObject({ outcome: 'restored', problems: [], topics: [{ places: [{ produced: 10 }] }] })
    expect(links).toBeGreaterThan(4)
    expect(produced(0)).toBe(10)
  })

  test('reads in a dry run for as many invocations as it takes', async () => {
    const { restore, store } = slowRun({ partitions: [100], offsetsPerLink: 20 }, { dryRun: true })
    const { report } = await restore()
    expect(report).toMatchObject({ outcome: 'planned', problems: [], topics: [{ places: [{ records: 10 }] }] })
    expect(store.keys('runs/run/places/').length).toBeGreaterThan(4)
  })

  test('gives up what it gets nowhere with, and nothing else', async () => {
    const partitions = Array.from({ length: 12 }, () => 10)
    const { restore, produced } = slowRun({ partitions, offsetsPerLink: 1_000, stuck: [0, 1, 2, 3] })
    const { report } = await restore()
    expect(report.outcome).toBe('failed')
    expect(report.problems.map(({ code, partition }) => [code, partition])).toEqual(
      [0, 1, 2, 3].map(partition => ['OUT_OF_TIME', partition]),
    )
    expect(partitions.map((_, partition) => produced(partition))).toEqual([...Array(4).fill(0), ...Array(8).fill(10)])
  })

  test('ends when no invocation has time to begin', async () => {
    const { restore } = slowRun({ partitions: [10, 10], offsetsPerLink: 0 })
    const { links, report } = await restore()
    expect(report.problems).toMatchObject([{ code: 'OUT_OF_TIME' }, { code: 'OUT_OF_TIME' }])
    expect(links).toBeLessThan(5)
  })

  test('tells a missing offset once, though the reading before the end of an invocation has found it already', async () => {
    const missing = [18, 19, 20, 21, 39, 40, 95]
    const { restore } = slowRun({ partitions: [100], offsetsPerLink: 20, missing })
    const { report } = await restore()
    const [place] = report.topics[0]?.places ?? []
    expect(place?.missing.map(([first]) => first)).toEqual(missing)
    expect(place).toMatchObject({ missingOffsets: missing.length, records: 9, produced: 9 })
  })
})

const identity = { sourceAlias: 'restore', policy: identityPolicy, addSourceHeader: false }

test('invocations that are repeated tell of each record once', async () => {
  const { restore, produced } = slowRun({ partitions: [60, 90], offsetsPerLink: 40 })
  const { report } = await restore(2)
  expect(report.topics[0]?.places.map(({ records, present }) => [records, present])).toEqual([
    [10, 0],
    [10, 0],
  ])
  expect([produced(0), produced(1)]).toEqual([10, 10])
})

describe('groups that can’t be set', () => {
  const groups = { strategy: 'recorded', only: false, undo: false } as const
  const restore = async () => {
    throw new CodedError('STORE_ACCESS_DENIED', 'Access denied to _restores.')
  }

  test('don’t take the report of the restored records with them', async () => {
    const changes = { groups: { restore, undo: restore } }
    const { restore: run, produced } = slowRun({ partitions: [10], offsetsPerLink: 100 }, { groups }, changes)
    const { report } = await run()
    expect(report).toMatchObject({
      outcome: 'failed',
      topics: [{ places: [{ produced: 10 }] }],
      problems: [{ code: 'STORE_ACCESS_DENIED', message: expect.stringContaining('with groups only sets the groups') }],
    })
    expect(produced(0)).toBe(10)
  })

  test('are refused before anything is produced, where that is known', async () => {
    const changes = { groups: { restore, undo: restore }, routing: { ...identity, partitioner: 'key' as const } }
    const { restore: run, produced } = slowRun({ partitions: [10], offsetsPerLink: 100 }, { groups }, changes)
    await expect(run()).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    expect(produced(0)).toBe(0)
  })
})

describe('a strict restore', () => {
  const request = { selection: {}, skipCorrupt: false }

  /** Reads with one invocation after the other, each with its own time. */
  async function check(dump: SlowDump): Promise<number> {
    let from: ReadPosition | undefined
    for (let links = 1; links < 100; links += 1) {
      const over = new AbortController()
      const dumped = slowDump(dump, over)
      const places = await Array.fromAsync(dumped.partitions({}))
      const time = { deadline: Number.POSITIVE_INFINITY, signal: over.signal }
      from = await checkComplete({ dumped }, request, places, from, time)
      if (!from) return links
    }
    throw new Error('The dump was not read to its end.')
  }

  test('has its dump read by as many invocations as it takes, each offset once', async () => {
    expect(await check({ partitions: [100, 50, 30], offsetsPerLink: 20 })).toBe(9)
  })

  test('is refused at the first offset that is missing, whichever invocation finds it', async () => {
    const refused = check({ partitions: [10, 100], offsetsPerLink: 20, missing: [70] })
    await expect(refused).rejects.toMatchObject({ code: 'RESTORE_OFFSETS_MISSING', partition: 1, offset: 70 })
  })
})

test('the attempts of one invocation are counted apart from those of others', async () => {
  const folder = createRunFolder(new MemoryStore(Date.now), 'run/')
  const error = new CodedError('STORE_UNAVAILABLE', 'away')
  const counts = []
  for (const name of ['a', 'a', 'b', 'a']) counts.push(await folder.countFailure(name, error))
  expect(counts).toEqual([1, 2, 1, 3])
})
