import { asCodedError, CodedError } from '../error.ts'
import type { Schema, SchemaRegistry, SchemaType } from '../schema-registry/schema-registry.ts'
import type { ValueDecoder } from './value.ts'
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

/** How long an unusable schema is not requested again. A schema that it refers to may be registered anew. */
const INVALID_FOR_MS = 30_000

/**
 * How long a schema that the registry doesn't know is not requested again: once for the many values of a batch that name it,
 * and soon enough for a registry that has just not heard of it yet.
 */
const UNKNOWN_FOR_MS = 1_000

/**
 * How long a schema may become known after it was first requested. Registries that follow another one, or read their own topic,
 * answer 404 for a moment after a producer has registered a schema.
 */
const PATIENCE_MS = 3_000

/** Schemas that are kept. More than a topic has: bytes that are no values name many that do not exist. */
const MOST_SCHEMAS = 10_000

/** A schema's decoder, loaded or loading. */
interface Known {
  decode: Promise<Decode>
  /** When it was first requested, and when it expires, in milliseconds since the epoch. */
  since: number
  until: number
}

/**
 * Decodes each value with the schema that it names; requests each schema once. `SCHEMA_UNKNOWN` is retryable for as long as
 * the schema may still become known.
 */
export function createSchemaDecoder(format: SchemaFormat, registry: SchemaRegistry): ValueDecoder {
  const known = new Map<string, Known>()

  function decoderOf(schemaId: string, signal?: AbortSignal): Known['decode'] {
    const found = known.get(schemaId)
    if (found && found.until > Date.now()) return found.decode
    if (known.size >= MOST_SCHEMAS) known.clear()
    const since = found?.since ?? Date.now()
    const added = { decode: load(schemaId, since, signal), since, until: Number.POSITIVE_INFINITY }
    known.set(schemaId, added)
    added.decode.catch(error => {
      added.until = Date.now() + unusableFor(asCodedError(error))
    })
    return added.decode
  }

  async function load(schemaId: string, since: number, signal?: AbortSignal): Promise<Decode> {
    const schema = await registry.fetch(schemaId, signal).catch(error => {
      throw error.code === 'SCHEMA_UNKNOWN' && Date.now() < since + PATIENCE_MS ? mayComeToBeKnown(error) : error
    })
    if (schema.type !== format.type) throw invalid(schemaId, `it is of type ${schema.type}, not ${format.type}`)
    try {
      return format.compile(schema, registry)
    } catch (cause) {
      throw invalid(schemaId, (cause as Error).message, cause)
    }
  }

  return async (record, limit, signal) => {
    const { schemaId, bytes } = registry.open(record, limit)
    const decode = await decoderOf(schemaId, signal)
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
}

function unusableFor({ code }: CodedError): number {
  if (code === 'SCHEMA_INVALID') return INVALID_FOR_MS
  return code === 'SCHEMA_UNKNOWN' ? UNKNOWN_FOR_MS : 0
}

function mayComeToBeKnown({ code, message, cause }: CodedError): CodedError {
  return new CodedError(code, message, { retryable: true, cause })
}

function invalid(schemaId: string, why: string, cause?: unknown): CodedError {
  return new CodedError('SCHEMA_INVALID', `The schema ${schemaId} can’t be used: ${why}`, { cause })
}
