import { decodeJson } from './json.ts'
import type { SchemaFormat } from './schema-decoder.ts'

/** JSON that follows the id of its schema. It is not validated against the schema: that is the producer's task. */
export const jsonSchema: SchemaFormat = {
  type: 'JSON',
  compile: () => bytes => decodeJson(bytes),
}
