import { CodedError } from '../../../lib/error.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { batchOf, pathRecord, range, TimedDump } from '../../support/timed-dump.ts'
import { TimedStore, unavailable } from '../../support/timed-store.ts'

beforeAll(() => TimedDump.load())

/** A batch of one record for each of the paths. */
const paths = (count: number): KafkaRecord[] => range(0, count).map(offset => pathRecord(offset, `p${offset}`))

const answering = (afterMs: number) => new TimedStore(() => ({ afterMs }))

/** Whether each object was stored, and stored once. */
const eachOnce = (store: TimedStore, objects: number) =>
  expect([store.stored.size, [...new Set(store.stored.values())], store.requests]).toEqual([objects, [1], objects])

describe('where there is time, everything is written, each object once', () => {
  // An attempt was cut after half of the time and began again from the first object: 713 requests for 137 of 176 objects.
  // https://github.com/confluentinc/kafka-connect-storage-cloud/issues/345
  test('176 paths in 10 seconds, 200 ms each', async () => {
    const store = answering(200)
    const dump = new TimedDump(store, 'fail')
    await expect(dump.invoke([batchOf(paths(176))], 10_000)).resolves.toMatchObject({ error: undefined })
    eachOnce(store, 176)
  })

  test('400 objects in 30 seconds under policy log', async () => {
    const store = answering(500)
    const dump = new TimedDump(store, 'log')
    await expect(dump.invoke([batchOf(paths(400))], 30_000)).resolves.toMatchObject({ error: undefined })
    eachOnce(store, 400)
    expect(dump.lines.filter(({ level }) => level !== 'info')).toEqual([])
  })

  // A request of 8.5 seconds was given up after 7, although 13 were left, and its records were committed.
  test.each([
    ['log', false],
    ['log', true],
    ['fail', false],
  ] as const)('one object of 8.5 seconds in 20 (policy %s, dead letter %s)', async (policy, hasSink) => {
    const store = answering(8_500)
    const dump = new TimedDump(store, policy, { hasSink })
    await expect(dump.invoke([batchOf(paths(1))], 20_000)).resolves.toMatchObject({ error: undefined })
    eachOnce(store, 1)
    expect(dump.dead).toEqual([])
  })

  test('1,000 partitions in 15 seconds, 100 ms each', async () => {
    const store = answering(100)
    const dump = new TimedDump(store, 'log')
    const batches = range(0, 1_000).map(partition => batchOf([pathRecord(0, 'p', { topic: 'orders', partition })]))
    await expect(dump.invoke(batches, 15_000)).resolves.toMatchObject({ error: undefined })
    eachOnce(store, 1_000)
  })
})

const OUT_OF_TIME = { code: 'OUT_OF_TIME', retryable: true }

describe('where there isn’t, the invocation fails and its batches are delivered again', () => {
  // Records were committed without a single request.
  test.each(['log', 'fail'] as const)('no time at all: nothing is sent (policy %s)', async policy => {
    const store = answering(1)
    const dump = new TimedDump(store, policy, { hasSink: true })
    const abnormal = [{ record: pathRecord(3, 'p'), error: unavailable, position: 3 }]
    const { error } = await dump.invoke([{ ...batchOf(paths(3)), abnormal }], 0)
    expect(error).toMatchObject({ ...OUT_OF_TIME, message: expect.stringContaining('0 of 4 records') })
    expect([store.requests, dump.dead]).toEqual([0, []])
  })

  test.each([
    ['log', true],
    ['log', false],
    ['fail', false],
  ] as const)('each continues where the last one stopped (policy %s, dead letter %s)', async (policy, hasSink) => {
    const store = answering(990)
    const dump = new TimedDump(store, policy, { hasSink })
    const written = [0]
    for (let error: unknown = true; error; written.push(store.stored.size)) {
      error = (await dump.invoke([batchOf(paths(300))], 10_000)).error
      if (error) expect(error).toMatchObject(OUT_OF_TIME)
    }
    // Eight at a time for eight or nine seconds.
    const step = hasSink ? 64 : 72
    expect(written).toEqual([...range(0, Math.ceil(300 / step)).map(turn => turn * step), 300])
    expect(new Set(store.stored.values())).toEqual(new Set([1]))
    expect(dump.dead).toEqual([])
  })

  // The instance remembered 2,000 of them, and each invocation wrote what the one before the last had written.
  test('so an event of 5,000 partitions is finished, although there is time for fewer than half of them', async () => {
    const store = answering(100)
    const dump = new TimedDump(store, 'log')
    const batches = () =>
      range(0, 5_000).map(partition => batchOf([pathRecord(0, 'p', { topic: 'orders', partition })]))
    const errors = []
    for (let error: unknown = true; error; errors.push(error)) error = (await dump.invoke(batches(), 30_000)).error
    expect(errors).toHaveLength(3)
    expect([store.stored.size, new Set(store.stored.values())]).toEqual([5_000, new Set([1])])
  })

  test('what was written is only remembered for exactly the same records', async () => {
    const store = answering(1_000)
    const dump = new TimedDump(store, 'log')
    const records = paths(80)
    await dump.invoke([batchOf(records)], 10_000)
    const other = records.with(40, { ...(records[40] as KafkaRecord), value: Buffer.from('another') })
    await dump.invoke([batchOf(other)], 60_000)
    expect(store.stored.get([...store.stored.keys()][0] as string)).toBe(2)
    expect(store.requests).toBeGreaterThanOrEqual(72 + 80)
  })

  test('a new instance writes everything again, under the same keys', async () => {
    const store = answering(1_000)
    const dump = new TimedDump(store, 'log')
    await dump.invoke([batchOf(paths(80))], 10_000)
    dump.replace()
    await dump.invoke([batchOf(paths(80))], 60_000)
    expect([store.stored.size, new Set(store.stored.values())]).toEqual([80, new Set([1, 2])])
  })

  // Between two objects that are written, one isn't: a batch that begins there would have objects of other bounds.
  test('a response begins after what is written only if exactly the first records are', async () => {
    const failing = (path: string) =>
      new TimedStore(key => (key.includes(`path=${path}/`) ? { afterMs: 10, error: unavailable } : { afterMs: 10 }))
    const records = ['a', 'b', 'c'].map((path, offset) => pathRecord(offset, path))
    const offsetsOf = async (path: string) => {
      const { results } = await new TimedDump(failing(path), 'fail').invoke([batchOf(records)], 20_000)
      return results?.[0]?.failure?.offsets
    }
    expect(await offsetsOf('b')).toEqual([0, 1, 2])
    expect(await offsetsOf('c')).toEqual([2])
  })
})

describe('one object that can’t be written', () => {
  const differs = new CodedError('STORE_OBJECT_DIFFERS', 'another object has its key')
  const store = (error: CodedError) =>
    new TimedStore(key => (key.includes('path=p3/') ? { afterMs: 10, error } : { afterMs: 50 }))

  test.each([
    ['for good', differs],
    ['for now', unavailable],
  ])('%s: only its records are put aside, the others are written once', async (_, error) => {
    const slow = store(error)
    const dump = new TimedDump(slow, 'log', { hasSink: true })
    await expect(dump.invoke([batchOf(paths(40))], 20_000)).resolves.toMatchObject({ error: undefined })
    expect(dump.dead).toMatchObject([{ record: { offset: 3 }, error: { code: error.code, offset: 3 } }])
    expect([slow.stored.size, new Set(slow.stored.values())]).toEqual([39, new Set([1])])
    expect(dump.named('Records put aside')).toEqual(['0/3'])
  })

  test('under policy fail the partition stops, and the others of the batch are not written again', async () => {
    const slow = store(differs)
    const dump = new TimedDump(slow, 'fail')
    for (let turn = 0; turn < 3; turn++) {
      expect((await dump.invoke([batchOf(paths(40))], 20_000)).error).toMatchObject({ code: 'STORE_OBJECT_DIFFERS' })
    }
    expect([slow.stored.size, slow.requests]).toEqual([39, 39 + 3])
  })
})

describe('records are put aside only when they were really tried', () => {
  test('a store that never answers is tried until the stop', async () => {
    const store = new TimedStore(() => ({}))
    const dump = new TimedDump(store, 'log', { hasSink: true })
    const began = dump.time.now
    await expect(dump.invoke([batchOf(paths(8))], 20_000)).resolves.toMatchObject({ error: undefined })
    expect(dump.time.now - began).toBe(16_000)
    expect(dump.dead.map(({ record }) => record.offset)).toEqual(range(0, 8))
  })

  // Each path waits for its turn; the last ones were put aside without having been sent.
  test('but not those that waited for their turn: nothing of their batch is put aside', async () => {
    const store = new TimedStore(() => ({}))
    const dump = new TimedDump(store, 'log', { hasSink: true })
    expect((await dump.invoke([batchOf(paths(9))], 20_000)).error).toMatchObject(OUT_OF_TIME)
    expect(dump.dead).toEqual([])
    expect(dump.named('Partition stopped')).toEqual(range(0, 9).map(offset => `0/${offset}`))
  })

  test('nor those that were sent shortly before the stop', async () => {
    const store = new TimedStore(key => (key.includes('path=p8/') ? {} : { afterMs: 12_000 }))
    const dump = new TimedDump(store, 'log', { hasSink: true })
    expect((await dump.invoke([batchOf(paths(9))], 20_000)).error).toMatchObject(OUT_OF_TIME)
    expect([store.stored.size, dump.dead]).toEqual([8, []])
  })

  // The last one had five seconds without an answer; the store takes six and a half, and it was put aside.
  test('nor those of a slow store that answers within half of the time', async () => {
    const store = answering(6_500)
    const dump = new TimedDump(store, 'log')
    expect((await dump.invoke([batchOf(paths(24))], 20_000)).error).toMatchObject(OUT_OF_TIME)
    expect((await dump.invoke([batchOf(paths(24))], 20_000)).error).toBeUndefined()
    expect([store.stored.size, new Set(store.stored.values()), dump.named('Records left in Kafka')]).toEqual([
      24,
      new Set([1]),
      [],
    ])
  })
})

describe('what an invocation waits for is in its log', () => {
  // A batch that hung was silent for 50 seconds.
  test('after 5 seconds, then after twice the time, whatever the number of requests', async () => {
    const dump = new TimedDump(new TimedStore(() => ({})), 'fail')
    const batches = range(0, 1_000).map(partition => batchOf([pathRecord(0, 'p', { topic: 'orders', partition })]))
    await dump.invoke(batches, 60_000)
    const told = { level: 'warn', message: 'No answer yet', waitingFor: 'bucket lake', requests: 8 }
    expect(dump.lines.filter(({ level }) => level === 'warn')).toEqual([
      { ...told, longestMs: 5_000, remainingMs: 53_000 },
      { ...told, longestMs: 10_000, remainingMs: 48_000 },
      { ...told, longestMs: 20_000, remainingMs: 38_000 },
      { ...told, longestMs: 40_000, remainingMs: 18_000 },
    ])
  })

  test('nothing while each request is answered within 5 seconds, however long the batch takes', async () => {
    const dump = new TimedDump(answering(4_900), 'fail')
    await dump.invoke([batchOf(paths(50))], 60_000)
    expect(dump.lines.filter(({ level }) => level === 'warn')).toEqual([])
  })

  test('attempts that failed: the first at once, further ones together', async () => {
    const dump = new TimedDump(new TimedStore(() => ({ afterMs: 20, error: unavailable })), 'fail')
    await dump.invoke([batchOf(paths(100))], 60_000)
    const warnings = dump.lines.filter(({ level }) => level === 'warn')
    expect(warnings[0]).toMatchObject({ message: 'Delivery is repeated', attempts: 1, remainingMs: 57_980 })
    expect(warnings.length).toBeLessThanOrEqual(5)
    for (const warning of warnings) expect(warning).toMatchObject({ topic: 'orders', errorCode: 'STORE_UNAVAILABLE' })
  })
})
