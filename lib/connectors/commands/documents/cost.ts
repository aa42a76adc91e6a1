import * as z from 'zod'
import { wayNames } from '../../../cost/comparison.ts'
import { compressionNames } from '../../../formats/compression.ts'
import { formatNames } from '../../../formats/index.ts'
import { version } from './schema.ts'

const amount = (meaning: string) => z.number().min(0).describe(meaning)
const dollars = (meaning: string) =>
  z.number().min(0).nullable().describe(`${meaning} Null where a price is not known.`)

const cost = z.strictObject({
  dollarsPerMonth: dollars('Of a month, storage aside.'),
  dollarsPerTb: dollars('For each TB (10¹² bytes) of records.'),
})

export const costDocument = z.strictObject({
  schema: version,
  connector: z.string().nullable().describe('The connector; null when the rate alone was given.'),
  region: z.string().describe('The region whose prices are used.'),
  pricesDate: z.string().describe('When the newest of the price lists was published.'),
  priceDates: z
    .array(
      z.strictObject({
        service: z.string().describe('The service.'),
        date: z.string().nullable().describe('When the source of its prices was published; null if that is not known.'),
      }),
    )
    .describe('The services whose prices are used.'),
  load: z
    .strictObject({
      kind: z.enum(['dump', 'replicate']).describe('What the connector does; `dump` when only a rate was given.'),
      format: z.enum(formatNames).nullable().describe('Of a dump’s objects; null for a replication.'),
      compression: z.enum(compressionNames).nullable().describe('Of a dump’s objects; null for a replication.'),
      isMeasured: z.boolean().describe('Whether the rate is that of the last five minutes.'),
      mbPerSecond: amount('Megabytes (10⁶ bytes) of keys, values and headers a second.'),
      recordBytes: amount('Bytes of a record, on average.'),
      partitions: amount('Partitions that are read.'),
      batchSize: amount('Most records of a batch, as declared.'),
      windowSeconds: amount('Longest wait for a batch to fill, as declared.'),
      memoryMb: amount('Memory of the function.'),
      rotates: z.boolean().describe('Whether batches are staged and compacted.'),
    })
    .describe('What the figures are for.'),
  usage: z
    .strictObject({
      tb: amount('TB of records.'),
      records: amount('Records.'),
      recordsPerBatch: amount('Records of a batch, on average.'),
      batchClosedBy: z
        .enum(['size', 'window', 'event'])
        .describe('What closes it: `event` is the 6 MB of an invocation.'),
      invocations: amount('Requests to Lambda: invocations of its functions.'),
      gbSeconds: amount('Memory of its functions for the time that they run.'),
      puts: amount('PUT requests to the store.'),
      lists: amount('LIST requests.'),
      gets: amount('GET requests.'),
      compaction: z
        .strictObject({ puts: amount('PUT.'), lists: amount('LIST.'), gets: amount('GET.') })
        .describe('The requests of compaction among these; none without rotation.'),
      objects: amount('Objects that are there in the end.'),
      storedGb: amount('GB that are added to the store.'),
    })
    .describe('What a month uses.'),
  parts: z
    .strictObject({
      invocations: amount('Of Lambda’s requests.'),
      compute: amount('Of Lambda’s GB-seconds.'),
      requests: amount('Of the store’s requests.'),
      compaction: amount('Of those of compaction, which are in `requests`.'),
    })
    .describe('Dollars of a month, on demand.'),
  storageDollars: amount('Dollars a month for what a month adds, for each month that it is kept.'),
  ways: z
    .array(
      cost.extend({
        way: z.enum(wayNames).describe('The mode of the mapping, or another service.'),
        pollerUnits: amount('Event Poller Units that are billed.'),
        connectUnits: amount('MCUs of MSK Connect, as estimated from a measurement of this project.'),
      }),
    )
    .describe('What the same costs in each way.'),
  cheapest: z
    .enum(wayNames)
    .nullable()
    .describe('The way that costs least, of those with known prices; null where only one has a known price.'),
  connectUnitDollars: dollars('What one MCU of MSK Connect costs a month.'),
  batches: z
    .array(
      cost.extend({
        batchSize: amount('Most records of a batch.'),
        windowSeconds: amount('Longest wait for it to fill.'),
        rotates: z.boolean().describe('Whether batches are staged, and compacted each hour.'),
        invocations: amount('Of a month.'),
        requests: amount('PUT, LIST and GET requests to the store, of a month.'),
        objects: amount('Objects of a month that are there in the end.'),
      }),
    )
    .describe('What other batches would do to it, on demand.'),
  notes: z.array(z.string()).describe('What is left out, assumed, or not known.'),
})
