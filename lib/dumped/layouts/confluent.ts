import type { LayoutRecord } from '../layout.ts'
import { type ConfluentName, parseConfluentKey } from './confluent-name.ts'
import type { confluentRecords } from './confluent-records.ts'
import type { ConnectorLayout } from './settings.ts'
import { decodable } from './undecodable.ts'

/**
 * Objects of Confluent's Amazon S3 sink: `topics/<topic>/<partitioner's folders>/<topic>+<partition>+<first offset>.<extension>`,
 * in JSON, Avro or Parquet, with the values of a stretch of a partition. With `store.kafka.keys` and `store.kafka.headers` there
 * are companions with as many keys and headers, `….keys.<extension>` and `….headers.<extension>`, each in a format of its own.
 * Source: confluentinc/kafka-connect-storage-cloud, `TopicPartitionWriter.fileKeyToCommit` and
 * `KeyValueHeaderRecordWriterProvider`.
 */
export const confluent: ConnectorLayout = {
  title: 'Confluent’s Amazon S3 sink',
  losses: [
    'Timestamps: no object has them. Records come back without one.',
    'Keys without `store.kafka.keys`, headers without `store.kafka.headers`.',
    'Offsets: only that of an object’s first record is known. The others are counted, so gaps within an object are not seen, and consumer groups can’t be set to recorded positions exactly.',
    'The bytes of structured values and keys (Avro, Protobuf, JSON Schema, JSON): they come back as JSON text, without the id of their schema. Bytes within them are base64.',
    'In JSON, text and bytes look alike: what went through `ByteArrayConverter` has to be named (`base64`), and a JSON text that is a string comes back without its quotation marks.',
    'Headers: their values are text; what was no text is what Connect made of it.',
    'Order between the folders of a time or field partitioner: records come folder by folder where their offsets interleave.',
    'Records that the sink has written twice, which it does with `rotate.schedule.interval.ms` or by wall-clock time: they come back twice.',
    'Tombstones, unless `behavior.on.null.values=write`. They come behind the other records of their stretch.',
    '`ByteArrayFormat` (`.bin`): refused, because nothing tells where a value ends.',
  ],
  create(settings) {
    // Whoever has looked at all names and seen no companion needn't ask for those of each object.
    const seen = { names: false, companions: false }
    return {
      losses: confluent.losses,
      isChained: true,
      parse(key) {
        seen.names = true
        const name = parseConfluentKey(key)
        seen.companions ||= name !== undefined && name.part !== 'values'
        if (!name || !isMain(key, name)) return undefined
        const { topic, partition, firstOffset } = name
        return { topic, partition, firstOffset }
      },
      read(object, store) {
        const mayHaveCompanions = seen.companions || !seen.names
        return decodable('one of Confluent’s S3 sink', recordsOf(object, store, { ...settings, mayHaveCompanions }))
      },
    }
  },
}

/** The folder of tombstones, which have no object of values. Source: `tombstone.encoded.partition` and its default. */
const TOMBSTONES = /(?:^|\/)tombstone\/[^/]+$/

/** Whether the object stands for its records: that of their values, or the keys of tombstones, which are all that there is of them. */
function isMain(key: string, { part }: ConfluentName): boolean {
  return part === 'values' || (part === 'keys' && TOMBSTONES.test(key))
}

/** Its libraries are loaded by the first object that is read: a command that only names the layouts needn't wait for them. */
async function* recordsOf(...options: Parameters<typeof confluentRecords>): AsyncIterable<LayoutRecord[]> {
  yield* (await import('./confluent-records.ts')).confluentRecords(...options)
}
