import type { ColumnChunk, FileMetaData, RowGroup, SchemaElement } from 'hyparquet'

/** A column, or a part of one, as the file's schema has it. */
export interface ParquetField {
  element: SchemaElement
  fields: ParquetField[]
}

/** A file's metadata as the library reads all of it right, and its columns. */
export interface ReadableFile {
  metadata: FileMetaData
  columns: ParquetField
}

/**
 * Prepares metadata for the library. Two things are changed:
 *
 * - Lists as Avro's writer makes them, in which the item itself is repeated, get a group around the item, which is required and so
 *   takes no levels. The library reads only lists with such a group right. Source: Apache Parquet format, "Logical Types", lists,
 *   backward-compatibility rules.
 * - Decimals and times lose their types, and come as the bytes and numbers that they are. The library would make floating-point
 *   numbers and dates of them.
 */
export function readable(metadata: FileMetaData): ReadableFile {
  const original = treeOf(metadata.schema)
  const columns = withItems(original)
  const renamed = new Map(leavesOf(original).map((leaf, index) => [keyOf(leaf), leavesOf(columns)[index] as string[]]))
  const row_groups = metadata.row_groups.map(group => withPaths(group, renamed))
  return { metadata: { ...metadata, schema: elementsOf(columns), row_groups }, columns }
}

function treeOf(schema: SchemaElement[]): ParquetField {
  let next = 0
  const take = (): ParquetField => {
    const element = schema[next++]
    if (!element) throw new Error('its schema is cut off')
    return { element, fields: Array.from({ length: element.num_children ?? 0 }, take) }
  }
  return take()
}

/** The root is no part of a path. */
function leavesOf({ fields }: ParquetField): string[][] {
  return fields.flatMap(field => {
    const { name } = field.element
    return field.fields.length === 0 ? [[name]] : leavesOf(field).map(path => [name, ...path])
  })
}

const keyOf = (path: string[]) => JSON.stringify(path)

function withPaths(group: RowGroup, renamed: Map<string, string[]>): RowGroup {
  const columns = group.columns.map((chunk): ColumnChunk => {
    const { meta_data } = chunk
    const path_in_schema = meta_data && renamed.get(keyOf(meta_data.path_in_schema))
    return path_in_schema ? { ...chunk, meta_data: { ...meta_data, path_in_schema } } : chunk
  })
  return { ...group, columns }
}

function withItems({ element, fields }: ParquetField): ParquetField {
  const inner = fields.map(withItems)
  const [repeated] = inner
  if (!repeated || !isList(element) || inner.length !== 1 || !isItem(repeated, element))
    return { element, fields: inner }
  const { name, repetition_type } = repeated.element
  const item = { ...repeated, element: { ...repeated.element, name: 'element', repetition_type: 'REQUIRED' as const } }
  return { element, fields: [{ element: { name, repetition_type }, fields: [item] }] }
}

/** Whether what a list repeats is the item itself: a column, or a group of several fields or of such a name. */
function isItem({ element: { name }, fields }: ParquetField, list: SchemaElement): boolean {
  return fields.length !== 1 || name === 'array' || name === `${list.name}_tuple`
}

export function isList({ converted_type, logical_type }: SchemaElement): boolean {
  return converted_type === 'LIST' || logical_type?.type === 'LIST'
}

export function isMap({ converted_type, logical_type }: SchemaElement): boolean {
  return converted_type === 'MAP' || converted_type === 'MAP_KEY_VALUE' || logical_type?.type === 'MAP'
}

export function decimalScaleOf({ converted_type, logical_type, scale }: SchemaElement): number | undefined {
  return converted_type === 'DECIMAL' || logical_type?.type === 'DECIMAL' ? (scale ?? 0) : undefined
}

/** The schema for the library. */
function elementsOf({ element, fields }: ParquetField): SchemaElement[] {
  const { converted_type, logical_type, ...plain } = element
  const kept = keptType(element)
  const own: SchemaElement = {
    ...plain,
    ...(kept && { converted_type: kept }),
    ...(fields.length > 0 && { num_children: fields.length }),
  }
  return [own, ...fields.flatMap(elementsOf)]
}

function keptType(element: SchemaElement): SchemaElement['converted_type'] {
  const { converted_type: converted, logical_type: logical } = element
  if (isList(element)) return 'LIST'
  if (isMap(element)) return 'MAP'
  const isText = ['UTF8', 'ENUM', 'JSON'].some(name => converted === name)
  if (isText || ['STRING', 'ENUM', 'JSON'].some(name => logical?.type === name)) return 'UTF8'
  return converted === 'UINT_32' || converted === 'UINT_64' ? converted : undefined
}
