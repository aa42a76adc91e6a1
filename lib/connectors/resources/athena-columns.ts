import { type ColumnContent, recordColumns } from '../../formats/column.ts'
import type { FormatSettings } from '../../formats/encode.ts'
import type { FormatName } from '../../formats/index.ts'

/** How a table's rows are read from its objects. Source: Amazon Athena User Guide, "Choose a SerDe for your data". */
export interface Serde {
  /** The format's name for AWS Glue: its table's `classification`. */
  classification: string
  library: string
  parameters: Record<string, string>
  inputFormat: string
  outputFormat: string
}

/** A column as Hive and Athena declare it. */
export interface Column {
  name: string
  type: string
}

/** The formats that Athena reads: not a JSON array, and not values alone. */
type AthenaFormat = Extract<FormatName, 'jsonl' | 'avro' | 'parquet'>

export function isAthenaFormat(format: FormatName): format is AthenaFormat {
  return Object.hasOwn(types, format)
}

/**
 * The types of columns, by format. A text format holds bytes as text or as base64, which `keyencoding` and `valueencoding`
 * tell apart, and times as numbers.
 */
const binary: Record<ColumnContent, string> = {
  text: 'string',
  int: 'int',
  long: 'bigint',
  boolean: 'boolean',
  time: 'timestamp',
  bytes: 'binary',
  encoding: 'string',
  json: 'string',
  headers: 'array<struct<key:string,value:binary>>',
}
const types: Record<AthenaFormat, Record<ColumnContent, string>> = {
  jsonl: {
    ...binary,
    time: 'bigint',
    bytes: 'string',
    headers: 'array<struct<key:string,value:string,valueencoding:string>>',
  },
  avro: binary,
  parquet: binary,
}

/** The columns of a table, without those in `without`. Names are in lower case, as AWS Glue keeps them. */
export function athenaColumns(settings: FormatSettings, without: readonly string[]): Column[] {
  const { format } = settings
  if (!isAthenaFormat(format)) return []
  return Object.entries(recordColumns(settings, { isJson: format === 'jsonl' }))
    .filter(([name]) => !without.includes(name))
    .map(([name, content]) => ({ name: name.toLowerCase(), type: types[format][content] }))
}

const MAPRED = 'org.apache.hadoop.mapred'
const HIVE = 'org.apache.hadoop.hive.ql.io'

const text = {
  classification: 'json',
  inputFormat: `${MAPRED}.TextInputFormat`,
  outputFormat: `${HIVE}.HiveIgnoreKeyTextOutputFormat`,
  parameters: {},
}

/**
 * Sources: Amazon Athena User Guide, "Avro SerDe", "Parquet SerDe", "JSON SerDe libraries" and "OpenX JSON SerDe", which says
 * that the latter may count rows wrongly; so it reads only values of JSON, which the other can't take for a string.
 */
const serdes: Record<AthenaFormat, (settings: FormatSettings, without: readonly string[]) => Serde> = {
  jsonl: ({ values }) => ({
    ...text,
    library: values === 'json' ? 'org.openx.data.jsonserde.JsonSerDe' : 'org.apache.hive.hcatalog.data.JsonSerDe',
  }),
  avro: (settings, without) => ({
    classification: 'avro',
    library: 'org.apache.hadoop.hive.serde2.avro.AvroSerDe',
    parameters: { 'avro.schema.literal': JSON.stringify(avroSchema(settings, without)) },
    inputFormat: `${HIVE}.avro.AvroContainerInputFormat`,
    outputFormat: `${HIVE}.avro.AvroContainerOutputFormat`,
  }),
  parquet: () => ({
    classification: 'parquet',
    library: `${HIVE}.parquet.serde.ParquetHiveSerDe`,
    parameters: {},
    inputFormat: `${HIVE}.parquet.MapredParquetInputFormat`,
    outputFormat: `${HIVE}.parquet.MapredParquetOutputFormat`,
  }),
}

/** How a table's rows are read; undefined for a format that Athena doesn't read. */
export function athenaSerde(settings: FormatSettings, without: readonly string[]): Serde | undefined {
  const { format } = settings
  return isAthenaFormat(format) ? serdes[format](settings, without) : undefined
}

const optional = (type: unknown) => ['null', type]

/** The types of Avro's fields, as `lib/formats/avro-record.ts` declares them. */
const avroTypes: Record<ColumnContent, unknown> = {
  text: 'string',
  int: 'int',
  long: 'long',
  boolean: 'boolean',
  time: optional({ type: 'long', logicalType: 'timestamp-millis' }),
  bytes: optional('bytes'),
  encoding: 'string',
  json: optional('string'),
  headers: {
    type: 'array',
    items: {
      type: 'record',
      name: 'Header',
      fields: [
        { name: 'key', type: 'string' },
        { name: 'value', type: optional('bytes') },
      ],
    },
  },
}
const OPTIONAL_FIELDS: Record<string, unknown> = { valueSize: optional('long'), valueObject: optional('string') }

/** The schema with which a table reads containers: that of the objects, without the fields that are folders in the table. */
export function avroSchema(settings: FormatSettings, without: readonly string[]): object {
  const fields = Object.entries(recordColumns(settings, { isJson: false }))
    .filter(([name]) => !without.includes(name))
    .map(([name, content]) => ({ name, type: OPTIONAL_FIELDS[name] ?? avroTypes[content] }))
  return { type: 'record', name: 'KafkaRecord', fields }
}
