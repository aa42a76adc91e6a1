import type { KafkaRecord } from '../../lib/record.ts'
import { type JavaProgram, startJavaProgram } from './java-program.ts'

/** How Connect turns bytes of Kafka into what a sink gets. */
export type ConnectConverter = 'string' | 'bytes' | 'json' | 'struct'

let oracle: Promise<JavaProgram> | undefined

async function ask(...command: string[]): Promise<Buffer> {
  oracle ??= startJavaProgram('SinkOracle', 'sinks', import.meta.dirname)
  const [object = ''] = await (await oracle).ask(...command)
  return Buffer.from(object, 'base64')
}

afterAll(async () => {
  await (await oracle)?.stop()
})

const base64 = (text: string) => Buffer.from(text).toString('base64')

function argument(records: KafkaRecord[]): string {
  const part = (bytes: Buffer | null) => bytes?.toString('base64') ?? null
  const texts = records.map(({ offset, timestamp, key, value, headers }) => ({
    offset,
    timestamp: timestamp === -1 ? null : timestamp,
    key: part(key),
    value: part(value),
    headers: headers.map(header => [header.key, part(header.value)]),
  }))
  return base64(JSON.stringify(texts))
}

interface AivenOptions {
  format: 'json' | 'jsonl' | 'csv'
  compression?: 'none' | 'gzip' | 'snappy' | 'zstd'
  fields?: string
  encoding?: 'base64' | 'none'
  envelope?: boolean
  key?: ConnectConverter
  value?: ConnectConverter
}

/** An object that Aiven's own writers make. */
export function aivenObject(records: KafkaRecord[], options: AivenOptions): Promise<Buffer> {
  const { format, compression = 'none', fields = 'key,value,offset,timestamp,headers', encoding = 'base64' } = options
  const { envelope = true, key = 'bytes', value = 'bytes' } = options
  return ask('aiven', format, compression, fields, encoding, String(envelope), key, value, argument(records))
}

/** An object of JSON as Confluent's sink writes it. */
export function confluentObject(
  part: 'values' | 'keys' | 'headers',
  records: KafkaRecord[],
  {
    compression = 'none',
    key = 'string',
    value = 'json',
  }: Pick<AivenOptions, 'key' | 'value'> & {
    compression?: 'none' | 'gzip'
  } = {},
): Promise<Buffer> {
  return ask('confluent', part, compression, key, value, argument(records))
}

/** Rows in Avro's JSON encoding, written by Avro's container or by `AvroParquetWriter`, as both sinks do. */
export function avroRowsObject(
  format: 'avro' | 'parquet',
  codec: string,
  schema: unknown,
  rows: readonly string[],
): Promise<Buffer> {
  return ask('rows', format, codec, base64(JSON.stringify(schema)), base64(JSON.stringify(rows)))
}
