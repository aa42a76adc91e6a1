import { Batch } from '../../../../lib/offline/poller/batch.ts'
import { envelopeOf } from '../../../../lib/offline/poller/event.ts'
import { failedOffsets } from '../../../../lib/offline/poller/response.ts'

const envelope = envelopeOf({ eventSource: 'SelfManagedKafka', bootstrapServers: 'b-1:9092' })
const batch = new Batch({ topic: 'orders', envelope, maxRecords: 100 })
for (const [partition, offset] of [
  [0, 100],
  [0, 101],
  [0, 105],
  [1, 7],
] as const) {
  batch.add(partition, { offset, timestamp: 1, timestampType: 'CREATE_TIME', key: null, value: null, headers: [] })
}
const failure = (partition: unknown, offset: unknown) => ({ itemIdentifier: { partition, offset } })

test.each([undefined, null, '', {}, { statusCode: 200 }, { batchItemFailures: null }, { batchItemFailures: [] }])(
  '%j means that all went well',
  response => {
    expect(failedOffsets(response, batch)).toEqual(new Map())
  },
)

test('the listed offsets are told by partition', () => {
  const batchItemFailures = [failure('orders-0', 105), failure('orders-0', 101), failure('orders-1', 7)]
  expect(failedOffsets({ batchItemFailures }, batch)).toEqual(
    new Map([
      [0, new Set([101, 105])],
      [1, new Set([7])],
    ]),
  )
})

test.each([
  ['ok'],
  [true],
  [{ batchItemFailures: 'orders-0' }],
  [{ batchItemFailures: [null] }],
  [{ batchItemFailures: ['orders-0-100'] }],
  [{ batchItemFailures: [{ itemIdentifier: 'orders-0-100' }] }],
  [{ batchItemFailures: [{ itemIdentifier: null }] }],
  [{ batchItemFailures: [failure('orders-2', 100)] }],
  [{ batchItemFailures: [failure('orders-00', 100)] }],
  [{ batchItemFailures: [failure('0', 100)] }],
  [{ batchItemFailures: [failure('orders-0', 102)] }],
  [{ batchItemFailures: [failure('orders-0', '100')] }],
])('%j fails all of the batch', response => {
  expect(() => failedOffsets(response, batch)).toThrow()
})
