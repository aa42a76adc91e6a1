import fc from 'fast-check'
import { createDeadLetter } from '../../../lib/delivery/dead-letter.ts'
import { deadLetterHeaders, parseLetter } from '../../../lib/delivery/letter.ts'
import { CodedError } from '../../../lib/error.ts'
import type { KafkaRecord, OutgoingRecord, RecordProducer } from '../../../lib/record.ts'
import { RefusedRecordsError } from '../../../lib/refused-records.ts'
import { records } from '../../support/arbitrary-records.ts'

const error = new CodedError('VALUE_UNDECODABLE', 'no JSON')
const stored = { topic: 'failed', partition: 0, offset: 0 }

/** Puts records into a topic, which refuses timestamps at first if it is strict, and reads what it has then. */
async function putAndRead(some: KafkaRecord[], isStrict = false) {
  const sent: OutgoingRecord[] = []
  const producer: RecordProducer = {
    async send(_, outgoing) {
      const refused = outgoing.flatMap(({ timestamp }, index) =>
        isStrict && timestamp < 1_000_000
          ? [{ index, error: new CodedError('KAFKA_TIMESTAMP_REFUSED', 'too old') }]
          : [],
      )
      if (refused.length > 0) throw new RefusedRecordsError(refused)
      sent.push(...outgoing)
    },
  }
  const failed = some.map(record => ({ record, error }))
  expect(await createDeadLetter('failed', 'orders', producer).put(failed, Date.now() + 1_000)).toEqual([])
  return sent.map((record, offset) => parseLetter({ ...record, topic: 'failed', partition: 0, offset }))
}

test('what is put aside comes back as it was, whatever headers it has brought', async () => {
  await fc.assert(
    fc.asyncProperty(
      records(1),
      fc.boolean(),
      fc.option(fc.record({ valueSchemaId: fc.string(), eventTime: fc.nat() }), { nil: undefined }),
      async (some, isLetter, more) => {
        const own = some.map(record => {
          const headers = isLetter
            ? [...record.headers, ...Object.values(deadLetterHeaders).map(key => ({ key, value: Buffer.from('7') }))]
            : record.headers
          return { ...record, ...more, headers }
        })
        const letters = await putAndRead(own)
        expect(letters.map(letter => letter?.record)).toEqual(own)
        expect(new Set(letters.map(letter => letter?.errorCode))).toEqual(new Set(['VALUE_UNDECODABLE']))
        expect(new Set(letters.map(letter => letter?.connector))).toEqual(new Set(['orders']))
      },
    ),
    { numRuns: 30 },
  )
})

test('so does a record whose timestamp the topic does not accept', async () => {
  const record = { topic: 'orders', partition: 1, offset: 5, timestamp: -1, key: null, value: null, headers: [] }
  const [letter] = await putAndRead([record], true)
  expect(letter?.record).toEqual(record)
  expect(letter?.failedAt).toBeGreaterThan(Date.now() - 60_000)
})

test('a letter of an earlier version has the timestamp of its record', () => {
  const headers = [
    ['topic', 'orders'],
    ['partition', '1'],
    ['offset', '5'],
    ['errorCode', 'UNEXPECTED'],
    ['connector', 'c'],
  ]
  const coded = headers.map(([name, value]) => ({
    key: deadLetterHeaders[name as 'topic'],
    value: Buffer.from(value as string),
  }))
  const letter = parseLetter({ ...stored, timestamp: 77, key: null, value: null, headers: coded })
  expect(letter?.record).toMatchObject({ topic: 'orders', partition: 1, offset: 5, timestamp: 77, headers: [] })
  expect(letter).not.toHaveProperty('failedAt')
})

test.each([
  ['no headers', []],
  ['a place that is none', Object.values(deadLetterHeaders).map(key => ({ key, value: Buffer.from('x') }))],
])('a record with %s is no letter', (_, headers) => {
  expect(parseLetter({ ...stored, timestamp: 1, key: null, value: null, headers })).toBeUndefined()
})
