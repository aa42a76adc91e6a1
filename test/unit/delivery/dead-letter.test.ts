import { createDeadLetter, type EnsureTopic, type FailedRecord } from '../../../lib/delivery/dead-letter.ts'
import { CodedError } from '../../../lib/error.ts'
import type { RecordProducer } from '../../../lib/record.ts'

const DEADLINE = 5_000
const away = new CodedError('KAFKA_UNAVAILABLE', 'away', { retryable: true })

function failed(topic: string, offset: number): FailedRecord {
  const record = { topic, partition: 0, offset, timestamp: 1, key: null, value: null, headers: [] }
  return { record, error: new CodedError('VALUE_UNDECODABLE', 'no JSON') }
}

/** A dead letter, and what it asks of its cluster, in order. */
function recorded({ ensure, send }: { ensure?: () => Promise<void>; send?: () => Promise<void> } = {}) {
  const asked: unknown[] = []
  const ensureTopic: EnsureTopic = async (topic, sources, deadline) => {
    asked.push({ topic, sources, deadline })
    await ensure?.()
  }
  const producer: RecordProducer = {
    async send(_, records) {
      asked.push(records.length)
      await send?.()
    },
  }
  return { asked, deadLetter: createDeadLetter('failed', 'c', producer, ensureTopic) }
}

const ensured = (...sources: string[]) => ({ topic: 'failed', sources, deadline: DEADLINE })

test('the topic is made sure of once, before the first records, whatever comes at the same time', async () => {
  const { asked, deadLetter } = recorded()
  const orders = [failed('orders', 1), failed('payments', 1), failed('orders', 2)]
  await Promise.all([deadLetter.put(orders, DEADLINE), deadLetter.put([failed('refunds', 1)], DEADLINE)])
  await deadLetter.put([failed('orders', 3)], DEADLINE)
  expect(asked).toEqual([ensured('orders', 'payments'), 3, 1, 1])
})

test('it is not asked for when nothing is put there: a record that comes from it is left', async () => {
  const { asked, deadLetter } = recorded()
  expect(await deadLetter.put([failed('failed', 1)], DEADLINE)).toHaveLength(1)
  expect(asked).toEqual([])
})

test('what may not be created fails the put with its reason, and the next one asks again', async () => {
  let error: Error | undefined = new CodedError('KAFKA_ACCESS_DENIED', 'run: kafka-topics.sh')
  const ensure = async () => {
    if (error) throw error
  }
  const { asked, deadLetter } = recorded({ ensure })
  await expect(deadLetter.put([failed('orders', 1)], DEADLINE)).rejects.toMatchObject({
    code: 'DEAD_LETTER_UNREACHABLE',
    message: '1 failed records could not be put into the topic failed: run: kafka-topics.sh',
    cause: error,
  })
  expect(asked).toEqual([ensured('orders')])
  error = undefined
  expect(await deadLetter.put([failed('orders', 1)], DEADLINE)).toEqual([])
  expect(asked).toEqual([ensured('orders'), ensured('orders'), 1])
})

test('it is made sure of again after a failure: users may delete it while an instance is warm', async () => {
  const send = () => Promise.reject(away)
  const { asked, deadLetter } = recorded({ send })
  for (const _ of [1, 2]) await deadLetter.put([failed('orders', 1)], DEADLINE).catch(() => {})
  expect(asked).toEqual([ensured('orders'), 1, ensured('orders'), 1])
})
