import { Batch } from '../../../lib/offline/poller/batch.ts'
import { envelopeOf } from '../../../lib/offline/poller/event.ts'
import { jsonOrders } from '../json-records.ts'
import type { Load } from './series.ts'

const FIRST_TIMESTAMP = 1_767_225_600_000
const PLAIN = { timestampType: 'CREATE_TIME', headers: [] } as const

/** Events of a load as Lambda makes them, as texts: orders of a topic, in all of its partitions in turn. */
export function* eventTexts(topic: string, { records, recordBytes, partitions, batch }: Load): Generator<Buffer> {
  const envelope = envelopeOf({ eventSource: 'SelfManagedKafka', bootstrapServers: '127.0.0.1:9092' })
  const emptyBatch = () => new Batch({ topic, envelope, maxRecords: batch })
  let [event, number] = [emptyBatch(), 0]
  for (const orders of jsonOrders(records, recordBytes)) {
    for (const order of orders) {
      const partition = number % partitions
      const offset = Math.floor(number / partitions)
      const record = { ...order, offset, timestamp: FIRST_TIMESTAMP + number, ...PLAIN }
      if (event.add(partition, record)) {
        number += 1
        continue
      }
      yield event.payload()
      event = emptyBatch()
      event.add(partition, record)
      number += 1
    }
  }
  if (event.count > 0) yield event.payload()
}
