import { recordColumns } from '../../formats/column.ts'
import type { FormatName } from '../../formats/index.ts'
import type { TableSettings } from '../resources/athena-table.ts'
import { folderOf, folderTypes, globOf, hasTopicFolder, outerCompression, type QueryPlace } from './query-place.ts'

/**
 * A program in Python that reads a connector's objects with pyarrow: Parquet as a table, other formats record by record, as
 * pyarrow reads no Avro, and JSON only if all values have one type. Source: Apache Arrow's documentation of Python, "Filesystem
 * Interface" and "Tabular Datasets".
 */
export function pyarrowQuery(settings: TableSettings, place: QueryPlace): string {
  const { imports, program } = readers[settings.format.format](settings)
  const places = place.topics.map(topic => [
    folderOf(settings, place.bucket, topic),
    // There, * stands for folders, too, and for none.
    globOf(settings, place.bucket, topic).replaceAll('/**/', '/*'),
  ])
  return `from fnmatch import fnmatchcase
${imports}
from pyarrow import fs

store = fs.S3FileSystem(${accessOf(place)})
topics = ${JSON.stringify(place.topics)}
files = [
    file.path
    for folder, pattern in ${JSON.stringify(places)}
    for file in store.get_file_info(fs.FileSelector(folder, recursive=True))
    if fnmatchcase(file.path, pattern) and "/_" not in file.path.removeprefix(folder.rstrip("/"))
]
${program}`
}

function accessOf({ region, endpoint }: QueryPlace): string {
  const place = `region=${JSON.stringify(region)}`
  if (!endpoint) return place
  const { host, protocol } = new URL(endpoint)
  const server = `endpoint_override=${JSON.stringify(host)}, scheme="${protocol.slice(0, -1)}"`
  return `${place}, ${server}, access_key=os.environ["S3_ACCESS_KEY_ID"], secret_key=os.environ["S3_SECRET_ACCESS_KEY"]`
}

interface Reading {
  imports: string
  /** Makes `table` or `records` of `files`. */
  program: string
}

const readers: Record<FormatName, (settings: TableSettings) => Reading> = {
  json: settings => ({
    imports: 'import json\nimport os',
    program: recordsOf(settings, 'yield from json.load(stream)'),
  }),
  jsonl: settings => ({
    imports: 'import json\nimport os',
    program: recordsOf(settings, ofTopics(settings, `map(json.loads, ${linesOf(settings)})`)),
  }),
  raw: settings => ({ imports: 'import os', program: recordsOf(settings, `yield from ${linesOf(settings)}`) }),
  avro: settings => ({
    imports: 'import fastavro\nimport os',
    program: recordsOf(settings, ofTopics(settings, 'fastavro.reader(stream)')),
  }),
  parquet: settings => ({
    imports: 'import os\nimport pyarrow as pa\nimport pyarrow.dataset as ds',
    program: `${partitioning(settings)}\ntable = ds.dataset(files, filesystem=store, format="parquet", partitioning=folders).to_table(${hasTopicFolder(settings) ? '' : 'filter=ds.field("topic").isin(topics)'})`,
  }),
}

/** Names alone don't tell the topics `orders` and `orders-eu` apart where they aren't folders. */
function ofTopics(settings: TableSettings, records: string): string {
  return hasTopicFolder(settings)
    ? `yield from ${records}`
    : `yield from (record for record in ${records} if record["topic"] in topics)`
}

/** Folders with names become columns. */
function partitioning(settings: TableSettings): string {
  const types = Object.entries(folderTypes(settings, Object.keys(recordColumns(settings.format, { isJson: false }))))
  if (types.length === 0) return 'folders = None'
  const fields = types.map(
    ([name, type]) => `(${JSON.stringify(name)}, ${type === 'number' ? 'pa.int32()' : 'pa.string()'})`,
  )
  return `folders = ds.partitioning(pa.schema([${fields.join(', ')}]), flavor="hive")`
}

function recordsOf(settings: TableSettings, reading: string): string {
  const compression = outerCompression(settings)
  const isInside = settings.format.format === 'avro'
  const compressed = compression && !isInside ? JSON.stringify({ gz: 'gzip', zst: 'zstd' }[compression]) : 'None'
  return `
def records():
    for file in files:
        with store.open_input_stream(file, compression=${compressed}) as stream:
            ${reading}`
}

/** The lines of an object, without what ends each. */
function linesOf({ format: { recordSeparator } }: TableSettings): string {
  const separator = `b"${[...Buffer.from(recordSeparator)].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}"`
  return `stream.read().split(${separator})[:-1]`
}
