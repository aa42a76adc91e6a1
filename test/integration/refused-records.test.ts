import fc from 'fast-check'
import { createDeadLetter } from '../../lib/delivery/dead-letter.ts'
import { CodedError } from '../../lib/error.ts'
import { createAdmin } from '../../lib/kafka/admin/admin.ts'
import { createProducer, type KafkaProducer } from '../../lib/kafka/produce/producer.ts'
import { createTransactions } from '../../lib/kafka/produce/transaction.ts'
import type { OutgoingRecord } from '../../lib/record.ts'
import { RefusedRecordsError } from '../../lib/refused-records.ts'
import { replaceTopicSettings } from '../support/applied-changes.ts'
import { recordsOfJava } from '../support/producer-oracle.ts'
import { stack, uniqueName } from '../support/stack.ts'

const { plaintext } = stack.connections
const admin = createAdmin(plaintext, 'test')
const soon = () => Date.now() + 20_000
let open: { close(): Promise<void> }[] = []

afterEach(async () => {
  await Promise.all(open.map(one => one.close()))
  open = []
})

function closing<Client extends { close(): Promise<void> }>(client: Client): Client {
  open.push(client)
  return client
}

const producerFor = (compression: 'none' | 'gzip' = 'none') =>
  closing(createProducer(plaintext, { clientId: 'test', compression }))

/** A topic that refuses records without a key, from the future, and larger than 10,000 bytes. */
async function strictTopic(partitions = 1, limit = '10000'): Promise<string> {
  const topic = uniqueName('strict')
  const settings = {
    'cleanup.policy': 'compact',
    'max.message.bytes': limit,
    'message.timestamp.after.max.ms': '3600000',
  }
  await admin.createTopic({ topic, partitions, replicas: 1, settings })
  return topic
}

const codes = {
  keyless: 'KAFKA_RECORD_REFUSED',
  'from the future': 'KAFKA_TIMESTAMP_REFUSED',
  large: 'KAFKA_RECORD_TOO_LARGE',
} as const

type Kind = 'good' | keyof typeof codes
const refusedKinds = Object.keys(codes) as (keyof typeof codes)[]

/** Two hours before and ahead: clocks of producers are wrong by time zones. */
const AHEAD_MS = 7_200_000

function recordOf(kind: Kind, number: number, partition = 0): OutgoingRecord & { partition: number } {
  const value = Buffer.from(kind === 'large' ? `${number} `.padEnd(12_000, 'x') : `${number} `)
  const timestamp = Date.now() + (kind === 'from the future' ? AHEAD_MS : -AHEAD_MS)
  return { partition, key: kind === 'keyless' ? null : Buffer.from(`k${number}`), value, headers: [], timestamp }
}

const numberOf = ({ value }: Pick<OutgoingRecord, 'value'>) => Number(String(value).split(' ')[0])

/** Sends records as a delivery does: without those that were refused or are stored already, until none is left. */
async function sendAll(producer: KafkaProducer, topic: string, records: OutgoingRecord[]) {
  const refused: { number: number; code: string }[] = []
  let left = records
  let rounds = 0
  while (left.length > 0) {
    rounds += 1
    const gone = new Set<number>()
    const onStored = (indexes: number[]) => indexes.forEach(index => void gone.add(index))
    const failure = await producer.send(topic, left, soon(), onStored).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (failure) {
      expect(failure).toBeInstanceOf(RefusedRecordsError)
      for (const { index, error } of (failure as RefusedRecordsError).refused) {
        gone.add(index)
        refused.push({ number: numberOf(left[index] as OutgoingRecord), code: error.code })
      }
    }
    left = left.filter((_, index) => !gone.has(index))
  }
  return { refused: refused.toSorted((one, other) => one.number - other.number), rounds }
}

/** The numbers of the records that a topic holds, by partition and in order. */
async function stored(topic: string): Promise<Record<number, number[]>> {
  const found: Record<number, number[]> = {}
  for (const record of await recordsOfJava(plaintext.brokers, topic)) {
    found[record.partition] = [...(found[record.partition] ?? []), numberOf(record)]
  }
  return found
}

const places = {
  'the first': [0],
  'the last': [99],
  'one among 100': [57],
  'several among 100': [3, 4, 50, 97],
} as const

// KAFKA-7332: one record that its topic refuses took its whole batch with it.
describe.each(refusedKinds)('a record that is refused since it is %s', kind => {
  test.each(Object.entries(places))('is named, %s, and all others are stored once and in order', async (_, at) => {
    const [topic, producer] = [await strictTopic(), producerFor()]
    // The limit is known by then, so it is the broker that refuses.
    await producer.send(topic, [recordOf('good', -1)], soon())
    const records = Array.from({ length: 100 }, (_, index) =>
      recordOf(at.some(place => place === index) ? kind : 'good', index),
    )
    const { refused } = await sendAll(producer, topic, records)
    expect(refused).toEqual(at.map(number => ({ number, code: codes[kind] })))
    const others = [...records.keys()].filter(index => !at.some(place => place === index))
    expect(await stored(topic)).toEqual({ 0: [-1, ...others] })
  })
})

test('a broker that names no record is asked about halves: for one of 1,000, two requests for each halving', async () => {
  const [topic, producer] = [await strictTopic(1, '1000000'), producerFor()]
  await producer.send(topic, [recordOf('good', -1)], soon())
  await replaceTopicSettings(plaintext, topic, { 'max.message.bytes': '10000' })
  const records = Array.from({ length: 1_000 }, (_, index) => recordOf(index === 700 ? 'large' : 'good', index))
  const { refused, rounds } = await sendAll(producer, topic, records)
  expect(refused).toEqual([{ number: 700, code: 'KAFKA_RECORD_TOO_LARGE' }])
  expect(rounds).toBe(2)
  expect(await stored(topic)).toEqual({ 0: [-1, ...records.keys()].filter(index => index !== 700) })
})

/** With compression: 12,000 equal characters are small then. */
const isRefused = ({ kind }: { kind: Kind }) => kind === 'keyless' || kind === 'from the future'

test('law: whatever a topic refuses, what it accepts is stored once, in the order of each partition', async () => {
  const kind = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Kind>('good') },
    { weight: 1, arbitrary: fc.constantFrom<Kind>(...refusedKinds) },
  )
  const batch = fc.array(fc.record({ kind, partition: fc.nat({ max: 2 }) }), { minLength: 1, maxLength: 60 })
  const [topic, producer] = [await strictTopic(3), producerFor('gzip')]
  const sent: { kind: Kind; partition: number; number: number }[][] = []
  let number = 0
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 4 }), async batches => {
      // Writes at the same time share requests: what is refused in one must not take along another.
      const calls = batches.map(batch => batch.map(fields => ({ ...fields, number: number++ })))
      sent.push(...calls)
      const outcomes = await Promise.all(
        calls.map(call => {
          const records = call.map(({ kind, number, partition }) => recordOf(kind, number, partition))
          return sendAll(producer, topic, records)
        }),
      )
      const refused = outcomes.map(({ refused }) => refused.map(({ number }) => number))
      expect(refused).toEqual(calls.map(call => call.filter(isRefused).map(({ number }) => number)))
    }),
    { numRuns: 25 },
  )
  const found = await stored(topic)
  for (const call of sent) {
    for (const partition of [0, 1, 2]) {
      const accepted = call.filter(one => one.partition === partition && !isRefused(one)).map(({ number }) => number)
      const numbers = new Set(call.map(({ number }) => number))
      expect((found[partition] ?? []).filter(number => numbers.has(number))).toEqual(accepted)
    }
  }
})

test('a transaction with a refused record is aborted, and the next one commits the others', async () => {
  const topic = await strictTopic()
  const transactions = closing(createTransactions(plaintext, { clientId: 'test' }))
  const records = [recordOf('good', 0), recordOf('keyless', 1), recordOf('good', 2)]
  const id = uniqueName('id')
  const refused = transactions.transaction(id, soon(), async ({ send }) => {
    await send(topic, [recordOf('good', 10)])
    await send(topic, records)
  })
  await expect(refused).rejects.toMatchObject({ refused: [{ index: 1, error: { code: 'KAFKA_RECORD_REFUSED' } }] })
  const others = records.filter((_, index) => index !== 1)
  for (const _ of [1, 2]) await transactions.transaction(id, soon(), ({ send }) => send(topic, others))
  expect(await stored(topic)).toEqual({ 0: [0, 2, 0, 2] })
})

// strimzi 8710: 2.4 MB of JSON that are 15 KB with gzip were too large for a topic with the default limit.
describe('the size of a record is what the broker measures', () => {
  const large = (partition = 0) => ({
    ...recordOf('good', 7, partition),
    value: Buffer.from(
      JSON.stringify(Array.from({ length: 80_000 }, (_, id) => ({ id: id % 10, text: 'the same text' }))),
    ),
  })

  test('compressed, if records are sent compressed', async () => {
    const topic = await strictTopic(1, '1048588')
    const records = [recordOf('good', 1), large(), recordOf('good', 2), large(), recordOf('good', 3)]
    expect(records[1]?.value?.length).toBeGreaterThan(2_000_000)
    await producerFor('gzip').send(topic, records, soon())
    expect((await recordsOfJava(plaintext.brokers, topic)).map(({ value }) => value)).toEqual(
      records.map(({ value }) => value),
    )
    await expect(producerFor().send(topic, [large()], soon())).rejects.toMatchObject({ code: 'KAFKA_RECORD_TOO_LARGE' })
  })

  test('as the topic stores it, if the topic has a compression of its own', async () => {
    const topic = uniqueName('uncompressed')
    await admin.createTopic({ topic, partitions: 1, replicas: 1, settings: { 'compression.type': 'uncompressed' } })
    const records = [recordOf('good', 1), large(), recordOf('good', 3)]
    const { refused } = await sendAll(producerFor('gzip'), topic, records)
    expect(refused).toMatchObject([{ code: 'KAFKA_RECORD_TOO_LARGE' }])
    expect(await stored(topic)).toEqual({ 0: [1, 3] })
  })
})

describe('a topic for failed records', () => {
  const failedAt = (kind: Kind, offset: number, topic = 'orders') => {
    const { key, value, headers, timestamp } = recordOf(kind, offset)
    const record = { topic, partition: 0, offset, key, value, headers, timestamp }
    return { record, error: new CodedError('STORE_REJECTED', 'no') }
  }

  // mirus 44: the topic refused a record's timestamp just as the target had, so the mapping repeated it for ever.
  test('gets a record whose timestamp it does not accept with the present time, and its own in a header', async () => {
    const topic = await strictTopic()
    const failed = [failedAt('good', 0), failedAt('from the future', 1), failedAt('good', 2)]
    const begun = Date.now()
    expect(await createDeadLetter(topic, 'c', producerFor()).put(failed, soon())).toEqual([])
    const records = await recordsOfJava(plaintext.brokers, topic)
    expect(records.map(numberOf).toSorted()).toEqual([0, 1, 2])
    const redated = records.find(record => numberOf(record) === 1)
    expect(redated?.timestamp).toBeGreaterThanOrEqual(begun)
    const own = (index: number) => ({
      key: 'kafka-functions.timestamp',
      value: Buffer.from(`${failed[index]?.record.timestamp}`),
    })
    expect(redated?.headers.at(-1)).toEqual(own(1))
    const untouched = records.find(record => numberOf(record) === 2)
    expect(untouched?.timestamp).toBe(failed[2]?.record.timestamp)
    expect(untouched?.headers.at(-1)).toEqual(own(2))
  })

  test('takes all but what it refuses for good, and says why', async () => {
    const topic = await strictTopic(3)
    const kinds: Kind[] = ['good', 'keyless', 'large', 'from the future', 'good', 'keyless', 'good']
    const failed = kinds.map((kind, offset) => failedAt(kind, offset))
    const left = await createDeadLetter(topic, 'c', producerFor()).put(failed, soon())
    expect(left.map(({ record, error }) => [record.offset, error.code]).toSorted()).toEqual([
      [1, 'KAFKA_RECORD_REFUSED'],
      [2, 'KAFKA_RECORD_TOO_LARGE'],
      [5, 'KAFKA_RECORD_REFUSED'],
    ])
    expect(left[0]?.error).toMatchObject({ topic: 'orders', message: expect.stringContaining('STORE_REJECTED') })
    const numbers = Object.values(await stored(topic)).flat()
    expect(numbers.toSorted((x, y) => x - y)).toEqual([0, 3, 4, 6])
  })

  // Each round put the record back with five headers more, for ever.
  test('never gets a record that comes from it', async () => {
    const topic = await strictTopic()
    const failed = [failedAt('good', 0, topic), failedAt('good', 1)]
    const left = await createDeadLetter(topic, 'c', producerFor()).put(failed, soon())
    expect(left).toMatchObject([{ record: { topic, offset: 0 }, error: { code: 'STORE_REJECTED' } }])
    expect(await stored(topic)).toEqual({ 0: [1] })
  })
})
