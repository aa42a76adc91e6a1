import type { FormatSettings } from '../../formats/encode.ts'
import type { KeySettings } from '../../objects/key.ts'
import { type PathFolder, pathFolders } from '../../objects/path-folder.ts'
import type { TemplatePart } from '../../objects/template.ts'
import { athenaColumns, athenaSerde, type Column, isAthenaFormat, type Serde } from './athena-columns.ts'
import { type ProjectedColumn, projectedFolder, projectedTopic } from './athena-projection.ts'

/** A table over a connector's objects, as Athena declares it and AWS Glue keeps it. */
export interface AthenaTable {
  columns: Column[]
  partitions: ProjectedColumn[]
  /** The folders below the prefix, with a placeholder for each partition key: `${topic}/year=${year}/`. */
  folders: string
  serde: Serde
}

/** What a table follows from. */
export interface TableSettings {
  keys: KeySettings
  format: FormatSettings
}

/** Why there can be no such table, in words that read after "expected"; undefined when there can. */
export function tableObstacle({ keys, format }: TableSettings): string | undefined {
  if (!isAthenaFormat(format.format)) return 'a format that Athena reads: parquet, avro or jsonl'
  if (format.format === 'jsonl' && format.recordSeparator !== '\n') return 'lines, as Athena knows no other separator'
  const { folders, isWhole } = projectedFolders(keys)
  if (folders === '')
    return 'a keyTemplate that begins with a folder of {topic}, {path} or text: the table is one folder'
  return isWhole ? undefined : 'a keyTemplate with {path} before {partition}: Athena can’t compute how many there are'
}

/**
 * The table over a connector's objects. With the default partitioner the folders `partition=N` are no key: their number isn't
 * known, Athena reads what lies below a folder, and the records have the column `partition`.
 *
 * @param topics those that are read; undefined when a pattern chooses them
 * @throws an error where {@link tableObstacle} has one
 */
export function athenaTable(settings: TableSettings, topics: readonly string[] | undefined): AthenaTable {
  const { folders, paths, hasTopic } = projectedFolders(settings.keys)
  const without = hasTopic ? ['topic'] : []
  const serde = athenaSerde(settings.format, without)
  const obstacle = tableObstacle(settings)
  if (!serde || obstacle) throw new Error(`expected ${obstacle}`)
  const columns = athenaColumns(settings.format, without)
  const taken = new Set([...columns.map(({ name }) => name), ...(hasTopic ? ['topic'] : [])])
  const keys = paths.map(folder => {
    const projected = projectedFolder(folder)
    const name = freeName(projected.name, taken)
    taken.add(name)
    return { ...projected, name }
  })
  const topic = hasTopic ? [projectedTopic(topics)] : []
  return { columns, partitions: [...topic, ...keys], folders: withNames(folders, keys), serde }
}

/** The topic's key in the folders. */
const TOPIC = `\${topic}`

/** Takes the place of the n-th folder's name, which is chosen once all columns are known. */
const placeholder = (index: number) => `\${${index}}`

interface ProjectedFolders {
  folders: string
  /** The partitioner's folders among them. */
  paths: PathFolder[]
  hasTopic: boolean
  /** Whether all of the partitioner's folders are among them. */
  isWhole: boolean
}

/** The template's folders up to the first with {partition}. */
function projectedFolders({ template, partitioner }: KeySettings): ProjectedFolders {
  const paths = pathFolders(partitioner)
  const isPath = (part: TemplatePart) => 'placeholder' in part && part.placeholder === 'path'
  const all = template.slice(0, -1)
  const end = all.findIndex(folder =>
    folder.some(
      part => 'placeholder' in part && (part.placeholder === 'partition' || (isPath(part) && paths.length === 0)),
    ),
  )
  const used = end < 0 ? all : all.slice(0, end)
  const isWhole = paths.length === 0 || used.flat().some(isPath)
  const pathText = paths.map(({ before, after }, index) => `${before}${placeholder(index)}${after}`).join('/')
  const textOf = (part: TemplatePart) => ('text' in part ? part.text : isPath(part) ? pathText : TOPIC)
  const folders = used.map(parts => `${parts.map(textOf).join('')}/`).join('')
  return { folders, paths: isWhole ? paths : [], hasTopic: folders.includes(TOPIC), isWhole }
}

function withNames(folders: string, keys: Column[]): string {
  return keys.reduce((text, { name }, index) => text.replaceAll(placeholder(index), `\${${name}}`), folders)
}

/** Athena's names have lower-case letters, digits and underscores. Source: Athena User Guide, "Name databases, tables, and columns". */
export function athenaName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')
}

/** A name that no column has yet: two folders may have the same units, and a field the name of a column. */
function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = athenaName(wanted)
  while (taken.has(name)) name = `folder_${name}`
  return name
}
