import { inspect } from 'node:util'
import fc from 'fast-check'
import type { BatchFailure, RecordBatch } from '../../../lib/batch.ts'
import { AbnormalDataError } from '../../../lib/delivery/abnormal-data.ts'
import type { Attempt } from '../../../lib/delivery/attempt.ts'
import { createDeadLetter, type DeadLetter } from '../../../lib/delivery/dead-letter.ts'
import { type Delivery, deliver } from '../../../lib/delivery/deliver.ts'
import { failurePolicies, failurePolicyNames } from '../../../lib/delivery/policy.ts'
import { CodedError } from '../../../lib/error.ts'
import type { Log } from '../../../lib/observability/logger.ts'
import type { MetricName } from '../../../lib/observability/metrics.ts'
import { noTelemetry } from '../../../lib/observability/telemetry.ts'
import { PartialFailure } from '../../../lib/platforms/knative/index.ts'
import type { KafkaRecord, OutgoingRecord, RecordProducer } from '../../../lib/record.ts'
import { VirtualTime } from '../../support/virtual-time.ts'

const record = (offset: number, partition = 0): KafkaRecord => ({
  topic: 'orders',
  partition,
  offset,
  timestamp: 1_767_225_600_000,
  key: Buffer.from(`key-${offset}`),
  value: Buffer.from('the payload'),
  headers: [{ key: 'source', value: Buffer.from('web') }],
})

const undecodable = new CodedError('RECORD_UNDECODABLE', 'its value is no base64')
const denied = new CodedError('STORE_ACCESS_DENIED', 'no permission')
const away = new CodedError('STORE_UNAVAILABLE', 'away', { retryable: true })

/** Three good records, the second place taken by one that can't be decoded. */
const batchWithAbnormal = (partition = 0): RecordBatch => ({
  topic: 'orders',
  partition,
  records: [record(10, partition), record(12, partition), record(13, partition)],
  abnormal: [{ record: record(11, partition), error: undecodable, position: 1 }],
})

/** A topic that keeps in memory what it is sent. */
function memoryTopic(name: string) {
  const received: OutgoingRecord[] = []
  const producer: RecordProducer = {
    async send(_, records) {
      received.push(...records)
    },
  }
  return { received, deadLetter: createDeadLetter(name, 'test-connector', producer) }
}

/** A log that keeps its lines. */
function recordedLog() {
  const lines: unknown[][] = []
  const keep = (...line: unknown[]) => void lines.push(line)
  return { lines, logger: { info: keep, warn: keep, error: keep } as Log }
}

function delivery(fields: Partial<Delivery> = {}) {
  const written: number[] = []
  const { lines, logger } = recordedLog()
  const write = async (records: KafkaRecord[]) => {
    written.push(...records.map(({ offset }) => offset))
  }
  return {
    written,
    lines,
    delivery: { policy: 'log', peer: 'memory', write, logger, telemetry: noTelemetry, ...fields } as Delivery,
  }
}

const headersOf = (outgoing?: OutgoingRecord) => outgoing?.headers.map(({ key, value }) => `${key}=${value}`)

describe('policy log', () => {
  test('an undecodable record goes to the abnormal-data topic, the rest of its batch is written', async () => {
    const abnormal = memoryTopic('abnormal')
    const { written, delivery: settings } = delivery({ abnormalData: abnormal.deadLetter })
    await expect(deliver([batchWithAbnormal()], settings, 5_000)).resolves.toEqual([{ topic: 'orders', partition: 0 }])
    expect(written).toEqual([10, 12, 13])
    expect(abnormal.received).toHaveLength(1)
    expect(abnormal.received[0]).toMatchObject({ key: Buffer.from('key-11'), value: Buffer.from('the payload') })
    expect(headersOf(abnormal.received[0])).toEqual([
      'source=web',
      'kafka-functions.topic=orders',
      'kafka-functions.partition=0',
      'kafka-functions.offset=11',
      'kafka-functions.error-code=RECORD_UNDECODABLE',
      'kafka-functions.connector=test-connector',
      expect.stringMatching(/^kafka-functions\.failed-at=\d{13}$/),
      'kafka-functions.timestamp=1767225600000',
    ])
  })

  test('a batch that can’t be delivered goes to the dead letter whole, and the invocation succeeds', async () => {
    const dead = memoryTopic('dead')
    const { delivery: settings } = delivery({ write: () => Promise.reject(denied), deadLetter: dead.deadLetter })
    const batch = { topic: 'orders', partition: 0, records: [record(1), record(2)], abnormal: [] }
    await expect(deliver([batch], settings, 5_000)).resolves.toEqual([{ topic: 'orders', partition: 0 }])
    expect(dead.received.map(headersOf).map(headers => headers?.slice(3, 5))).toEqual([
      ['kafka-functions.offset=1', 'kafka-functions.error-code=STORE_ACCESS_DENIED'],
      ['kafka-functions.offset=2', 'kafka-functions.error-code=STORE_ACCESS_DENIED'],
    ])
  })

  test('without a dead letter the log names topic, partition, offsets and error code, but no payload', async () => {
    const { lines, delivery: settings } = delivery({ write: () => Promise.reject(denied) })
    await deliver(
      [{ topic: 'orders', partition: 3, records: [record(5, 3), record(9, 3)], abnormal: [] }],
      settings,
      5_000,
    )
    expect(lines).toEqual([
      [
        'Records left in Kafka',
        expect.objectContaining({
          topic: 'orders',
          partition: 3,
          firstOffset: 5,
          lastOffset: 9,
          records: 2,
          errorCode: 'STORE_ACCESS_DENIED',
        }),
      ],
    ])
    expect(inspect(lines, { depth: null })).not.toContain('payload')
  })

  test('an unreachable dead letter fails the invocation, after all other partitions are written', async () => {
    const producer: RecordProducer = { send: () => Promise.reject(new Error('connection refused')) }
    const { written, delivery: settings } = delivery({ abnormalData: createDeadLetter('abnormal', 'c', producer) })
    const whole = { topic: 'orders', partition: 1, records: [record(7, 1)], abnormal: [] }
    await expect(deliver([batchWithAbnormal(), whole], settings, 5_000)).rejects.toMatchObject({
      code: 'DEAD_LETTER_UNREACHABLE',
      topic: 'orders',
      partition: 0,
      offset: 11,
    })
    expect(written).toContain(7)
  })
})

describe('policy fail', () => {
  // The topic was accepted, and nothing ever went there.
  test('puts what can’t be decoded into a topic for it, and continues', async () => {
    const abnormal = memoryTopic('abnormal')
    const { written, delivery: settings } = delivery({ policy: 'fail', abnormalData: abnormal.deadLetter })
    expect(await deliver([batchWithAbnormal()], settings, 5_000)).toEqual([{ topic: 'orders', partition: 0 }])
    expect(written).toEqual([10, 12, 13])
    expect(abnormal.received).toHaveLength(1)
  })

  test('puts nothing aside while the batch can’t be delivered: each repetition would put it there again', async () => {
    const abnormal = memoryTopic('abnormal')
    const write = () => Promise.reject(denied)
    const { delivery: settings } = delivery({ policy: 'fail', write, abnormalData: abnormal.deadLetter })
    expect(await deliver([batchWithAbnormal()], settings, 5_000)).toMatchObject([
      { failure: { error: { code: 'STORE_ACCESS_DENIED' }, offsets: [10, 11, 12, 13] } },
    ])
    expect(abnormal.received).toEqual([])
  })

  test('stops a partition at its first undecodable record; others continue', async () => {
    const { written, delivery: settings } = delivery({ policy: 'fail' })
    const whole = { topic: 'orders', partition: 1, records: [record(7, 1)], abnormal: [] }
    await expect(deliver([batchWithAbnormal(), whole], settings, 5_000)).resolves.toEqual([
      { topic: 'orders', partition: 0, failure: { error: undecodable, offsets: [11, 12, 13], undone: [11, 12, 13] } },
      { topic: 'orders', partition: 1, failure: undefined },
    ])
    expect(written.toSorted((a, b) => a - b)).toEqual([7, 10])
  })

  test('stops at the first record of a batch that can’t be delivered', async () => {
    const { delivery: settings } = delivery({ policy: 'fail', write: () => Promise.reject(denied) })
    const [result] = await deliver([batchWithAbnormal()], settings, 5_000)
    expect(result?.failure?.offsets).toEqual([10, 11, 12, 13])
    expect(result?.failure?.error).toMatchObject({
      code: 'STORE_ACCESS_DENIED',
      topic: 'orders',
      partition: 0,
      offset: 10,
    })
  })

  test('law: delivered and failed together are the batch, in its order', async () => {
    const outcome = fc.array(fc.boolean(), { minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(outcome, async decodable => {
        const batch: RecordBatch = { topic: 'orders', partition: 0, records: [], abnormal: [] }
        for (const [offset, good] of decodable.entries()) {
          if (good) batch.records.push(record(offset))
          else batch.abnormal.push({ record: record(offset), error: undecodable, position: batch.records.length })
        }
        const { written, delivery: settings } = delivery({ policy: 'fail' })
        const [result] = await deliver([batch], settings, 5_000)
        expect([...written, ...(result?.failure?.offsets ?? [])]).toEqual([...decodable.keys()])
      }),
    )
  })
})

describe('a write that delivers a part', () => {
  const batch = { topic: 'orders', partition: 0, records: [1, 2, 3, 4].map(offset => record(offset)), abnormal: [] }
  const offsetsOf = (records: KafkaRecord[]) => records.map(({ offset }) => offset)

  /** Delivers the second and third record of the batch, then fails with the given error; repeated, it delivers the rest. */
  function partial(error: CodedError, lasts = false) {
    const calls: number[][] = []
    const write = async (records: KafkaRecord[], { delivered }: Attempt) => {
      calls.push(offsetsOf(records))
      if (calls.length > 1 && !lasts) return
      delivered(records.filter(({ offset }) => offset === 2 || offset === 3))
      throw error
    }
    return { calls, write }
  }

  test.each(failurePolicyNames)('is repeated with the rest, in order, under policy %s', async policy => {
    const { calls, write } = partial(away)
    const [result] = await deliver([batch], delivery({ policy, write }).delivery, 20_000)
    expect([calls, result?.failure]).toEqual([
      [
        [1, 2, 3, 4],
        [1, 4],
      ],
      undefined,
    ])
  })

  test('what it could not deliver is put aside, and nothing else', async () => {
    const dead = memoryTopic('dead')
    const { write } = partial(denied, true)
    await deliver([batch], delivery({ write, deadLetter: dead.deadLetter }).delivery, 20_000)
    expect(dead.received.map(({ key }) => key?.toString())).toEqual(['key-1', 'key-4'])
  })

  // A platform that sends each record by itself repeats only those that are not in the bucket.
  test('what it delivered is told apart from what has to be delivered again as a batch', async () => {
    const { write } = partial(denied, true)
    const [result] = await deliver([batch], delivery({ policy: 'fail', write }).delivery, 20_000)
    expect(result?.failure).toMatchObject({ offsets: [1, 2, 3, 4], undone: [1, 4] })
    const failure = new PartialFailure([{ topic: 'orders', partition: 0, failure: result?.failure as BatchFailure }])
    expect(batch.records.map(record => failure.errorOf(record)?.code)).toEqual([
      ...['STORE_ACCESS_DENIED', undefined, undefined, 'STORE_ACCESS_DENIED'],
    ])
  })

  test('and finds abnormal data is repeated without those records under policy log', async () => {
    const abnormal = memoryTopic('abnormal')
    const { calls, write } = partial(
      new AbnormalDataError([{ record: batch.records[3] as KafkaRecord, error: denied }]),
    )
    await deliver([batch], delivery({ write, abnormalData: abnormal.deadLetter }).delivery, 20_000)
    expect(calls).toEqual([[1, 2, 3, 4], [1]])
    expect(abnormal.received.map(({ key }) => key?.toString())).toEqual(['key-4'])
  })

  test('and finds abnormal data delivers what is before it, then stops under policy fail', async () => {
    const { calls, write } = partial(
      new AbnormalDataError([{ record: batch.records[3] as KafkaRecord, error: denied }]),
    )
    const [result] = await deliver([batch], delivery({ policy: 'fail', write }).delivery, 20_000)
    expect([calls, result?.failure?.offsets]).toEqual([[[1, 2, 3, 4], [1]], [4]])
  })
})

// One line said "3 to 97, 3 records" with the first one's error: 94 good records were suspected, and one error wasn't told.
test('each failed record is named by its exact offset, each error in a line of its own', async () => {
  const unknown = new CodedError('SCHEMA_UNKNOWN', 'no such schema')
  const abnormal = [3, 50, 97].map(offset => ({
    record: record(offset),
    error: offset === 50 ? unknown : undecodable,
    position: offset,
  }))
  const { lines, delivery: settings } = delivery()
  await deliver([{ topic: 'orders', partition: 0, records: [], abnormal }], settings, 5_000)
  expect(lines).toEqual([
    ['Records left in Kafka', expect.objectContaining({ ranges: '3,97', records: 2, errorCode: 'RECORD_UNDECODABLE' })],
    ['Records left in Kafka', expect.objectContaining({ ranges: '50', records: 1, errorCode: 'SCHEMA_UNKNOWN' })],
  ])
})

test('records that the dead letter refuses for good are named in the log with the error of the refusal', async () => {
  const tooLarge = new CodedError('KAFKA_RECORD_TOO_LARGE', 'too large for it')
  const deadLetter: DeadLetter = {
    topic: 'dead',
    put: async failed => failed.slice(1).map(one => ({ ...one, error: tooLarge })),
  }
  const { lines, delivery: settings } = delivery({ write: () => Promise.reject(denied), deadLetter })
  const records = [record(5), record(9)]
  await deliver([{ topic: 'orders', partition: 0, records, abnormal: [] }], settings, 5_000)
  expect(lines).toEqual([
    ['Records put aside', expect.objectContaining({ firstOffset: 5, lastOffset: 5, errorCode: 'STORE_ACCESS_DENIED' })],
    ['Records left in Kafka', expect.objectContaining({ firstOffset: 9, errorCode: 'KAFKA_RECORD_TOO_LARGE' })],
  ])
})

describe.each(failurePolicyNames)('what the register says of policy %s is so:', policy => {
  const { putsAside, metric } = failurePolicies[policy]

  test.each([
    ['can’t be decoded', {}],
    ['can’t be delivered', { write: () => Promise.reject(denied) }],
  ])('whether a record that %s is put aside, and the metric that counts it', async (_, fields) => {
    const topic = memoryTopic('failed')
    const added: MetricName[] = []
    const telemetry = { ...noTelemetry, add: (name: MetricName) => void added.push(name) }
    const { deadLetter } = topic
    const [result] = await deliver(
      [batchWithAbnormal()],
      delivery({ policy, telemetry, deadLetter, ...fields }).delivery,
      5_000,
    )
    expect(topic.received.length > 0).toBe(putsAside && 'write' in fields)
    expect(result?.failure === undefined).toBe(putsAside)
    const counted = added.filter(name => ['DeadLetters', 'PartitionsStopped'].includes(name))
    expect(new Set(counted)).toEqual(new Set([metric]))
  })
})

describe('retries', () => {
  const batch = { topic: 'orders', partition: 0, records: [record(1)], abnormal: [] }

  test('a transient error is retried until it passes', async () => {
    let attempts = 0
    const write = async () => {
      attempts += 1
      if (attempts < 3) throw away
    }
    const delivered = new VirtualTime().run(() =>
      deliver([batch], delivery({ policy: 'fail', write }).delivery, 20_000),
    )
    await expect(delivered).resolves.toEqual([{ topic: 'orders', partition: 0, failure: undefined }])
    expect(attempts).toBe(3)
  })

  test('retries end while there is still time to put the records aside', async () => {
    const time = new VirtualTime()
    const end = time.now + 5_000
    const dead = memoryTopic('dead')
    const { delivery: settings } = delivery({ write: () => Promise.reject(away), deadLetter: dead.deadLetter })
    await time.run(() => deliver([batch], settings, 5_000))
    expect(dead.received).toHaveLength(1)
    expect(end - time.now).toBeGreaterThanOrEqual(1_000)
  })

  // What was reported of a store that refused connections was "Request aborted", which the last attempt ended with.
  test('the last word is what was wrong, not that the time was over', async () => {
    let attempts = 0
    const write = async (_: KafkaRecord[], { signal }: Attempt) => {
      attempts += 1
      if (attempts === 1) throw away
      const message = 'Request aborted'
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () =>
          reject(new CodedError('STORE_UNAVAILABLE', message, { retryable: true })),
        )
      })
    }
    const { lines, delivery: settings } = delivery({ policy: 'fail', write })
    const [result] = await new VirtualTime().run(() => deliver([batch], settings, 2_000))
    expect(attempts).toBe(2)
    expect(result?.failure?.error.message).toBe('away')
    expect(lines.filter(([message]) => message === 'Delivery is repeated')).toHaveLength(1)
  })

  test('an error that stays is not retried', async () => {
    let attempts = 0
    const write = async () => {
      attempts += 1
      throw denied
    }
    await deliver([batch], delivery({ write }).delivery, 20_000)
    expect(attempts).toBe(1)
  })
})

test('an error without a code becomes UNEXPECTED and keeps its cause', async () => {
  const bug = new TypeError('x is not a function')
  const [result] = await deliver(
    [{ topic: 'orders', partition: 0, records: [record(1)], abnormal: [] }],
    delivery({ policy: 'fail', write: () => Promise.reject(bug) }).delivery,
    1_000,
  )
  expect(result?.failure?.error).toMatchObject({ code: 'UNEXPECTED', retryable: false, cause: bug })
  expect(inspect(result)).not.toContain('the payload')
})
