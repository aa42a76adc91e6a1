/** What `avro` calls its fields and `parquet` its columns, those among them that some options leave out, too. */
const recordColumns = [
  ...['topic', 'partition', 'offset', 'timestamp', 'key', 'value', 'headers'],
  ...['valueSize', 'valueObject', 'overflowFlag'],
]

/** The names of all columns that objects of a format can have; none where it has no columns. */
export function columnsOf(format: string): readonly string[] {
  return format === 'avro' || format === 'parquet' ? recordColumns : []
}
