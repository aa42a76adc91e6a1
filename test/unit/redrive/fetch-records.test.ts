import fc from 'fast-check'
import { createDeadLetter } from '../../../lib/delivery/dead-letter.ts'
import { failedRecordsLines } from '../../../lib/delivery/failed-records-line.ts'
import { CodedError, type ErrorCode } from '../../../lib/error.ts'
import type { KafkaRecord, OutgoingRecord } from '../../../lib/record.ts'
import type { FailedRecords, FetchedRecords } from '../../../lib/redrive/failed-records.ts'
import type { FailedSource } from '../../../lib/redrive/failed-source.ts'
import type { Failures } from '../../../lib/redrive/failures.ts'
import { fetchRecords } from '../../../lib/redrive/fetch-records.ts'
import { listFailed } from '../../../lib/redrive/list-failed.ts'
import { noMarks } from '../../../lib/redrive/marks.ts'
import { createBucketSource } from '../../../lib/redrive/sources/bucket.ts'
import { createLogSource } from '../../../lib/redrive/sources/log.ts'
import { createQueueSource } from '../../../lib/redrive/sources/queue.ts'
import { createTopicSource } from '../../../lib/redrive/sources/topic.ts'
import { offsetsOf } from '../../../lib/staging/runs.ts'
import { records } from '../../support/arbitrary-records.ts'
import { bucketDocument, notification, queueDocument, topicDocument } from '../../support/failure-documents.ts'
import { type MemoryPartition, type MemoryTopics, readMemory } from '../../support/topic-in-memory.ts'

const functionName = 'shop-dev-orders'
const connector = 'orders'

/** A cluster in memory, and what is told of its failed records. */
class Place {
  readonly topics: MemoryTopics = new Map()
  readonly sources: FailedSource[] = []
  readonly problems: string[] = []
  readonly kafka = readMemory(this.topics)

  readonly report = (problem: string) => void this.problems.push(problem)

  /** Stores records at the end of a topic's partition. */
  store(topic: string, some: OutgoingRecord[], partition = 0): void {
    const part = this.#partition(topic, partition)
    for (const record of some) part.records.push({ ...record, topic, partition, offset: part.end++ })
  }

  /** The source topic as it is: with exactly these records. */
  source(some: KafkaRecord[]): void {
    for (const record of some) {
      const part = this.#partition(record.topic, record.partition)
      part.records.push(record)
      part.end = record.offset + 1
    }
  }

  #partition(topic: string, partition: number): MemoryPartition {
    const own = this.topics.get(topic) ?? []
    while (own.length <= partition) own.push({ start: 0, end: 0, records: [] })
    this.topics.set(topic, own)
    return own[partition] as MemoryPartition
  }

  /** Puts records into a topic with the connector's own code. */
  async putAside(some: KafkaRecord[], code: ErrorCode = 'VALUE_UNDECODABLE', name = connector): Promise<void> {
    const producer = { send: async (topic: string, sent: OutgoingRecord[]) => this.store(topic, sent) }
    const failed = some.map(record => ({ record, error: new CodedError(code, 'no') }))
    await createDeadLetter('dead', name, producer).put(failed, Date.now() + 1_000)
  }

  readsTopic(): this {
    const { kafka, report } = this
    this.sources.push(createTopicSource({ topic: 'dead', connector, functionName, kafka, report }))
    return this
  }

  readsBucket(objects: Record<string, string>): this {
    const store = {
      async *list() {
        for (const key of Object.keys(objects)) yield { key, modified: Date.now() }
      },
      get: async (key: string) => Buffer.from(objects[key] ?? ''),
    }
    this.sources.push(createBucketSource({ bucket: 'failed', functionName, store, report: this.report }))
    return this
  }

  readsQueue(bodies: string[]): this {
    const hidden = async () => 0
    const messages = async function* () {
      for (const body of bodies) yield { body }
    }
    this.sources.push(createQueueSource({ name: 'queue failed', functionName, messages, hidden, report: this.report }))
    return this
  }

  readsLog(lines: string[]): this {
    const all = async function* () {
      for (const text of lines) yield { text }
    }
    this.sources.push(createLogSource({ name: 'log', connector, lines: all }))
    return this
  }

  get failures(): Failures {
    const { sources, kafka } = this
    const marks = { of: async () => noMarks() }
    return { connector, sources, kafka, topicId: async () => 'id', committed: async () => new Map(), marks }
  }

  /** Lists everything and gets it back. */
  async fetched(change: (failed: FailedRecords) => FailedRecords = failed => failed) {
    const listed = await Array.fromAsync(listFailed(this.failures))
    const parts: FetchedRecords[] = []
    for (const failed of listed) {
      const some = await Array.fromAsync(fetchRecords(this.failures, change(failed)))
      expectEachOnce(change(failed), some)
      for (const part of some) parts.push(part)
    }
    return {
      listed,
      records: parts.flatMap(({ records }) => records.map(({ record }) => record)),
      gone: parts.flatMap(({ gone }) => [...offsetsOf(gone)]),
      refused: parts.flatMap(({ refused }) => refused),
    }
  }
}

/** Each offset is had back, gone or refused, in order. */
function expectEachOnce({ offsets }: FailedRecords, parts: FetchedRecords[]) {
  const had = parts.flatMap(({ records }) => records.map(({ record }) => record.offset))
  expect(had).toEqual(had.toSorted((one, other) => one - other))
  const others = parts.flatMap(({ gone, refused }) =>
    [gone, ...refused.map(({ offsets }) => offsets)].flatMap(runs => [...offsetsOf(runs)]),
  )
  expect([...had, ...others].toSorted((one, other) => one - other)).toEqual([...offsetsOf(offsets)])
}

const record = (offset: number, more: Partial<KafkaRecord> = {}): KafkaRecord => ({
  ...{ topic: 'orders', partition: 0, offset, timestamp: 1_767_225_600_000 + offset, headers: [] },
  key: Buffer.from(`key-${offset}`),
  value: Buffer.from(`value-${offset}`),
  ...more,
})
const some = (...offsets: number[]) => offsets.map(offset => record(offset))

const line = (offsets: number[], more = {}) =>
  failedRecordsLines(
    {
      message: 'Records left in Kafka',
      topic: 'orders',
      partition: 0,
      policy: 'log',
      errorCode: 'STORE_REJECTED',
      errorMessage: 'no',
    },
    offsets,
  ).map(fields => JSON.stringify({ ...fields, connector, timestamp: new Date().toISOString(), ...more }))

test('whatever was put aside comes back from the topic as it was, in the order of its offsets', async () => {
  await fc.assert(
    fc.asyncProperty(records(1), fc.array(fc.array(fc.nat(), { maxLength: 6 })), async (own, again) => {
      const place = new Place().readsTopic()
      await place.putAside(own)
      // As retries put them aside: some once more, in any order.
      for (const numbers of again) await place.putAside(numbers.map(number => own[number % own.length] as KafkaRecord))
      const { records: back, gone } = await place.fetched()
      expect(back.toSorted((one, other) => one.offset - other.offset)).toEqual(own)
      expect(gone).toEqual([])
    }),
    { numRuns: 60 },
  )
})

test('only the wanted offsets are had back, and those of other connectors are not listed', async () => {
  const place = new Place().readsTopic()
  await place.putAside(some(1, 2, 3, 7))
  await place.putAside(some(4, 5), 'VALUE_UNDECODABLE', 'others')
  const { records: back, listed } = await place.fetched(failed => ({
    ...failed,
    offsets: [
      [2, 1],
      [7, 1],
    ],
  }))
  expect(back).toEqual(some(2, 7))
  expect(listed[0]?.offsets).toEqual([
    [1, 3],
    [7, 1],
  ])
})

test('a letter that the topic has deleted in the meantime is gone', async () => {
  const place = new Place().readsTopic()
  await place.putAside(some(1, 2, 3))
  const [failed] = await Array.fromAsync(listFailed(place.failures))
  place.topics.get('dead')?.[0]?.records.splice(1, 1)
  const parts = await Array.fromAsync(fetchRecords(place.failures, failed as FailedRecords))
  expect(parts.flatMap(({ gone }) => gone)).toEqual([[2, 1]])
})

test('of a record that the event did not have whole, the source has it', async () => {
  const place = new Place().readsTopic()
  place.source(some(1, 2, 3))
  await place.putAside([record(1, { value: Buffer.from('no base64!') })], 'RECORD_UNDECODABLE')
  await place.putAside([record(3, { value: null })], 'RECORD_LEFT_OUT')
  const { records: back, listed } = await place.fetched()
  expect(back).toEqual(some(1, 3))
  expect(listed.map(({ place }) => place)).toMatchObject([
    { kind: 'kafka', named: 'topic' },
    { kind: 'kafka', named: 'topic' },
  ])
})

test('a record of which another one with its offset was delivered is refused', async () => {
  const place = new Place().readsTopic()
  await place.putAside(some(1), 'RECORD_CONFLICT')
  const { records: back, refused } = await place.fetched()
  expect(back).toEqual([])
  expect(refused).toMatchObject([{ offsets: [[1, 1]], reason: expect.stringContaining('Another record') }])
})

test('exactly the offsets that the log names come from Kafka; what compaction and retention have deleted is gone', async () => {
  const own = some(10, 11, 13, 14, 900, 2_000, 2_001)
  const place = new Place().readsLog(line([3, 10, 11, 12, 13, 900, 2_001]))
  place.source(own)
  Object.assign(place.topics.get('orders')?.[0] ?? {}, { start: 10 })
  const { records: back, gone, listed } = await place.fetched()
  expect(back).toEqual(some(10, 11, 13, 900, 2_001))
  expect(gone).toEqual([3, 12])
  expect(listed[0]).toMatchObject({ gone: [[3, 1]], code: 'STORE_REJECTED' })
})

test.each([
  ['as a collector has it', (text: string) => JSON.stringify({ stream: 'stdout', log: `${text}\n` })],
  ['behind a prefix', (text: string) => `2026-11-14T00:38:06Z stdout F ${text}`],
  ['parsed by a collector', (text: string) => JSON.stringify({ resource: { a: 1 }, jsonPayload: JSON.parse(text) })],
])('the log’s lines are found %s', async (_, wrapped) => {
  const others = ['no JSON', '{"level":"INFO","message":"Object written"}', '{', ...line([5], { connector: 'others' })]
  const place = new Place().readsLog([...others, ...line([1, 2]).map(wrapped)])
  place.source(some(1, 2, 5))
  expect((await place.fetched()).records).toEqual(some(1, 2))
})

test('a topic that was created again has other records, which are refused: they are newer than the failure', async () => {
  // Another record that failed later, for the same reason, says nothing of these.
  const later = line([4], { timestamp: '2026-02-01T00:00:00.000Z' })
  const place = new Place().readsLog([...line([1, 2], { timestamp: '2026-01-01T00:00:00.000Z' }), ...later])
  const timestamp = Date.parse('2026-01-02')
  place.source([record(1, { timestamp }), record(2, { timestamp }), record(4)])
  const { records: back, refused } = await place.fetched()
  expect(back).toEqual(some(4))
  expect(refused).toMatchObject([
    { offsets: [[1, 2]], reason: expect.stringContaining('may have been deleted and created again') },
  ])
})

test('a record whose producer’s clock is ahead is taken: the topic has an older one, so it is the same topic', async () => {
  const place = new Place().readsLog(line([2], { timestamp: '2026-01-01T00:00:00.000Z' }))
  const ahead = record(2, { timestamp: Date.parse('2026-01-02') })
  place.source([record(1), ahead])
  expect(await place.fetched()).toMatchObject({ records: [ahead], refused: [] })
})

test('a record whose producer’s clock is ahead is taken when it is the first one left, if another partition has an older one', async () => {
  const place = new Place().readsLog(line([2], { timestamp: '2026-01-01T00:00:00.000Z' }))
  const ahead = record(2, { timestamp: Date.parse('2026-01-02') })
  place.source([ahead, record(0, { partition: 1 })])
  expect(await place.fetched()).toMatchObject({ records: [ahead], refused: [] })
})

test.each([
  ['has another record at its offset', [record(1), record(2, { timestamp: 1 }), record(3)], [1, 3], [[2, 1]]],
  ['ends before it', [record(1), record(2)], [1, 2], [[3, 1]]],
  ['no longer has it', [record(1), record(3)], [1, 2, 3], []],
  ['does not exist', [], [1, 2, 3], []],
])(
  'of dead letters whose topic %s, those are taken whose offset nobody else has',
  async (_, source, taken, refused) => {
    const place = new Place().readsTopic()
    await place.putAside(some(1, 2, 3))
    place.source(source)
    const fetched = await place.fetched()
    expect(fetched.records).toEqual(some(...taken))
    expect(fetched.refused.map(({ offsets }) => offsets)).toEqual(refused.length > 0 ? [refused] : [])
  },
)

test('letters in a topic that the connector no longer names are had back', async () => {
  const place = new Place().readsTopic()
  await place.putAside(some(1, 2))
  const [failed] = await Array.fromAsync(listFailed(place.failures))
  const parts = await Array.fromAsync(fetchRecords({ ...place.failures, sources: [] }, failed as FailedRecords))
  expect(parts.flatMap(({ records }) => records.map(({ record }) => record))).toEqual(some(1, 2))
})

test('messages of a queue that somebody else receives are told', async () => {
  const messages = async function* () {}
  const problems: string[] = []
  const report = (problem: string) => void problems.push(problem)
  const own = { name: 'queue failed', functionName, messages, report }
  const source = createQueueSource({ ...own, hidden: async () => 3 })
  expect(await Array.fromAsync(source.list(0))).toEqual([])
  expect(problems).toEqual([expect.stringContaining('3 messages of queue failed are not listed')])
})

test('records of a mapping that changes values are not taken from Kafka', async () => {
  const place = new Place().readsLog(line([1]))
  place.source(some(1))
  const unlike = 'The mapping decodes values with a schema registry.'
  const [failed] = await Array.fromAsync(listFailed(place.failures))
  const parts = await Array.fromAsync(fetchRecords({ ...place.failures, unlike }, failed as FailedRecords))
  expect(parts).toEqual([{ records: [], gone: [], refused: [{ offsets: [[1, 1]], reason: unlike }] }])
})

test('where a mapping filters, what lies between the first and the last record of a document is not taken', async () => {
  const place = new Place().readsQueue([queueDocument(some(1, 3))])
  place.source(some(1, 2, 3))
  const inexact = 'The mapping filters records.'
  const [failed] = await Array.fromAsync(listFailed(place.failures))
  const parts = await Array.fromAsync(fetchRecords({ ...place.failures, inexact }, failed as FailedRecords))
  expect(parts).toEqual([{ records: [], gone: [], refused: [{ offsets: [[1, 3]], reason: inexact }] }])
})

test('what a partition waits for is left to the trigger', async () => {
  const place = new Place().readsLog(line([1], { message: 'Partition stopped' }))
  place.source(some(1))
  expect((await place.fetched()).refused).toMatchObject([{ reason: expect.stringContaining('trigger') }])
})

const payments = [record(3, { topic: 'pay-ments', partition: 2 }), record(5, { topic: 'pay-ments', partition: 2 })]

test('a document in S3 has the event, so gaps are known and nothing is asked of Kafka', async () => {
  const own = [...some(1, 2, 5), ...payments]
  const place = new Place().readsBucket({ 'aws/lambda/a': bucketDocument(own), 'aws/lambda/b': 'else' })
  const { records: back, listed } = await place.fetched()
  expect(back).toEqual(own)
  expect(listed).toMatchObject([
    {
      offsets: [
        [1, 2],
        [5, 1],
      ],
      code: 'RetryAttemptsExhausted',
      place: { kind: 'document', name: 'aws/lambda/a' },
    },
    {
      topic: 'pay-ments',
      partition: 2,
      offsets: [
        [3, 1],
        [5, 1],
      ],
      time: Date.parse('2026-11-14T00:38:06.021Z'),
    },
  ])
  expect(place.problems).toEqual(['s3://failed/aws/lambda/b is no document about failed records of Kafka.'])
})

test('a document without the event names the first and the last record; the source has them', async () => {
  const condition = 'MaximumPayloadSizeExceeded'
  const own = [...some(1, 2, 5), ...payments]
  const place = new Place().readsQueue([
    queueDocument(own, { condition }),
    queueDocument(own, { functionName: 'other' }),
  ])
  place.source(own)
  const { records: back, gone, listed } = await place.fetched()
  expect(back).toEqual(own)
  expect(gone).toEqual([3, 4, 4])
  expect(listed.map(({ code, records }) => [code, records])).toEqual([
    [condition, 5],
    [condition, 3],
  ])
})

test('SNS delivers the same documents to a queue, wrapped or raw', async () => {
  const place = new Place().readsQueue([notification(queueDocument(some(1))), queueDocument(some(2)), '{}'])
  place.source(some(1, 2))
  expect((await place.fetched()).records).toEqual(some(1, 2))
  expect(place.problems).toEqual(['1 messages of queue failed are no documents about failed records of Kafka.'])
})

test('a document whose timestamps are not those of Kafka’s records tells of a topic that was created again', async () => {
  const place = new Place().readsQueue([queueDocument(some(1, 3))])
  place.source([record(1, { timestamp: 5 }), record(2), record(3)])
  const { records: back, refused } = await place.fetched()
  expect(back).toEqual(some(2, 3))
  expect(refused).toMatchObject([{ offsets: [[1, 1]] }])
})

test('a topic that is Lambda’s destination and ours has documents and letters', async () => {
  const place = new Place().readsTopic()
  const document = (one: KafkaRecord, facts = {}) => ({ ...one, value: Buffer.from(topicDocument(one, facts)) })
  await place.putAside(some(4))
  place.store('dead', [document(record(2)), document(record(3)), document(record(9), { functionName: 'other' })], 1)
  place.store('dead', [record(1)])
  const { records: back, listed } = await place.fetched()
  expect(back.toSorted((one, other) => one.offset - other.offset)).toEqual(some(2, 3, 4))
  expect(listed.map(({ code }) => code)).toEqual(['RetryAttemptsExhausted', 'VALUE_UNDECODABLE'])
  expect(place.problems).toEqual(['1 records of the topic dead tell nothing of a failed record.'])
})
