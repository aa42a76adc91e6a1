import type { LayoutObject, LayoutRecord, LayoutStore } from '../layout.ts'
import type { AivenRecord } from './aiven-record.ts'
import { aivenNames } from './aiven-template.ts'
import { csvRecords, jsonRecords } from './aiven-text.ts'
import { openContent } from './content.ts'
import type { ConnectorLayout, LayoutSettings } from './settings.ts'
import { decodable } from './undecodable.ts'

/**
 * Objects of Aiven's S3 sink: `<topic>-<partition>-<first offset>`, or as its template says, in JSON, JSON Lines, CSV, Avro or
 * Parquet, with the fields of a record that its configuration names. Source: Aiven-Open/cloud-storage-connectors-for-apache-kafka,
 * the sink's README and `io.aiven.kafka.connect.common.output`.
 */
export const aiven: ConnectorLayout = {
  title: 'Aiven’s Amazon S3 sink',
  losses: [
    'Everything that `format.output.fields` doesn’t name: by default all but the value. Without `timestamp`, records come back without one. Without `offset`, only that of an object’s first record is known, and the others are counted.',
    'The bytes of structured values and keys (Avro, Protobuf, JSON Schema, JSON): they come back as JSON text, without the id of their schema. Bytes within them are base64.',
    'In JSON, text and bytes look alike: what went through `ByteArrayConverter` has to be named (`base64`), and a JSON text that is a string comes back without its quotation marks.',
    'In CSV, an empty key or value looks like none, and comes back as null. With `format.output.fields.value.encoding=none`, a value with a newline can’t be read.',
    'In Avro and Parquet, headers are a map: order and repeated names are lost. Values that are no text are what Connect made of them.',
    'Files by key (`{{key}}`): refused, because each has only the newest record.',
  ],
  create(settings) {
    const { prefix, template } = settings
    return {
      losses: aiven.losses,
      isChained: true,
      parse: aivenNames(prefix, template),
      read: (object, store) => decodable('one of Aiven’s S3 sink', layoutRecords(object, store, settings)),
    }
  },
}

async function* layoutRecords(
  object: LayoutObject,
  store: LayoutStore,
  settings: LayoutSettings,
): AsyncIterable<LayoutRecord[]> {
  const place = { topic: object.topic, partition: object.partition as number }
  for await (const some of recordsOf(object, store, settings)) {
    yield some.map(({ key = null, value = null, offset = -1, timestamp = -1, headers = [] }) => ({
      ...place,
      ...{ offset, timestamp, key, value, headers },
    }))
  }
}

async function* recordsOf(
  object: LayoutObject,
  store: LayoutStore,
  settings: LayoutSettings,
): AsyncIterable<AivenRecord[]> {
  const { format, begin, chunks, source } = await openContent(object, store)
  if (format !== 'text') {
    // Loaded by the first object that needs it: a command that only names the layouts needn't wait for its libraries.
    const { avroRecords, parquetRecords } = await import('./aiven-columns.ts')
    yield* format === 'avro' ? avroRecords(chunks, settings) : parquetRecords(source, settings)
  } else if (isCsv(begin, settings)) yield* csvRecords(chunks, settings)
  else yield* jsonRecords(chunks, begin.startsWith(ARRAY), settings)
}

/** What the sink begins an array of records with. A value that is an array has no newline there. */
const ARRAY = '[\n'

/** Values without an encoding may look like JSON. Whoever names the fields says that it is CSV. */
function isCsv(begin: string, { fields, envelope = true }: LayoutSettings): boolean {
  if (fields) return true
  return envelope && !begin.startsWith('{') && !begin.startsWith(ARRAY)
}
