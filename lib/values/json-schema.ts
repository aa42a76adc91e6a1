import { decodeJson } from './json.ts'
import type { SchemaFormat } from './schema-decoder.ts'

/** JSON behind the id of its schema. It is not held against the schema: that was its producer's to do, and it is kept. */
export const jsonSchema: SchemaFormat = {
  type: 'JSON',
  compile: () => decodeJson,
}
