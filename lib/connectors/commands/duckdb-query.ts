import { type ColumnContent, recordColumns } from '../../formats/column.ts'
import type { FormatName } from '../../formats/index.ts'
import type { TableSettings } from '../resources/athena-table.ts'
import { folderTypes, globOf, hasTopicFolder, literal, type QueryPlace } from './query-place.ts'

/**
 * Statements for DuckDB that read a connector's objects. Keys and values are bytes in every format, unless the values are JSON.
 * Sources: DuckDB's documentation, "JSON Loading", "CSV Import", "Hive Partitioning" and "S3 API".
 */
export function duckdbQuery(settings: TableSettings, place: QueryPlace): string {
  return [...accessOf(place), readers[settings.format.format](settings, place)].join('\n')
}

function accessOf({ region, endpoint }: QueryPlace): string[] {
  if (!endpoint) return [`CREATE OR REPLACE SECRET (TYPE s3, PROVIDER credential_chain, REGION '${region}');`]
  const { host, protocol } = new URL(endpoint)
  const server = `ENDPOINT '${host}', URL_STYLE 'path', USE_SSL ${protocol === 'https:'}`
  return [`CREATE OR REPLACE SECRET (TYPE s3, KEY_ID '…', SECRET '…', REGION '${region}', ${server});`]
}

type Reader = (settings: TableSettings, place: QueryPlace) => string

const readers: Record<FormatName, Reader> = {
  json: (settings, place) => jsonQuery(settings, place, 'array'),
  jsonl: (settings, place) =>
    settings.format.recordSeparator === '\n'
      ? jsonQuery(settings, place, 'newline_delimited')
      : '-- DuckDB knows no other separator of lines than a newline.',
  raw: rawQuery,
  avro: (settings, place) =>
    `INSTALL avro; LOAD avro;\nFROM read_avro(${globsOf(settings, place)})${topicCondition(settings, place)};`,
  parquet: (settings, place) =>
    `FROM read_parquet(${globsOf(settings, place)}, ${hiveOptions(settings, false)})${topicCondition(settings, place)};`,
}

/** Names alone don't tell the topics `orders` and `orders-eu` apart where they aren't folders. */
function topicCondition(settings: TableSettings, { topics }: QueryPlace): string {
  return hasTopicFolder(settings) ? '' : `\nWHERE topic IN (${topics.map(quoted).join(', ')})`
}

function globsOf(settings: TableSettings, { bucket, topics, object }: QueryPlace): string {
  if (object !== undefined) return `[${quoted(`s3://${bucket}/${literal(object)}`)}]`
  return `[${topics.map(topic => quoted(`s3://${globOf(settings, bucket, topic)}`)).join(', ')}]`
}

/** Folders with names become columns. */
function hiveOptions(settings: TableSettings, isJson: boolean): string {
  const types = Object.entries(folderTypes(settings, Object.keys(recordColumns(settings.format, { isJson }))))
  if (types.length === 0) return 'hive_partitioning = false'
  const list = types.map(([name, type]) => `${quoted(name)}: ${type === 'number' ? 'INTEGER' : 'VARCHAR'}`)
  return `hive_partitioning = true, hive_types = {${list.join(', ')}}`
}

const jsonTypes: Record<ColumnContent, string> = {
  text: 'VARCHAR',
  int: 'INTEGER',
  long: 'BIGINT',
  boolean: 'BOOLEAN',
  time: 'BIGINT',
  bytes: 'VARCHAR',
  encoding: 'VARCHAR',
  json: 'JSON',
  headers: 'STRUCT("key" VARCHAR, "value" VARCHAR, valueEncoding VARCHAR)[]',
}

/** Types are given, so that no value is taken for a date or a number because it looks like one. */
function jsonQuery(settings: TableSettings, place: QueryPlace, layout: string): string {
  const columns = recordColumns(settings.format, { isJson: true })
  const types = Object.entries(columns).map(([name, content]) => `"${name}": ${quoted(jsonTypes[content])}`)
  const bytes = ['key', 'value'].filter(name => columns[name] === 'bytes')
  const decoded = bytes.map(
    name => `CASE ${name}Encoding WHEN 'base64' THEN from_base64(${name}) ELSE encode(${name}) END AS ${name}`,
  )
  return `SELECT * EXCLUDE (${bytes.map(name => `${name}Encoding`).join(', ')}) REPLACE (
  ${['epoch_ms(nullif(timestamp, -1)) AS timestamp', ...decoded].join(',\n  ')}
)
FROM read_json(${globsOf(settings, place)}, format = '${layout}', ${hiveOptions(settings, true)},
  columns = {${types.join(', ')}})${topicCondition(settings, place)};`
}

/** A column delimiter that no text of a dump is likely to have: the unit separator of ASCII. */
const NO_DELIMITER = 'chr(31)'

function rawQuery(settings: TableSettings, place: QueryPlace): string {
  const { recordSeparator, values, includeKey } = settings.format
  if (recordSeparator !== '\n') return '-- DuckDB knows no other separator of lines than a newline.'
  const line = includeKey
    ? 'split_part(line, chr(9), 1) AS key, substr(line, instr(line, chr(9)) + 1) AS value'
    : 'line AS value'
  const select =
    values === 'base64' ? `SELECT * REPLACE (from_base64(value) AS value) FROM (SELECT ${line}` : `SELECT ${line}`
  const others = hasTopicFolder(settings) ? '' : ' Objects of topics whose names begin alike are read as well.'
  return `-- Empty values are left out, and so are tombstones.${others}
${select}
FROM read_csv(${globsOf(settings, place)}, columns = {'line': 'VARCHAR'}, header = false, auto_detect = false,
  delim = ${NO_DELIMITER}, quote = '', escape = '', ${hiveOptions(settings, false)})
WHERE line IS NOT NULL${values === 'base64' ? ')' : ''};`
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
