import type { VariableFault } from '../config/fault.ts'
import { formatSection } from '../config/format.ts'
import { type Environment, readSections } from '../config/section.ts'
import { readObject } from '../dumped/layouts/kafka-functions.ts'
import { bytesAsSource } from '../formats/byte-source.ts'
import { type Encoded, encode } from '../formats/encode.ts'
import type { StoredRecord } from '../formats/format.ts'
import { objectExtension } from '../formats/index.ts'
import { environmentWith } from './environment.ts'
import type { FormatVariables } from './variables/index.ts'

/**
 * A format with its settings.
 *
 * @public
 */
export interface ObjectFormat {
  /** What keys of its objects end in, without the first dot: `json.gz`, `parquet`, … */
  extension: string
  /**
   * Encodes the records of one object. The same records always give the same bytes.
   *
   * @param records at least one
   */
  encode(records: StoredRecord[]): Promise<Encoded>
}

/**
 * The format that the variables name, as docs/formats.md describes it. Values go into objects as the bytes that they are; it does not
 * decode them with a schema registry.
 *
 * @param variables settings that differ from the environment's
 * @throws CodedError `CONFIG_INVALID` with every variable that is wrong
 *
 * @example
 * ```ts
 * const { encode } = createFormat({ FORMAT: 'parquet' })
 * const { body, extension, contentType } = await encode(records)
 * ```
 *
 * @public
 */
export function createFormat(variables: FormatVariables = {}): ObjectFormat {
  const environment = environmentWith(variables)
  const { format } = readSections({ format: formatSection }, environment, valueFaults(environment))
  return {
    extension: objectExtension(format.format, format.compression),
    encode: records => encode(records, format),
  }
}

/** What `createDump` does before it encodes, and a format alone can't: decode values. */
function valueFaults({ VALUE_FORMAT }: Environment): VariableFault[] {
  if (!VALUE_FORMAT || ['auto', 'base64'].includes(VALUE_FORMAT)) return []
  return [
    { variable: 'VALUE_FORMAT', expected: 'auto or base64, as only createDump decodes values', got: VALUE_FORMAT },
  ]
}

/**
 * Reads the records of an object that this project wrote, in the format and compression that the extension of its key says. They come
 * byte for byte as they were in Kafka, unless their values were decoded.
 *
 * @param key of the object
 * @param body its bytes as they are stored, still compressed
 * @returns the records in their order, some at a time
 * @throws CodedError `RECORD_UNDECODABLE` when the bytes are not what the key says, after the records before;
 * `RESTORE_FORMAT_LOSSY` for the format `raw`, which has values only
 *
 * @example
 * ```ts
 * for await (const records of readObjectRecords(key, body)) for (const { offset, value } of records) console.log(offset, value)
 * ```
 *
 * @public
 */
export function readObjectRecords(key: string, body: Uint8Array): AsyncIterable<StoredRecord[]> {
  const source = bytesAsSource(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
  const store = { slice: (_: string, start: number, end: number) => source.slice(start, end), stream: source.stream }
  return readObject({ key, size: source.size }, store)
}
