import { CodedError } from '../../../lib/error.ts'
import { awkwardRecord } from '../../support/awkward-records.ts'
import { FakeTarget } from '../../support/fake-target.ts'
import { memoryDump } from '../../support/memory-dump.ts'
import { type Asked, type RestoringOptions, restorationOf, restoreWith } from '../../support/restoring.ts'

const record = (offset: number, fields: object = {}) =>
  awkwardRecord({ topic: 'orders', partition: 0, offset, value: Buffer.from(`v${offset}`), ...fields })

const all = memoryDump([0, 1, 5].map(offset => record(offset)))

/** The same dump, of which no record is selected. */
const nothing = { ...all, async *read() {} }

/** A dump without gaps, of which objects have other records with the same offsets. */
const whole = memoryDump([0, 1].map(offset => record(offset)))
const mixed: typeof all = {
  ...whole,
  async *read(place, selection, options) {
    options.findings.conflicts += 2
    yield* whole.read(place, selection, options)
  },
}

/** A target whose topic `orders` has records of somebody else. */
function fullTarget(): FakeTarget {
  const target = new FakeTarget()
  target.create('orders', 3)
  target.append('orders', [record(0, { value: Buffer.from('precious') })])
  return target
}

async function restore(target: FakeTarget, options: RestoringOptions, asked: Asked = {}) {
  return await restoreWith(restorationOf(target.clients(), options), asked)
}

/** Deleting what is there for a restore that then has nothing, or not everything, loses it. */
describe('a topic to purge is left alone', () => {
  test.each<[string, typeof all, Asked, string]>([
    ['the restore is strict and offsets are missing', all, { strict: true }, 'RESTORE_OFFSETS_MISSING'],
    ['the restore is strict and records differ', mixed, { strict: true }, 'RESTORE_CONFLICTS'],
    ['no record is one of those that are selected', nothing, {}, 'RESTORE_NOTHING_FOUND'],
    ['the dump has no such topic', all, { selection: { topics: ['orders', 'orderz'] } }, 'RESTORE_NOTHING_FOUND'],
    ['the restore is ended meanwhile', all, { strict: true, signal: AbortSignal.abort() }, 'OUT_OF_TIME'],
  ])('when %s', async (_, dumped, asked, code) => {
    const target = fullTarget()
    await expect(restore(target, { dumped }, { purge: ['orders'], ...asked })).rejects.toMatchObject({ code })
    expect(target.changes).toEqual([])
  })

  test('when the cluster would not create it again', async () => {
    const target = fullTarget()
    target.refusal = new CodedError('KAFKA_REJECTED', 'INVALID_REPLICATION_FACTOR')
    await expect(restore(target, { dumped: all }, { purge: ['orders'] })).rejects.toThrow('REPLICATION_FACTOR')
    expect(target.changes).toEqual([])
  })

  test('when the brokers don’t tell it from the one that replaces it, and the map says that all is there', async () => {
    const target = new FakeTarget()
    target.onlyId = '00000000-0000-0000-0000-000000000000'
    await restore(target, { dumped: all })
    const again = restore(target, { dumped: all }, { purge: ['orders'] })
    await expect(again).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('another id'),
    })
    expect(target.values('orders')).toEqual([['v0', 'v1', 'v5']])
  })
})

test('a topic that is purged has as many partitions as before, also when a part of it is restored', async () => {
  const target = fullTarget()
  await restore(target, { dumped: all }, { purge: ['orders'], selection: { partitions: [0] } })
  expect(target.changes).toEqual(['delete orders', 'create orders of 3'])
  expect(target.values('orders')).toEqual([['v0', 'v1', 'v5'], [], []])
})

/** Each key has one partition only if all topics reckon with the same number of them. */
test('a topic for several is created with the partitions that the largest of them has', async () => {
  const target = new FakeTarget()
  const dumped = memoryDump([record(0), record(0, { topic: 'payments' })])
  const routing = { partitioner: 'key', policy: { remoteTopic: () => 'all' } as never } as const
  const recorded = { orders: { partitions: 2 }, payments: { partitions: 6 } }
  const report = await restore(target, { dumped, routing, recorded })
  expect(target.changes).toEqual(['create all of 6'])
  expect(report.topics.map(({ partitions }) => partitions)).toEqual([6, 6])
})

test('a selection that turns out to have no record is no success', async () => {
  const problems = [{ code: 'RESTORE_NOTHING_FOUND', message: expect.stringContaining('No record') }]
  const planned = await restore(new FakeTarget(), { dumped: nothing }, { dryRun: true })
  expect(planned).toMatchObject({ outcome: 'planned', problems })
  expect(await restore(new FakeTarget(), { dumped: nothing })).toMatchObject({ outcome: 'failed', problems })
})

test('two different records with one offset are a problem, as of a topic that was made again', async () => {
  const report = await restore(new FakeTarget(), { dumped: mixed })
  expect(report).toMatchObject({ outcome: 'restored', problems: [{ code: 'RESTORE_CONFLICTS', partition: 0 }] })
})

describe('a restore that continues', () => {
  test('is refused where its records were deleted from the target, as it would leave them out', async () => {
    const target = new FakeTarget()
    await restore(target, { dumped: all })
    const { start } = target.topics.get('orders') ?? { start: 0 }
    Object.assign(target.topics.get('orders') ?? {}, { start: start + 3 })
    const refusal = { code: 'RESTORE_TARGET_LACKS_RECORDS', message: expect.stringContaining('retention') }
    await expect(restore(target, { dumped: all })).rejects.toMatchObject(refusal)
    expect(await restore(target, { dumped: all }, { dryRun: true })).toMatchObject({ problems: [refusal] })
    const purged = await restore(target, { dumped: all }, { purge: ['orders'] })
    expect(purged).toMatchObject({ outcome: 'restored', topics: [{ places: [{ produced: 3, present: 0 }] }] })
  })

  test('is refused where records would come behind later ones of their partition', async () => {
    const target = new FakeTarget()
    await restore(target, { dumped: memoryDump([record(5)]) })
    const problems = [{ code: 'RESTORE_OUT_OF_ORDER', topic: 'orders', partition: 0, offset: 0 }]
    expect(await restore(target, { dumped: all })).toMatchObject({ outcome: 'failed', problems })
    expect(target.values('orders')).toEqual([['v5']])
    expect(await restore(target, { dumped: all }, { append: true })).toMatchObject({ outcome: 'restored' })
    expect(target.values('orders')).toEqual([['v5', 'v0', 'v1']])
  })
})
