import pMap from 'p-map'
import { CodedError } from '../error.ts'
import type { Schema, SchemaRegistry, SchemaType } from '../schema-registry/schema-registry.ts'
import { KnownSchemas } from './known-schemas.ts'
import type { ValueDecoder, ValueRecord } from './value.ts'
import { NoJsonError, TooLargeError } from './value-error.ts'

/**
 * Decodes a value of one schema to JSON text. Throws any error for a value that is not of the schema.
 *
 * @param limit bytes that the text may have
 * @throws TooLargeError, NoJsonError
 */
export type Decode = (bytes: Buffer, limit: number) => Buffer

/** A format of values whose schemas are in a registry. */
export interface SchemaFormat {
  /** The registry's name for it. */
  type: SchemaType
  /** @throws any error when the schema can't be used, whatever the value */
  compile(schema: Schema, registry: Pick<SchemaRegistry, 'messageIndex'>): Decode
}

/** Schemas that a batch requests at the same time, so that many that are unknown don't take the time of the good records. */
const SCHEMAS_AT_ONCE = 8

/**
 * Decodes each value with the schema that it names; requests each schema once. `SCHEMA_UNKNOWN` is retryable for as long as
 * the schema may still become known.
 */
export function createSchemaDecoder(format: SchemaFormat, registry: SchemaRegistry): ValueDecoder {
  const known = new KnownSchemas(compile)

  async function compile(schemaId: string, signal?: AbortSignal): Promise<Decode> {
    const schema = await registry.fetch(schemaId, signal)
    if (schema.type !== format.type) throw invalid(schemaId, `it is of type ${schema.type}, not ${format.type}`)
    try {
      return format.compile(schema, registry)
    } catch (cause) {
      throw invalid(schemaId, (cause as Error).message, cause)
    }
  }

  // A lagging schema counts as unknown until the next round of the batch, though it would be asked for again meanwhile.
  const prepared = new WeakMap<ValueRecord, Map<string, Promise<Decode>>>()

  async function prepare(records: ValueRecord[], signal?: AbortSignal): Promise<void> {
    const loaded = new Map<string, Promise<Decode>>()
    const load = async (schemaId?: string) => {
      if (schemaId === undefined) return
      const decode = known.get(schemaId, signal)
      loaded.set(schemaId, decode)
      await decode.catch(ofValues)
    }
    const schemaIds = new Set(records.map(record => schemaIdOf(record, registry)))
    await pMap(schemaIds, load, { concurrency: SCHEMAS_AT_ONCE })
    for (const record of records) prepared.set(record, loaded)
  }

  async function decodeOne(record: ValueRecord, limit: number, signal?: AbortSignal): Promise<Buffer> {
    const { schemaId, read } = registry.open(record)
    const decode = await (prepared.get(record)?.get(schemaId) ?? known.get(schemaId, signal))
    const bytes = read(limit)
    try {
      return decode(bytes, limit)
    } catch (error) {
      if (error instanceof TooLargeError) {
        throw new CodedError('VALUE_TOO_LARGE', `The value of schema ${schemaId} is not decoded: ${error.message}.`)
      }
      if (error instanceof NoJsonError) {
        throw new CodedError('VALUE_UNDECODABLE', `The value of schema ${schemaId} can’t be JSON: ${error.message}.`)
      }
      // Discards the decoder's message: it may quote the value.
      throw new CodedError('VALUE_UNDECODABLE', `The value does not match its schema ${schemaId}.`)
    }
  }

  return Object.assign(decodeOne, { prepare })
}

/** Undefined for bytes that are no value of the registry's serializers. */
function schemaIdOf(record: ValueRecord, registry: SchemaRegistry): string | undefined {
  try {
    return registry.open(record).schemaId
  } catch {
    return undefined
  }
}

/** Ignores an error of a schema, which is that of its values when they are decoded. */
function ofValues(error: CodedError): void {
  if (error.code !== 'SCHEMA_UNKNOWN' && error.code !== 'SCHEMA_INVALID') throw error
}

function invalid(schemaId: string, why: string, cause?: unknown): CodedError {
  return new CodedError('SCHEMA_INVALID', `The schema ${schemaId} can’t be used: ${why}`, { cause })
}
