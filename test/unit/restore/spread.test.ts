import { slowRun } from '../../support/restore-run.ts'

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
