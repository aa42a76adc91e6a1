import { asCodedError, CodedError } from '../error.ts'
import type { Schema, SchemaRegistry, SchemaType } from '../schema-registry/schema-registry.ts'
import type { ValueDecoder } from './value.ts'

/** A format of values whose schemas are in a registry. */
export interface SchemaFormat {
  /** The registry's name for it. */
  type: SchemaType
  /**
   * Makes a function that decodes values of a schema to JSON text. The function throws any error for other values.
   *
   * @throws any error when the schema can't be used
   */
  compile(schema: Schema, registry: Pick<SchemaRegistry, 'messageIndex'>): (bytes: Buffer) => string | Buffer
}

/** How long a missing or unusable schema is not requested again. It may be registered later. */
const UNUSABLE_FOR_MS = 30_000

/** A schema's decoder, loaded or loading. */
interface Known {
  decode: Promise<(bytes: Buffer) => string | Buffer>
  /** When it expires, in milliseconds since the epoch. */
  until: number
}

/** Decodes each value with the schema that it names; requests each schema once. */
export function createSchemaDecoder(format: SchemaFormat, registry: SchemaRegistry): ValueDecoder {
  const known = new Map<string, Known>()

  function decoderOf(schemaId: string, signal?: AbortSignal): Known['decode'] {
    const found = known.get(schemaId)
    if (found && found.until > Date.now()) return found.decode
    const added = { decode: load(schemaId, signal), until: Number.POSITIVE_INFINITY }
    known.set(schemaId, added)
    added.decode.catch(error => {
      const { code } = asCodedError(error)
      const isPermanent = code === 'SCHEMA_UNKNOWN' || code === 'VALUE_UNDECODABLE'
      added.until = isPermanent ? Date.now() + UNUSABLE_FOR_MS : 0
    })
    return added.decode
  }

  async function load(schemaId: string, signal?: AbortSignal) {
    const schema = await registry.fetch(schemaId, signal)
    if (schema.type !== format.type) {
      throw new CodedError('VALUE_UNDECODABLE', `The schema ${schemaId} is of type ${schema.type}, not ${format.type}.`)
    }
    try {
      return format.compile(schema, registry)
    } catch (cause) {
      const message = `The schema ${schemaId} can't be used: ${(cause as Error).message}`
      throw new CodedError('VALUE_UNDECODABLE', message, { cause })
    }
  }

  return async ({ value, valueSchemaId }, signal) => {
    const { schemaId, bytes } =
      valueSchemaId === undefined ? registry.open(value) : { schemaId: valueSchemaId, bytes: value }
    const decode = await decoderOf(schemaId, signal)
    try {
      return Buffer.from(decode(bytes) as string)
    } catch {
      // Discards the decoder's message: it may quote the value.
      throw new CodedError('VALUE_UNDECODABLE', `The value does not match its schema ${schemaId}.`)
    }
  }
}
