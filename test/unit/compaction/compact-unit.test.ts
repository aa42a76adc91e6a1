import { type PathFormat, parsePathFormat } from '../../../lib/objects/time-path.ts'
import { form, from, records, START, StagedTopic } from '../../support/staged-topic.ts'

const valuesOf = (offsets: readonly number[], partition = 0) => offsets.map(offset => `${partition}.${offset}`)
const all = { flushSize: 1 }

describe('staged batches become objects', () => {
  test('when there are enough records, and the rest waits', async () => {
    const topic = new StagedTopic()
    for (const first of [0, 10, 20]) await topic.stage(records(from(first, first + 9)))
    const report = await topic.compact({ flushSize: 20 })
    expect(topic.visible).toEqual(['orders/partition=0/orders+0+0000000000-0000000019.jsonl.gz'])
    expect(await topic.values()).toEqual(valuesOf(from(0, 19)))
    expect(report).toMatchObject({ records: 20, deleted: 2, remaining: 1, oldestStaged: START, unfinished: false })
    expect(topic.metadata(topic.visible[0] as string)).toMatchObject({
      ...{ plan: '0', 'first-offset': '0', 'last-offset': '19', 'record-count': '20', 'closed-by': 'flushSize' },
    })
    await topic.stage(records(from(30, 39)))
    await topic.compact({ flushSize: 20 })
    expect(await topic.values()).toEqual(valuesOf(from(0, 39)))
    expect(topic.folder('_staging')).toEqual([])
  })

  test('when the hour by the clock is over, even if nothing came since', async () => {
    const topic = new StagedTopic()
    const hourly = { rotateScheduleIntervalMs: 3_600_000 }
    await topic.stage(records(from(0, 4)))
    expect(await topic.compact(hourly)).toMatchObject({ records: 0, remaining: 1 })
    topic.now = Date.UTC(2026, 2, 1, 11)
    await topic.stage(records(from(5, 9)))
    await topic.compact(hourly)
    expect(await topic.values()).toEqual(valuesOf(from(0, 4)))
    topic.now += 3_600_000
    await topic.compact(hourly)
    expect(topic.visible).toHaveLength(2)
    expect(await topic.values()).toEqual(valuesOf(from(0, 9)))
  })

  test('at once, when rotation was taken away', async () => {
    const topic = new StagedTopic()
    for (const first of [0, 10]) await topic.stage(records(from(first, first + 9)))
    const report = await topic.compact()
    expect(report.outputs.map(({ reason }) => reason)).toEqual(['all'])
    expect(await topic.values()).toEqual(valuesOf(from(0, 19)))
  })

  test('of each folder, while the frames of other folders wait', async () => {
    const format = parsePathFormat('yyyy/MM/dd/HH') as PathFormat
    const topic = new StagedTopic({ partitioner: { name: 'time', format, timeZone: 'UTC' } })
    await topic.stage(records(from(0, 3)))
    // From offset 1800 on, it is ten o'clock by the records.
    await topic.stage(records(from(1796, 1801)))
    await topic.compact({ flushSize: 8 })
    expect(await topic.values()).toEqual(valuesOf([...from(0, 3), ...from(1796, 1799)]))
    expect(topic.folder('_staging')).toHaveLength(1)
    await topic.stage(records(from(1802, 1807)))
    await topic.compact({ flushSize: 8 })
    expect(topic.visible).toEqual([
      'orders/2026/03/01/09/orders+0+0000000000-0000001799.jsonl.gz',
      'orders/2026/03/01/10/orders+0+0000001800-0000001807.jsonl.gz',
    ])
    expect(topic.folder('_staging')).toEqual([])
  })

  test('of all partitions together, with the entry in the name', async () => {
    const topic = new StagedTopic()
    for (const partition of [0, 1, 2]) await topic.stage(records(from(0, 4), partition))
    await topic.compact({ flushSize: 15, across: 'topic' })
    expect(topic.visible).toEqual(['orders/orders+all+0000000000-0000000000.jsonl.gz'])
    expect(await topic.values()).toEqual([0, 1, 2].flatMap(partition => valuesOf(from(0, 4), partition)))
  })

  test('of each form separately, when the settings of the format change', async () => {
    const topic = new StagedTopic()
    await topic.stage(records(from(0, 4)))
    await topic.stage(records(from(5, 9)), { ...form, format: 'avro' })
    await topic.compact({ flushSize: 100 })
    expect(topic.visible).toEqual(['orders/partition=0/orders+0+0000000000-0000000004.jsonl.gz'])
    await topic.compact()
    expect(topic.visible[1]).toBe('orders/partition=0/orders+0+0000000005-0000000009.avro')
    expect(await topic.values()).toEqual(valuesOf(from(0, 9)))
  })
})

// Runs begin each minute and may last five: each one would write the objects of the one before again.
test('a plan that another worker made a moment ago is left to it, and finished if it isn’t', async () => {
  const topic = new StagedTopic()
  await topic.stage(records(from(0, 9)))
  const store = topic.store.client(call => {
    if (call === 'close') throw new Error('the worker ends')
  })
  await expect(topic.compact(all, { store })).rejects.toThrow('the worker ends')
  const patient = { leaveToOthersMs: 300_000 }
  expect(await topic.compact(all, {}, patient)).toMatchObject({ records: 0, unfinished: false })
  topic.now += patient.leaveToOthersMs
  await topic.compact(all, {}, patient)
  expect(await topic.values()).toEqual(valuesOf(from(0, 9)))
})

describe('each record is there once', () => {
  test('when a batch comes again, before or after it is committed', async () => {
    const topic = new StagedTopic()
    await topic.stage(records(from(0, 9)))
    await topic.compact(all)
    await topic.stage(records(from(0, 9)))
    expect(await topic.compact(all)).toMatchObject({ records: 0, deleted: 1, quarantined: 0 })
    expect(await topic.values()).toEqual(valuesOf(from(0, 9)))
  })

  test.each(['jsonl', 'json', 'avro', 'parquet', 'raw'] as const)('when batches of %s are cut anew', async format => {
    const topic = new StagedTopic()
    const settings = { ...form, format, compression: format === 'parquet' ? ('zstd' as const) : form.compression }
    await topic.stage(records(from(0, 9)), settings)
    await topic.compact(all)
    await topic.stage(records(from(5, 14)), settings)
    await topic.stage(records(from(2, 4)), settings)
    const report = await topic.compact(all)
    expect(report).toMatchObject({ records: 5, quarantined: 0, remaining: 0 })
    const offsets = report.outputs.map(({ firstOffset, lastOffset }) => [firstOffset, lastOffset])
    expect(offsets).toEqual([[10, 14]])
    if (format !== 'raw') expect(await topic.values()).toEqual(valuesOf(from(0, 14)))
  })

  test('when records come late into a gap', async () => {
    const topic = new StagedTopic()
    await topic.stage(records([0, 1, 2, 6, 7]))
    await topic.compact(all)
    await topic.stage(records([3, 4]))
    await topic.stage(records([5]))
    await topic.compact(all)
    expect(await topic.values()).toEqual(valuesOf(from(0, 7)))
  })

  test('when staged batches overlap: the second waits until the first is committed', async () => {
    const topic = new StagedTopic()
    await topic.stage(records(from(0, 9)))
    await topic.stage(records(from(5, 14)))
    await topic.compact(all)
    expect(await topic.values()).toEqual(valuesOf(from(0, 14)))
    expect(topic.folder('_staging')).toEqual([])
  })

  test('when an earlier dump without rotation has written some of them', async () => {
    const topic = new StagedTopic()
    const earlier = await topic.dump(records(from(0, 9)))
    await topic.stage(records(from(0, 9)))
    await topic.stage(records(from(8, 14)))
    const report = await topic.compact(all)
    expect(report).toMatchObject({ records: 5, deleted: 2, quarantined: 0 })
    expect(await topic.values()).toEqual(valuesOf(from(0, 14)))
    expect(earlier.every(key => topic.store.objects.has(key))).toBe(true)
  })

  // The earlier object is adopted meanwhile: another worker doesn't find it any more, and takes the batch.
  test('when two workers see different objects of an earlier dump, as they are being adopted', async () => {
    const topic = new StagedTopic()
    const [earlier = ''] = await topic.dump(records(from(0, 9)))
    const key = await topic.stage(records(from(0, 4)))
    const store = topic.store.client(async (call, at) => {
      if (call !== 'create' || !at.endsWith('.plan.json.gz') || !topic.store.objects.delete(earlier)) return
      await topic.compact(all)
    })
    await topic.compact(all, { store, policy: 'fail' })
    expect(await topic.values()).toEqual(valuesOf(from(0, 4)))
    expect(topic.store.objects.has(key)).toBe(false)
    expect(topic.folder('_quarantine')).toEqual([])
  })

  // A group that was set back delivers a topic again, in batches that are cut anew.
  test('when a whole topic comes again: objects are read once, not for each batch', async () => {
    const topic = new StagedTopic()
    await topic.dump(records(from(0, 99)))
    for (let first = 100; first < 400; first += 10) await topic.stage(records(from(first, first + 9)))
    await topic.compact({ flushSize: 100 })
    for (let first = 0; first < 400; first += 7) await topic.stage(records(from(first, Math.min(first + 6, 399))))
    const calls: string[] = []
    const store = topic.store.client((call, key) => void calls.push(`${call} ${key}`))
    expect(await topic.compact({ flushSize: 100 }, { store })).toMatchObject({
      quarantined: 0,
      deleted: 58,
      remaining: 0,
    })
    expect(await topic.values()).toEqual(valuesOf(from(0, 399)))
    const reads = calls.filter(call => call.startsWith('stream lake/orders/'))
    // Once each, and once more where a batch has records of two objects.
    expect(reads.length).toBeLessThanOrEqual(2 * topic.visible.length)
    expect(calls.filter(call => call === 'list lake/orders/')).toHaveLength(1)
  })

  test('when the worker’s clock is years behind or ahead', async () => {
    const topic = new StagedTopic()
    for (const [nth, skew] of [0, -1e11, 1e11, -1e11].entries()) {
      await topic.stage(records(from(nth * 5, nth * 5 + 6)))
      await topic.compact({ rotateScheduleIntervalMs: 3_600_000 }, { now: () => topic.now + skew })
      topic.now += 60_000
    }
    await topic.compact()
    expect(await topic.values()).toEqual(valuesOf(from(0, 21)))
  })
})

describe('a topic that was created again', () => {
  test('has its records put aside where they differ from those that are there', async () => {
    const topic = new StagedTopic()
    await topic.stage(records(from(0, 9)))
    await topic.compact(all)
    await topic.stage(records(from(0, 4), 0, 'anew '))
    const report = await topic.compact(all)
    expect(report).toMatchObject({ quarantined: 1, deleted: 0, records: 0 })
    expect(topic.folder('_quarantine')).toHaveLength(1)
    expect(await topic.values()).toEqual(valuesOf(from(0, 9)))
    expect(topic.lines.some(({ message }) => message === 'Staged object put into quarantine')).toBe(true)
  })

  test('has a batch put aside as a whole when only a part of it is there', async () => {
    const topic = new StagedTopic()
    await topic.stage(records(from(0, 9)))
    await topic.compact(all)
    await topic.stage(records(from(8, 14), 0, 'anew '))
    expect(await topic.compact(all)).toMatchObject({ quarantined: 1, records: 0 })
  })
})

describe('only the newest record of each key', () => {
  const latest = { keepLatest: { tombstones: 'keep' as const } }

  test('is kept, and batches that come again change nothing', async () => {
    const topic = new StagedTopic()
    await topic.stage(records(from(0, 9)))
    await topic.compact(all, latest)
    expect(await topic.values()).toEqual(valuesOf([7, 8, 9]))
    await topic.stage(records(from(10, 11)))
    await topic.compact(all, latest)
    await topic.stage(records(from(4, 11)))
    expect(await topic.compact(all, latest)).toMatchObject({ quarantined: 0, remaining: 0 })
    expect(await topic.values()).toEqual(valuesOf([9, 10, 11]))
  })

  test('is kept when an earlier dump left objects: what they have isn’t taken again', async () => {
    const topic = new StagedTopic()
    await topic.dump(records(from(0, 4)))
    await topic.stage(records(from(3, 9)))
    expect(await topic.compact(all, latest)).toMatchObject({ quarantined: 0, remaining: 0 })
    expect(await topic.values()).toEqual(valuesOf([...from(0, 4), 7, 8, 9]))
  })

  test('isn’t replaced by an older one of a topic that was created again: that is put aside', async () => {
    const topic = new StagedTopic()
    await topic.stage(records(from(0, 9)))
    await topic.compact(all, latest)
    const anew = records(from(0, 2), 0, 'anew ').map(record => ({ ...record, timestamp: START + 86_400_000 }))
    await topic.stage(anew)
    expect(await topic.compact(all, latest)).toMatchObject({ quarantined: 1 })
  })
})
