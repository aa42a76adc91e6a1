import { athenaName } from '../resources/athena-table.ts'
import { athenaDdl } from './athena-ddl.ts'
import { type CommandContext, CommandError } from './command.ts'
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

/** Prints how DuckDB, pyarrow and Athena read the objects of a dump. Nothing is asked of the store. */
export async function query(context: CommandContext, { name, topic }: QueryOptions): Promise<void> {
  const connector = dumpNamed(name, context)
  const { store, ...settings } = await objectSettings(connector, context.deployment)
  const { source, declaration } = connector
  const topics = topic === undefined ? source.topics : [topic]
  if (!topics) throw new CommandError(`${name} reads the topics of a pattern; name one of them with --topic.`)
  const { table } = declaration.to
  const place: QueryPlace = {
    bucket: store.bucket,
    region: store.region,
    endpoint: store.endpoint,
    topics,
    declaredTopics: source.topics,
    table: {
      database: typeof table?.database === 'string' ? table.database : DEFAULT_DATABASE,
      name: table?.name ?? athenaName(name),
    },
  }
  context.write(`-- DuckDB\n${duckdbQuery(settings, place)}\n`)
  context.write(`# Python, with pyarrow\n${pyarrowQuery(settings, place)}\n`)
  context.write(`-- Athena\n${athenaDdl(settings, place)}`)
}
