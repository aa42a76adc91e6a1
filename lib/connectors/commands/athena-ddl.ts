import { athenaTable, type TableSettings, tableObstacle } from '../resources/athena-table.ts'
import { fixedFolders, projectionProperties } from '../resources/glue-table.ts'
import type { QueryPlace } from './query-place.ts'

/**
 * The statement that creates a table in Athena, or a comment that says why there can be none. Source: Amazon Athena User Guide,
 * "CREATE TABLE" and "Set up partition projection".
 */
export function athenaDdl(settings: TableSettings, place: QueryPlace): string {
  if (place.endpoint) return `-- Athena reads AWS S3 only, and the objects are at ${place.endpoint}.`
  const obstacle = tableObstacle(settings)
  if (obstacle) return `-- There can be no table: Athena needs ${obstacle}.`
  const { columns, partitions, folders, serde } = athenaTable(settings, place.declaredTopics)
  const root = `s3://${place.bucket}/${settings.keys.prefix === '' ? '' : `${settings.keys.prefix}/`}`
  const properties = {
    classification: serde.classification,
    ...projectionProperties(partitions),
    ...(partitions.length > 0 ? { 'storage.location.template': root + folders } : {}),
  }
  return [
    `CREATE EXTERNAL TABLE \`${place.table.database}\`.\`${place.table.name}\` (`,
    ...list(columns.map(declared)),
    ')',
    ...(partitions.length > 0 ? ['PARTITIONED BY (', ...list(partitions.map(declared)), ')'] : []),
    `ROW FORMAT SERDE ${quoted(serde.library)}`,
    ...(Object.keys(serde.parameters).length > 0
      ? ['WITH SERDEPROPERTIES (', ...list(assignments(serde.parameters)), ')']
      : []),
    `STORED AS INPUTFORMAT ${quoted(serde.inputFormat)}`,
    `OUTPUTFORMAT ${quoted(serde.outputFormat)}`,
    `LOCATION ${quoted(root + fixedFolders(folders))}`,
    'TBLPROPERTIES (',
    ...list(assignments(properties)),
    ');',
  ].join('\n')
}

const declared = ({ name, type }: { name: string; type: string }) => `\`${name}\` ${type}`

const list = (items: string[]) => items.map((item, index) => `  ${item}${index < items.length - 1 ? ',' : ''}`)

const assignments = (properties: Record<string, string>) =>
  Object.entries(properties).map(([name, value]) => `${quoted(name)} = ${quoted(value)}`)

/** Hive escapes a quotation mark by a backslash. */
const quoted = (text: string) => `'${text.replaceAll(/['\\]/g, '\\$&')}'`
