import fc from 'fast-check'
import { batchingOf } from '../../../lib/cost/batching.ts'
import { cheapestOf, waysOf } from '../../../lib/cost/comparison.ts'
import { CONNECT_UTILISATION, connectUnits, sinkCpuSecondsPerMb } from '../../../lib/cost/connect-units.ts'
import { monthlyUsage, type Workload } from '../../../lib/cost/estimate.ts'
import { pollersFor, pollerUnits } from '../../../lib/cost/poller-units.ts'
import { pricedRegions, regionPrices } from '../../../lib/cost/prices.ts'
import type { ObjectForm } from '../../../lib/formats/index.ts'

const SECONDS_OF_MONTH = 730 * 3600

const workload: Workload = {
  kind: 'dump',
  format: 'json',
  compression: 'gzip',
  bytesPerSecond: 1.2e6,
  recordBytes: 400,
  partitions: 12,
  batchSize: 10_000,
  windowSeconds: 60,
  memoryMb: 1024,
  rotates: false,
}

test('a quiet partition has a batch for each window', () => {
  const { records, perSecond, limit } = batchingOf({ ...workload, bytesPerSecond: 400 * 12 })
  expect({ records, perSecond, limit }).toEqual({ records: 60, perSecond: 12 / 60, limit: 'window' })
})

test('a window without a second record has a batch for each record', () => {
  const { records, perSecond } = batchingOf({ ...workload, bytesPerSecond: 0.4 })
  expect(records).toBe(1)
  expect(perSecond).toBeCloseTo(0.001)
})

test('a busy partition’s batches are closed by their size, and by the 6 MB of an event when records are large', () => {
  expect(batchingOf({ ...workload, bytesPerSecond: 12e6, batchSize: 1_000 })).toMatchObject({
    records: 1_000,
    limit: 'size',
  })
  const large = batchingOf({ ...workload, bytesPerSecond: 12e6, recordBytes: 10_000 })
  expect(large.limit).toBe('event')
  // docs/questions.md: about 4.4 MB of keys and values.
  expect(large.records * 10_000).toBeGreaterThan(4.3e6)
  expect(large.records * 10_000).toBeLessThan(4.8e6)
})

test('batches have all records of a month, however they are cut', () => {
  const load = fc.record({
    bytesPerSecond: fc.double({ min: 1, max: 1e9, noNaN: true }),
    recordBytes: fc.integer({ min: 1, max: 1_000_000 }),
    partitions: fc.integer({ min: 1, max: 1_000 }),
    batchSize: fc.integer({ min: 1, max: 10_000 }),
    windowSeconds: fc.integer({ min: 0, max: 300 }),
  })
  fc.assert(
    fc.property(load, asked => {
      const { records, perSecond } = batchingOf(asked)
      expect(records).toBeLessThanOrEqual(asked.batchSize)
      expect(records * perSecond).toBeCloseTo(asked.bytesPerSecond / asked.recordBytes, 3)
    }),
  )
})

test('without rotation, each batch is an invocation and an object', () => {
  const { invocations, objects, requests } = monthlyUsage(workload)
  expect(objects).toBe(invocations)
  expect(requests).toEqual({ put: invocations, list: 0, get: 0, delete: 0 })
})

test('with rotation, a topic-partition has an object an hour, and a batch is read once more', () => {
  const staged = monthlyUsage({ ...workload, rotates: true })
  const plain = monthlyUsage(workload)
  expect(staged.objects).toBe(12 * 730)
  expect(staged.requests.get).toBeGreaterThan(plain.invocations)
  expect(staged.gbSeconds).toBeGreaterThan(plain.gbSeconds)
  expect(staged.storedGb).toBe(plain.storedGb)
})

test('a replication has no objects', () => {
  const { objects, storedGb, requests } = monthlyUsage({ ...workload, kind: 'replicate' })
  expect({ objects, storedGb, puts: requests.put }).toEqual({ objects: 0, storedGb: 0, puts: 0 })
})

test('each format and compression takes the time and the storage that were measured of it', () => {
  const used = (form: ObjectForm) => monthlyUsage({ ...workload, ...form })
  const [gzip, zstd] = [used({ format: 'json', compression: 'gzip' }), used({ format: 'json', compression: 'zstd' })]
  expect(gzip.gbSeconds).toBeGreaterThan(zstd.gbSeconds)
  const plain = used({ format: 'parquet', compression: 'none' })
  expect(plain.storedGb).toBeGreaterThan(4 * used({ format: 'parquet', compression: 'zstd' }).storedGb)
})

test('twice the rate of full batches costs twice as much time', () => {
  const busy = { ...workload, bytesPerSecond: 24e6 }
  const twice = { ...busy, bytesPerSecond: 48e6 }
  expect(monthlyUsage(twice).gbSeconds / monthlyUsage(busy).gbSeconds).toBeCloseTo(2)
})

test('a month of a rate has its bytes', () => {
  expect(monthlyUsage(workload).tb).toBeCloseTo((1.2e6 * SECONDS_OF_MONTH) / 1e12)
})

test('a poller carries 5 MB/s, and a billed unit 20 MB/s or ten pollers', () => {
  expect([1e6, 5e6, 5.1e6, 100e6].map(pollersFor)).toEqual([1, 1, 2, 20])
  expect([1e6, 20e6, 21e6, 100e6].map(rate => pollerUnits(rate))).toEqual([1, 1, 2, 5])
  expect(pollerUnits(1e6, { count: 1, minimumPollers: 11, group: null })).toBe(2)
})

test('the units of a poller group are those of all that are in it, once', () => {
  const units = (otherPollers: number) => pollerUnits(1e6, { count: 3, minimumPollers: 2, group: { otherPollers } })
  expect([0, 4, 5].map(units)).toEqual([1, 1, 2])
})

test('MSK Connect has an MCU at least, and one for each virtual CPU that its sink takes', () => {
  const capacity = (CONNECT_UTILISATION / sinkCpuSecondsPerMb) * 1e6
  expect([1, capacity, capacity + 1, 5 * capacity].map(connectUnits)).toEqual([1, 1, 2, 5])
})

test('the cheapest way is one of those with a known price, of which there have to be two', () => {
  const way = { way: 'on demand', dollars: 9, pollerUnits: 0, connectUnits: 0 } as const
  const unknown = { ...way, way: 'Data Firehose', dollars: null } as const
  expect(cheapestOf([way, unknown])).toBeUndefined()
  expect(cheapestOf([way, unknown, { ...way, way: 'MSK Connect', dollars: 8 }])).toBe('MSK Connect')
})

test.each(pricedRegions)('of %s, a way is compared only with prices that are known', region => {
  const prices = regionPrices[region]
  const ways = waysOf(workload, monthlyUsage(workload), prices)
  const dollars = Object.fromEntries(ways.map(({ way, dollars }) => [way, dollars]))
  expect(dollars.provisioned === null).toBe(prices.pollerUnitHour === null)
  expect(dollars['Data Firehose'] === null).toBe(prices.firehoseGb === null)
  expect(dollars['MSK Connect'] === null).toBe(prices.connectUnitHour === null)
  // On demand is always known; alone, it is cheaper than nothing.
  const known = Object.values(dollars).filter(dollars => dollars !== null)
  expect(cheapestOf(ways)).toBe(known.length > 1 ? 'on demand' : undefined)
})
