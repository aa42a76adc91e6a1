import * as z from 'zod'
import { connector, version } from './schema.ts'

export const queryDocument = z.strictObject({
  schema: version,
  connector,
  topics: z.array(z.string()).describe('The topics that the statements are about.'),
  duckdb: z.string().describe('Statements for DuckDB.'),
  pyarrow: z.string().describe('A program in Python, with pyarrow.'),
  athena: z.string().describe('Statements for Athena.'),
})
