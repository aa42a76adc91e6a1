import { compressionNames } from '../../../lib/formats/compression.ts'
import type { FormatName } from '../../../lib/formats/index.ts'
import type { PartitionerSettings } from '../../../lib/objects/partitioners.ts'
import { type PathFormat, parsePathFormat } from '../../../lib/objects/time-path.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { allAwkwardRecords } from '../../support/awkward-records.ts'
import { DumpBucket } from '../../support/dump-bucket.ts'
import { legible } from '../../support/formats.ts'

const place = { topic: 'awkward.topic_1', partition: 3 }
const daily: PartitionerSettings = {
  name: 'time',
  format: parsePathFormat('year=yyyy/month=MM') as PathFormat,
  timeZone: 'UTC',
}
const byKey: PartitionerSettings = { name: 'field', field: 'key', fallback: 'none' }
const partitioners: PartitionerSettings[] = [{ name: 'default' }, daily, byKey]

/** Records as they were, without what objects add. */
function asProduced(records: KafkaRecord[]) {
  return legible(
    records.map(({ topic, partition, offset, timestamp, key, value, headers }) => {
      return { topic, partition, offset, timestamp, key, value, headers: [...headers] }
    }),
  )
}

const awkward = allAwkwardRecords.filter(({ offset }) => offset >= 0).map(record => ({ ...record, ...place }))

describe.each(['json', 'jsonl', 'avro', 'parquet'] as FormatName[])('%s', format => {
  test.each(compressionNames)(
    'gives every awkward record back, with compression %s and any partitioner',
    async compression => {
      for (const partitioner of partitioners) {
        const bucket = new DumpBucket({ form: { format, compression }, keys: { partitioner } })
        await bucket.dump(awkward)
        const { records, findings } = await bucket.read(place)
        expect(asProduced(records)).toEqual(asProduced(awkward))
        expect(findings).toMatchObject({ duplicates: 0, conflicts: 0, unselected: 0, corrupt: [] })
      }
    },
  )
})
