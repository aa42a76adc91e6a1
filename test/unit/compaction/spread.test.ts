import type { Compaction } from '../../../lib/compaction/compaction.ts'
import { type CompactRequest, compactAndPass, parseCompactRequest } from '../../../lib/compaction/spread.ts'
import { readCompactSettings } from '../../../lib/config/compact.ts'
import { createObjectKeys } from '../../../lib/objects/key.ts'
import type { MetricName } from '../../../lib/observability/metrics.ts'
import { noTelemetry } from '../../../lib/observability/telemetry.ts'
import { stagedObject } from '../../../lib/staging/stage.ts'
import { awkwardRecord } from '../../support/awkward-records.ts'
import { MemoryStore } from '../../support/memory-store.ts'

const settings = readCompactSettings({ S3_BUCKET: 'lake', OBJECT_PREFIX: 'lake', ROTATE_FLUSH_SIZE: '2' })
const now = Date.UTC(2026, 0, 1)

/** A store in which each of these partitions has two staged batches of a record. */
async function stagedStore(partitions: number): Promise<MemoryStore> {
  const store = new MemoryStore(() => now)
  for (let partition = 0; partition < partitions; partition++) {
    for (const offset of [0, 1]) {
      const records = [{ ...awkwardRecord({ offset }), topic: 'orders', partition }]
      const range = { topic: 'orders', partition, firstOffset: offset, lastOffset: offset }
      const { key, body } = await stagedObject('lake', [{ range, records }], settings.format)
      await store.put({ key, body, contentType: 'application/octet-stream', metadata: {} })
    }
  }
  return store
}

function compactionOf(store: MemoryStore, counted: [MetricName, number][] = []): Compaction {
  const { format, keys, rotation, failure } = settings
  return {
    ...{ store, format, rotation, prefix: keys.prefix, keys: createObjectKeys(keys), policy: failure.policy },
    partSize: 5 * 1024 ** 2,
    now: () => now,
    logger: { info() {}, warn() {}, error() {} },
    telemetry: { ...noTelemetry, add: (name, value) => void counted.push([name, value]) },
  }
}

const enough = { deadline: now + 1000, end: now + 2000 }
const none = { deadline: now - 1, end: now + 2000 }

const objectsOf = (store: MemoryStore) => store.keys('lake/orders/')

test('a run makes an object of what is staged, and counts it', async () => {
  const store = await stagedStore(3)
  const counted: [MetricName, number][] = []
  const summary = await compactAndPass(compactionOf(store, counted), { link: 0 }, enough)
  expect(summary).toEqual({ units: 3, objects: 3, records: 6, bytes: expect.any(Number), quarantined: 0, left: 0 })
  expect(objectsOf(store)).toHaveLength(3)
  const sum = (name: MetricName) => counted.reduce((sum, [counted, value]) => (counted === name ? sum + value : sum), 0)
  expect(sum('StagedObjects')).toBe(6)
  expect(sum('OldestStagedAge')).toBe(0)
  expect(sum('ObjectsCommitted')).toBe(3)
  expect(sum('ClosedByRecords')).toBe(3)
  expect(sum('BytesCommitted')).toBe(summary.bytes)
})

test('what is left is passed on, each partition once, and the invocations do it', async () => {
  const store = await stagedStore(7)
  const passed: CompactRequest[] = []
  const pass = async (request: CompactRequest) => void passed.push(request)
  const summary = await compactAndPass(compactionOf(store), { link: 0 }, none, pass)
  expect(summary).toMatchObject({ objects: 0, left: 7 })
  expect(passed.map(({ link }) => link)).toEqual(Array.from(passed, () => 1))
  const units = passed.flatMap(({ units = [] }) => units)
  expect(units.map(({ partition }) => partition).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6])
  for (const request of passed) {
    expect(parseCompactRequest(JSON.parse(JSON.stringify(request)))).toEqual(request)
    await compactAndPass(compactionOf(store), request, enough, pass)
  }
  expect(objectsOf(store)).toHaveLength(7)
})

test('however many are left, there are few invocations, and two after each other at most', async () => {
  const store = await stagedStore(30)
  const passed: CompactRequest[] = []
  const pass = async (request: CompactRequest) => void passed.push(request)
  await compactAndPass(compactionOf(store), { link: 0 }, none, pass)
  expect(passed.length).toBeLessThanOrEqual(10)
  const [first] = passed.splice(0)
  await compactAndPass(compactionOf(store), first as CompactRequest, none, pass)
  expect(passed.every(({ link }) => link === 2)).toBe(true)
  const [second] = passed.splice(0)
  const { left } = await compactAndPass(compactionOf(store), second as CompactRequest, none, pass)
  expect([left, passed]).toEqual([1, []])
})

test('an invocation for some units doesn’t count what is staged: it has not looked', async () => {
  const counted: [MetricName, number][] = []
  const request = { units: [{ topic: 'orders', partition: 0 }], link: 1 }
  await compactAndPass(compactionOf(await stagedStore(1), counted), request, enough)
  expect(counted.map(([name]) => name)).not.toContain('StagedObjects')
})

test('one partition’s error fails the invocation, after the others are compacted', async () => {
  const store = await stagedStore(2)
  const [damaged = ''] = store.keys('lake/_staging/orders/0/')
  const { body = Buffer.alloc(0) } = store.objects.get(damaged) ?? {}
  await store.put({ key: damaged, body: Buffer.alloc(body.length), contentType: '', metadata: {} })
  const compaction = { ...compactionOf(store), policy: 'fail' as const }
  await expect(compactAndPass(compaction, { link: 0 }, enough)).rejects.toMatchObject({
    code: 'STAGED_OBJECT_DAMAGED',
    topic: 'orders',
    partition: 0,
  })
  expect(objectsOf(store)).toEqual([expect.stringContaining('partition=1')])
})

test.each([
  undefined,
  null,
  {},
  { source: 'aws.events' },
  { units: [], link: 1 },
  { units: [{ topic: 'a' }], link: 1 },
])('the event %j asks for everything', event => {
  expect(parseCompactRequest(event)).toEqual({ link: 0 })
})

test('objects whose records are old enough are deleted within a day, whenever that is', async () => {
  const store = await stagedStore(3)
  await compactAndPass(compactionOf(store), { link: 0 }, enough)
  expect(objectsOf(store)).toHaveLength(3)
  const day = 86_400_000
  for (let time = now + 4 * day; time < now + 5 * day; time += 60_000) {
    const compaction = { ...compactionOf(store), recordRetentionMs: day, now: () => time }
    await compactAndPass(compaction, { link: 0 }, { deadline: time + 1000, end: time + 2000 })
  }
  expect(objectsOf(store)).toEqual([])
})
