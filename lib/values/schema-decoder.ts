import { asCodedError, CodedError } from '../error.ts'
import type { Schema, SchemaRegistry, SchemaType } from '../schema-registry/schema-registry.ts'
import type { ValueDecoder } from './value.ts'

/** A format of values whose schemas a registry keeps. */
export interface SchemaFormat {
  /** What the registry calls it. */
  type: SchemaType
  /**
   * What decodes the values of a schema to JSON text; throws anything at one that isn't of the schema.
   *
   * @throws any error when the schema can't be used
   */
  compile(schema: Schema, registry: Pick<SchemaRegistry, 'messageIndex'>): (bytes: Buffer) => string | Buffer
}

/** How long it is not asked again for a schema that isn't there or can't be used. A registry may learn of it late. */
const UNUSABLE_FOR_MS = 30_000

/** A schema's decoder, on its way or there. */
interface Known {
  decode: Promise<(bytes: Buffer) => string | Buffer>
  /** Until when it counts, in milliseconds since the epoch. */
  until: number
}

/** Decodes each value with the schema that it names, which is asked for once. */
export function createSchemaDecoder(format: SchemaFormat, registry: SchemaRegistry): ValueDecoder {
  const known = new Map<string, Known>()

  function decoderOf(schemaId: string, signal?: AbortSignal): Known['decode'] {
    const found = known.get(schemaId)
    if (found && found.until > Date.now()) return found.decode
    const added = { decode: load(schemaId, signal), until: Number.POSITIVE_INFINITY }
    known.set(schemaId, added)
    added.decode.catch(error => {
      const { code } = asCodedError(error)
      const staysSo = code === 'SCHEMA_UNKNOWN' || code === 'VALUE_UNDECODABLE'
      added.until = staysSo ? Date.now() + UNUSABLE_FOR_MS : 0
    })
    return added.decode
  }

  async function load(schemaId: string, signal?: AbortSignal) {
    const schema = await registry.fetch(schemaId, signal)
    if (schema.type !== format.type) {
      throw new CodedError('VALUE_UNDECODABLE', `The schema ${schemaId} is one of ${schema.type}, not ${format.type}.`)
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
      // A decoder's message may quote the value, and no error of ours may.
      throw new CodedError('VALUE_UNDECODABLE', `The value is not of its schema ${schemaId}.`)
    }
  }
}
