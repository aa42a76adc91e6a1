import { AvroBytes } from './avro-bytes.ts'
import { avroReader, type Read } from './avro-reader.ts'
import { parseAvroSchema } from './avro-schema.ts'
import { JsonWriter } from './json-writer.ts'
import type { SchemaFormat } from './schema-decoder.ts'
import { TooLargeError } from './value-error.ts'

/** Used for all values of all schemas, one after the other. */
const source = new AvroBytes()
const json = new JsonWriter()

/**
 * Decodes Avro's binary encoding to plain JSON. Source: Apache Avro 1.12 specification, "Binary encoding". For what JSON lacks:
 * bytes and fixed become base64, decimals a string of their digits, NaN and infinities strings; large numbers keep all their
 * digits. A union's value is written without its branch when JSON distinguishes the branches, otherwise under the branch's
 * name.
 */
export const avro: SchemaFormat = {
  type: 'AVRO',
  compile({ definition, references }) {
    const read = avroReader(
      parseAvroSchema(
        definition,
        references.map(reference => reference.definition),
      ),
    )
    return (bytes, limit) => {
      source.begin(bytes)
      json.begin(limit)
      readWithinStack(read)
      if (source.at !== bytes.length) throw new Error('bytes follow the value')
      return json.end()
    }
  },
}

/** Types that lie between the records of a value take room on the stack, too. */
function readWithinStack(read: Read): void {
  try {
    read(source, json)
  } catch (error) {
    const { name, message } = error as Error
    if (name === 'RangeError' && message.includes('call stack')) throw new TooLargeError('it is nested too deep')
    throw error
  }
}
