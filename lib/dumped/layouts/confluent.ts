import type { RecordHeader } from '../../record.ts'
import type { ListedObject } from '../../s3/store.ts'
import type { Layout, LayoutObject, LayoutRecord, LayoutStore } from '../layout.ts'
import { headersFile, keyFile, partsOf, valueFile } from './confluent-parts.ts'
import type { ConnectorLayout, LayoutSettings } from './settings.ts'
import { decodable } from './undecodable.ts'
import { zipped } from './zipped.ts'

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
        seen.companions ||= isCompanion(key)
        return nameOf(key)
      },
      read(object, store) {
        const mayHaveCompanions = seen.companions || !seen.names
        return decodable('one of Confluent’s S3 sink', recordsOf(object, store, { ...settings, mayHaveCompanions }))
      },
    }
  },
}

/** No topic has a plus sign in its name. */
const OBJECT_KEY =
  /(?:^|\/)(?<topic>[A-Za-z0-9._-]+)\+(?<partition>\d+)\+(?<offset>\d+)(?<companion>\.keys|\.headers)?\.(?<extension>[^/]+)$/

/** The folder of tombstones, which have no object of values. Source: `tombstone.encoded.partition` and its default. */
const TOMBSTONES = /(?:^|\/)tombstone\/[^/]+$/

function nameOf(key: string): ReturnType<Layout['parse']> {
  const { topic, partition, offset, companion } = OBJECT_KEY.exec(key)?.groups ?? {}
  if (!topic || companion === '.headers') return undefined
  // The keys of tombstones are all that there is of them.
  if (companion === '.keys' && !TOMBSTONES.test(key)) return undefined
  return { topic, partition: Number(partition), firstOffset: Number(offset) }
}

async function* recordsOf(
  object: LayoutObject,
  store: LayoutStore,
  { base64 = [], mayHaveCompanions }: LayoutSettings & { mayHaveCompanions: boolean },
): AsyncIterable<LayoutRecord[]> {
  const { topic } = object
  const partition = object.partition as number
  const { keys, headers } = mayHaveCompanions ? await companionsOf(object, store) : {}
  const keyParts = keys ? [partsOf(keys, store, keyFile(base64.includes('key')))] : []
  const headerParts = headers ? [partsOf(headers, store, headersFile)] : []
  const others = [...keyParts, ...headerParts] as AsyncIterable<unknown[]>[]
  for await (const [values, ...beside] of zipped(valuesOf(object, store, base64.includes('value')), others)) {
    const keyGroup = keys ? (beside[0] as (Buffer | null)[]) : []
    const headerGroup = headers ? (beside.at(-1) as RecordHeader[][]) : []
    yield values.map((value, index) => ({
      ...{ topic, partition, offset: -1, timestamp: -1 },
      key: keyGroup[index] ?? null,
      value,
      headers: headerGroup[index] ?? [],
    }))
  }
}

/** Of tombstones there are only keys. */
async function* valuesOf(
  object: LayoutObject,
  store: LayoutStore,
  isBase64: boolean,
): AsyncIterable<(Buffer | null)[]> {
  if (isCompanion(object.key)) {
    for await (const keys of partsOf(object, store, keyFile(false))) yield keys.map(() => null)
  } else yield* partsOf(object, store, valueFile(isBase64))
}

function isCompanion(key: string): boolean {
  return OBJECT_KEY.exec(key)?.groups?.companion !== undefined
}

interface Companions {
  keys?: ListedObject
  headers?: ListedObject
}

/** Objects beside the one of an object's values: one value may have two companions, each with any extension. */
async function companionsOf({ key }: LayoutObject, store: LayoutStore): Promise<Companions> {
  const { topic, partition, offset } = OBJECT_KEY.exec(key)?.groups ?? {}
  const name = `${topic}+${partition}+${offset}.`
  const base = key.slice(0, key.lastIndexOf('/') + 1) + name
  const companions: Record<string, ListedObject> = {}
  for await (const object of store.list(base)) {
    const companion = OBJECT_KEY.exec(object.key)?.groups?.companion
    if (companion) companions[companion] = object
  }
  return { keys: companions['.keys'], headers: companions['.headers'] }
}
