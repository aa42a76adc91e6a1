import { extensionOf, formOfExtension } from '../../compaction/object-form.ts'
import { athenaDdl } from '../../connectors/commands/athena-ddl.ts'
import { duckdbQuery } from '../../connectors/commands/duckdb-query.ts'
import { queryPlace } from '../../connectors/commands/query.ts'
import type { ObjectAnswer } from '../api/index.ts'
import type { OpenedObjects } from './opened-objects.ts'

/**
 * How DuckDB and Athena read one object; undefined for one that readers of the topic don't see. Source: Amazon Athena User Guide,
 * "Getting the file locations for source data in Amazon S3".
 */
export function objectQuery(key: string, { connector, settings, keys }: OpenedObjects): ObjectAnswer['query'] {
  const name = keys.parse(key)
  if (!name) return undefined
  const format = formOfExtension(extensionOf(key), settings.format)
  const place = { ...queryPlace(connector, settings.store, [name.topic]), object: key }
  const { database, name: table } = place.table
  const ddl = athenaDdl({ ...settings, format }, place)
  const address = `s3://${place.bucket}/${key}`.replaceAll("'", "''")
  return {
    duckdb: duckdbQuery({ ...settings, format }, place),
    // A comment says why there is no table.
    athena: ddl.startsWith('--') ? ddl : `SELECT * FROM "${database}"."${table}" WHERE "$path" = '${address}';`,
  }
}
