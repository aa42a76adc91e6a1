import { OFFSETS_EXPECTED, parseOffsets } from '../../../lib/commits/offset-notation.ts'
import { countOf } from '../../../lib/commits/offset-runs.ts'
import { redriveText } from '../../../lib/connectors/commands/redrive-text.ts'
import { createDeadLetter } from '../../../lib/delivery/dead-letter.ts'
import { failedRecordsLines } from '../../../lib/delivery/failed-records-line.ts'
import { CodedError } from '../../../lib/error.ts'
import { createObjectKeys } from '../../../lib/objects/key.ts'
import { DEFAULT_TEMPLATE, parseTemplate, type Template } from '../../../lib/objects/template.ts'
import { noTelemetry } from '../../../lib/observability/telemetry.ts'
import type { KafkaRecord, OutgoingRecord } from '../../../lib/record.ts'
import type { Failures } from '../../../lib/redrive/failures.ts'
import { fetchRecords } from '../../../lib/redrive/fetch-records.ts'
import { listFailed } from '../../../lib/redrive/list-failed.ts'
import { createObjectRedriver } from '../../../lib/redrive/object-redriver.ts'
import { limited, type Redrive, redriveAll, withOffsets } from '../../../lib/redrive/redrive.ts'
import { createLogSource } from '../../../lib/redrive/sources/log.ts'
import { createTopicSource } from '../../../lib/redrive/sources/topic.ts'
import { keepEverything, readObject } from '../../support/formats.ts'
import { MemoryStore } from '../../support/memory-store.ts'
import { type MemoryPartition, type MemoryTopics, readMemory } from '../../support/topic-in-memory.ts'

const connector = 'flow'
const START = Date.UTC(2026, 0, 1)

const record = (offset: number, partition = 0): KafkaRecord => ({
  ...{ topic: 'orders', partition, offset, timestamp: START + offset, headers: [] },
  ...{ key: Buffer.from(`k${offset}`), value: Buffer.from(`${offset}`) },
})

/** A connector that dumps into a bucket in memory, and its failed records. */
class Flow {
  readonly topics: MemoryTopics = new Map()
  readonly store = new MemoryStore(() => START)
  readonly #lines: string[] = []
  readonly #kafka = readMemory(this.topics)
  topicId = 'a'
  /** Values that can't be decoded. */
  readonly bad = new Set<string>()
  readonly redriver = createObjectRedriver({
    dump: {
      format: { ...keepEverything, format: 'jsonl', values: 'json' },
      decoder:
        async () =>
        ({ value, ...place }) => {
          if (this.bad.has(`${value}`)) throw new CodedError('SCHEMA_UNKNOWN', 'no schema', place)
          return value ?? Buffer.alloc(0)
        },
      keys: createObjectKeys({
        ...{ prefix: '', template: parseTemplate(DEFAULT_TEMPLATE) as Template, padWidth: 4 },
        partitioner: { name: 'default' },
      }),
      ...{ store: this.store, storeName: 'memory', telemetry: noTelemetry },
      logger: { info() {}, warn() {}, error() {} },
    },
    ...{ store: this.store, prefix: '', present: { of: async () => [] }, now: Date.now },
    fetch: (failed, ofEarlier) => fetchRecords(this.failures, failed, ofEarlier),
  })

  readonly failures: Failures = {
    ...{ connector, kafka: this.#kafka, marks: this.redriver.marks },
    sources: [
      createTopicSource({ topic: 'dead', connector, functionName: '', kafka: this.#kafka, report() {} }),
      createLogSource({ name: 'log', connector, lines: () => this.#logged() }),
    ],
    topicId: async () => this.topicId,
    committed: async () => new Map(),
  }

  /** The topic `orders` with these records, also after it was deleted. */
  fill(records: KafkaRecord[]): void {
    this.topics.set('orders', [])
    for (const one of records) this.#partition('orders', one.partition).records.push(one)
    for (const part of this.topics.get('orders') ?? []) part.end = (part.records.at(-1)?.offset ?? -1) + 1
  }

  #partition(topic: string, partition: number): MemoryPartition {
    const own = this.topics.get(topic) ?? []
    while (own.length <= partition) own.push({ start: 0, end: 0, records: [] })
    this.topics.set(topic, own)
    return own[partition] as MemoryPartition
  }

  async putAside(records: KafkaRecord[]): Promise<void> {
    const dead = this.#partition('dead', 0)
    const send = async (topic: string, sent: OutgoingRecord[]) => {
      for (const one of sent) dead.records.push({ ...one, topic, partition: 0, offset: dead.end++ })
    }
    const error = new CodedError('VALUE_UNDECODABLE', 'no')
    const failed = records.map(record => ({ record, error }))
    await createDeadLetter('dead', connector, { send }).put(failed, Date.now() + 1_000)
  }

  log(records: KafkaRecord[]): void {
    const [{ topic, partition }] = records as [KafkaRecord]
    const facts = { message: 'Records left in Kafka', topic, partition, policy: 'log' } as const
    const reason = { errorCode: 'STORE_REJECTED', errorMessage: 'no' } as const
    const offsets = records.map(({ offset }) => offset)
    for (const line of failedRecordsLines({ ...facts, ...reason }, offsets)) this.#lines.push(JSON.stringify(line))
  }

  async *#logged() {
    for (const text of this.#lines) yield { text, time: START + 1_000 }
  }

  async failed() {
    return await Array.fromAsync(listFailed(this.failures))
  }

  async redrive(more: Partial<Redrive> = {}, failed = this.failed()) {
    const { failures, redriver } = this
    return await redriveAll(await failed, {
      ...{ failures, redriver, signal: new AbortController().signal, onProgress() {} },
      fetch: (failed, ofEarlier) => fetchRecords(failures, failed, ofEarlier),
      ...more,
    })
  }

  /** Values of the bucket's records. */
  async values(): Promise<number[]> {
    const values: number[] = []
    for (const key of this.store.keys('orders'))
      for (const { value } of await readObject(key, await this.store.get(key))) values.push(Number(`${value}`))
    return values.toSorted((a, b) => a - b)
  }
}

/** Ten failed records: those with even offsets have a letter, the others a line in the log. */
async function tenFailed(): Promise<Flow> {
  const flow = new Flow()
  const records = Array.from({ length: 10 }, (_, offset) => record(offset))
  flow.fill(records)
  await flow.putAside(records.filter(({ offset }) => offset % 2 === 0))
  flow.log(records.filter(({ offset }) => offset % 2 === 1))
  return flow
}

const ten = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

test('a limit redrives that many, and the next redrive continues', async () => {
  const flow = await tenFailed()
  for (const [length, limit] of [
    [4, 4],
    [7, 3],
    [10, undefined],
  ]) {
    await flow.redrive({}, Promise.resolve(limited(await flow.failed(), limit)))
    expect(await flow.values()).toHaveLength(length as number)
  }
  expect(await flow.values()).toEqual(ten)
  expect(await flow.failed()).toEqual([])
})

test('what a limit leaves of a list is told as it is', () => {
  const group = { topic: 'orders', partition: 0, records: 1_000, code: 'X', time: 1 }
  const place = { kind: 'kafka' as const, named: 'log' as const }
  const all = [
    { ...group, place, offsets: [[0, 1_000]] as [number, number][], gone: [[500, 500]] as [number, number][] },
  ]
  expect(limited(all, 1)).toEqual([{ ...group, place, offsets: [[0, 1]], records: 1 }])
  expect(limited(all, 600)).toMatchObject([{ records: 600, gone: [[500, 100]] }])
  expect(limited(all)).toEqual(all)
})

test('offsets select records, wherever they are', async () => {
  const flow = await tenFailed()
  const wanted = parseOffsets('orders-0:3,5-6,30')
  if (!wanted) throw new Error(OFFSETS_EXPECTED)
  await flow.redrive({}, Promise.resolve(withOffsets(await flow.failed(), wanted)))
  expect(await flow.values()).toEqual([3, 5, 6])
})

test('at a rate, no more than those of a second are done at once, and each part waits for its second', async () => {
  const flow = await tenFailed()
  const done: number[] = []
  const began = performance.now()
  await flow.redrive({ rate: 4, onProgress: records => done.push(records) })
  expect(performance.now() - began).toBeGreaterThan(1_000)
  expect([...new Set(done)]).toEqual([0, 4, 5, 9, 10])
  expect(await flow.values()).toEqual(ten)
})

test('Ctrl-C ends a redrive behind the part that is under way, and the next one continues', async () => {
  const flow = await tenFailed()
  const interruption = new AbortController()
  const { signal } = interruption
  const report = await flow.redrive({ rate: 3, signal, onProgress: () => interruption.abort() })
  expect(report).toMatchObject({ outcome: 'unfinished', places: [{ redriven: [expect.anything(), [2, 1], [4, 1]] }] })
  expect(await flow.values()).toEqual([0, 2, 4])
  expect((await flow.redrive()).outcome).toBe('redriven')
  expect(await flow.values()).toEqual(ten)
})

test('a value that still can’t be decoded fails with its new code, is put into no topic again, and comes when it heals', async () => {
  const flow = await tenFailed()
  flow.bad.add('4')
  const letters = flow.topics.get('dead')?.[0]?.records.length
  for (let times = 0; times < 2; times++) {
    const { places } = await flow.redrive()
    expect(places).toMatchObject([{ failed: [{ code: 'SCHEMA_UNKNOWN', offsets: [[4, 1]] }] }])
    expect(await flow.failed()).toMatchObject([{ code: 'SCHEMA_UNKNOWN', offsets: [[4, 1]], place: { kind: 'topic' } }])
  }
  expect(flow.topics.get('dead')?.[0]?.records).toHaveLength(letters as number)
  flow.bad.clear()
  await flow.redrive()
  expect(await flow.values()).toEqual(ten)
  expect(await flow.failed()).toEqual([])
})

test('two redrives at once do each record once', async () => {
  const flow = await tenFailed()
  const reports = await Promise.all([flow.redrive({ rate: 2_000 }), flow.redrive()])
  expect(await flow.values()).toEqual(ten)
  const counted = reports.flatMap(({ places }) =>
    places.map(({ redriven, present }) => [redriven, present].map(countOf)),
  )
  for (const [redriven = 0, present = 0] of counted) expect(redriven + present).toBe(10)
})

test('letters of a topic that was deleted and made again are not done again, and the new topic’s own are', async () => {
  const flow = new Flow()
  flow.fill([record(3)])
  await flow.putAside([record(3)])
  await flow.redrive()
  flow.topicId = 'b'
  const anew = { ...record(3), timestamp: START + 1_000_000, value: Buffer.from('33') }
  flow.fill([record(1), anew])
  const { places } = await flow.redrive()
  expect(places).toMatchObject([
    { redriven: [], refused: [{ offsets: [[3, 1]], reason: expect.stringContaining('made again') }] },
  ])
  await flow.putAside([anew])
  expect((await flow.redrive()).places).toMatchObject([{ redriven: [[3, 1]] }])
  expect(await flow.values()).toEqual([3, 33])
})

test('a topic-partition that can’t be done says why, and the others are done', async () => {
  const flow = new Flow()
  flow.fill([record(0), record(1), record(2, 1)])
  await flow.putAside([record(0), record(1), record(2, 1)])
  // Somebody has put something where the object comes.
  const [key] = ['orders+0+0000-0001~0.jsonl']
  const probe = new Flow()
  probe.fill([record(0), record(1)])
  await probe.putAside([record(0), record(1)])
  await probe.redrive()
  const [taken = key] = probe.store.keys('orders')
  await flow.store.put({
    key: taken,
    body: Buffer.from('{}\n'),
    contentType: 'application/json',
    metadata: {},
  } as never)
  const report = await flow.redrive()
  expect(report.places).toMatchObject([
    { partition: 0, stopped: { code: 'STORE_OBJECT_DIFFERS' } },
    { partition: 1, redriven: [[2, 1]] },
  ])
  expect(redriveText(report)).toContain('orders-0 was not finished. STORE_OBJECT_DIFFERS: ')
})

test('the summary has a row for each topic-partition, and a line for each reason', async () => {
  const flow = await tenFailed()
  flow.bad.add('4')
  flow.fill([0, 1, 2, 4, 5, 6, 7, 8].map(offset => record(offset)))
  const text = redriveText(await flow.redrive())
  const numbers = /orders +0 +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)/.exec(text)?.slice(1).map(Number)
  expect(numbers).toEqual([7, 0, 1, 2, 0, 0])
  expect(text).toContain('Failed again with SCHEMA_UNKNOWN: orders-0:4')
  expect(text).toContain('Gone, as neither Kafka nor a topic for failed records has them: orders-0:3,9')
  expect(redriveText({ schema: 1, outcome: 'redriven', places: [] })).toBe(
    'No record has failed that was not redriven.',
  )
})
