import fc from 'fast-check'
import type { RecordBatch } from '../../../lib/batch.ts'
import { AbnormalDataError, setApart } from '../../../lib/delivery/abnormal-data.ts'
import type { FailedRecord } from '../../../lib/delivery/dead-letter.ts'
import { deliver } from '../../../lib/delivery/deliver.ts'
import { CodedError } from '../../../lib/error.ts'
import { noTelemetry } from '../../../lib/observability/telemetry.ts'
import type { KafkaRecord } from '../../../lib/record.ts'

const silent = { info() {}, warn() {}, error() {} }

const recordAt = (offset: number): KafkaRecord => ({
  topic: 'orders',
  partition: 0,
  offset,
  timestamp: 0,
  key: null,
  value: null,
  headers: [],
})

const undecodable = new CodedError('RECORD_UNDECODABLE', 'no base64')
const tooLarge = new CodedError('KAFKA_RECORD_TOO_LARGE', 'too large')

type Kind = 'good' | 'undecodable' | 'too large'

/** A batch as it is decoded, with the records of each kind in the given order. */
function batchOf(kinds: Kind[]): RecordBatch {
  const batch: RecordBatch = { topic: 'orders', partition: 0, records: [], abnormal: [] }
  for (const [offset, kind] of kinds.entries()) {
    const record = recordAt(offset)
    if (kind === 'undecodable') batch.abnormal.push({ record, error: undecodable, position: batch.records.length })
    else batch.records.push(record)
  }
  return batch
}

const failedOf = (records: KafkaRecord[], kinds: Kind[]): FailedRecord[] =>
  records.filter(({ offset }) => kinds[offset] === 'too large').map(record => ({ record, error: tooLarge }))

/** A write that refuses what is too large before it writes anything, and the places where all records came to. */
function delivery(policy: 'log' | 'fail', kinds: Kind[]) {
  const written: number[] = []
  const abnormal: number[] = []
  return {
    written,
    abnormal,
    options: {
      policy,
      peer: 'memory',
      logger: silent,
      telemetry: noTelemetry,
      abnormalData: {
        topic: 'abnormal',
        async put(failed: FailedRecord[]) {
          abnormal.push(...failed.map(({ record }) => record.offset))
          return []
        },
      },
      write: async (records: KafkaRecord[]) => {
        const failed = failedOf(records, kinds)
        if (failed.length > 0) throw new AbnormalDataError(failed)
        written.push(...records.map(({ offset }) => offset))
      },
    },
  }
}

const kindsOf = fc.array(fc.constantFrom<Kind>('good', 'good', 'undecodable', 'too large'), { maxLength: 30 })

describe('records that a write finds undeliverable', () => {
  test('law: are set apart in the order in which all came', () => {
    fc.assert(
      fc.property(kindsOf, kinds => {
        const batch = batchOf(kinds)
        const { records, abnormal } = setApart(batch, failedOf(batch.records, kinds))
        const inOrder = records.map(({ offset }) => offset)
        for (const { position, record } of abnormal.toReversed()) inOrder.splice(position, 0, record.offset)
        expect(inOrder).toEqual([...kinds.keys()])
        expect(records.every(({ offset }) => kinds[offset] === 'good')).toBe(true)
      }),
    )
  })

  test.each(['log', 'fail'] as const)(
    'law: under policy %s go to abnormal data once, and all others are written once',
    async policy => {
      await fc.assert(
        fc.asyncProperty(kindsOf, async kinds => {
          const { written, abnormal, options } = delivery(policy, kinds)
          const [result] = await deliver([batchOf(kinds)], options, 20_000)
          expect(result?.failure).toBeUndefined()
          const offsets = [...kinds.keys()]
          expect(written).toEqual(offsets.filter(offset => kinds[offset] === 'good'))
          expect(abnormal.toSorted((x, y) => x - y)).toEqual(offsets.filter(offset => kinds[offset] !== 'good'))
        }),
      )
    },
  )

  test('law: under policy fail, without a topic for them, stop the partition at the first, after the records before it', async () => {
    await fc.assert(
      fc.asyncProperty(kindsOf, async kinds => {
        const { written, options } = delivery('fail', kinds)
        const [result] = await deliver([batchOf(kinds)], { ...options, abnormalData: undefined }, 20_000)
        const offsets = [...kinds.keys()]
        const first = kinds.findIndex(kind => kind !== 'good')
        expect(written).toEqual(first < 0 ? offsets : offsets.slice(0, first))
        expect(result?.failure?.offsets).toEqual(first < 0 ? undefined : offsets.slice(first))
      }),
    )
  })
})
