import type { StoreSettings } from '../../s3/settings.ts'
import type { DumpConnector } from '../declaration/connector.ts'
import { athenaName } from '../resources/athena-table.ts'
import { athenaDdl } from './athena-ddl.ts'
import { type CommandContext, CommandError } from './command.ts'
import type { CommandResult } from './documents/index.ts'
import { duckdbQuery } from './duckdb-query.ts'
import { dumpNamed, objectSettings } from './opened-connector.ts'
import { pyarrowQuery } from './pyarrow-query.ts'
import type { QueryPlace } from './query-place.ts'

export interface QueryOptions {
  name: string
  /** Absent: all topics that the connector names. */
  topic?: string
}

/** The database in which Athena creates tables unless another one is named. */
const DEFAULT_DATABASE = 'default'

/** How DuckDB, pyarrow and Athena read the objects of a dump. Nothing is asked of the store. */
export async function query(context: CommandContext, { name, topic }: QueryOptions): Promise<CommandResult<'query'>> {
  const connector = dumpNamed(name, context)
  const { store, ...settings } = await objectSettings(connector, context.deployment)
  const topics = topic === undefined ? connector.source.topics : [topic]
  if (!topics) throw new CommandError(`${name} reads the topics of a pattern; name one of them with --topic.`)
  const place = queryPlace(connector, store, topics)
  const [duckdb, pyarrow, athena] = [
    duckdbQuery(settings, place),
    pyarrowQuery(settings, place),
    athenaDdl(settings, place),
  ]
  return {
    document: { schema: 1, connector: name, topics, duckdb, pyarrow, athena },
    text: () => `-- DuckDB\n${duckdb}\n\n# Python, with pyarrow\n${pyarrow}\n\n-- Athena\n${athena}`,
  }
}

/** Where the objects of some topics are, and what their table is called. */
export function queryPlace(
  { name, source, declaration }: DumpConnector,
  { bucket, region, endpoint }: StoreSettings,
  topics: string[],
): QueryPlace {
  const { table } = declaration.to
  return {
    ...{ bucket, region, endpoint, topics, declaredTopics: source.topics },
    table: {
      database: typeof table?.database === 'string' ? table.database : DEFAULT_DATABASE,
      name: table?.name ?? athenaName(name),
    },
  }
}
