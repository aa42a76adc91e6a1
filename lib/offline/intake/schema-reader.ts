import { CodedError } from '../../error.ts'
import type { ConsumedRecord } from '../../kafka/read/consumed-record.ts'
import { createSchemaRegistry, type SchemaRegistrySettings } from '../../schema-registry/index.ts'
import type { IdentifiedValue, SchemaRegistry, SchemaType } from '../../schema-registry/schema-registry.ts'
import { MOST_VALUE_BYTES } from '../../values/decoded-memory.ts'
import { KnownSchemas } from '../../values/known-schemas.ts'
import type { Decode, SchemaFormat } from '../../values/schema-decoder.ts'
import type { FilteredField } from '../mapping/filter-criteria.ts'

/** What an event says of the schema of a key or value. */
export interface SchemaMetadata {
  dataFormat: SchemaType
  schemaId: string
}

/** A key or value whose bytes are of the schema that they name. */
export interface ValidField {
  metadata: SchemaMetadata
  /** Its bytes without the schema's id. */
  source: Buffer
  json: Buffer
}

interface Compiled {
  type: SchemaType
  decode: Decode
}

const formats: Record<SchemaType, () => Promise<SchemaFormat>> = {
  AVRO: async () => (await import('../../values/avro.ts')).avro,
  PROTOBUF: async () => (await import('../../values/protobuf.ts')).protobuf,
  JSON: async () => (await import('./validated-json.ts')).validatedJson,
}

/** The headers in which Confluent's serializers may name the schemas of keys and values. */
const KEY_HEADER = '__key_schema_id'
const VALUE_HEADER = '__value_schema_id'

/** Reads keys and values with the schemas of a registry, each of which is requested once. */
export class SchemaReader {
  readonly #registry: SchemaRegistry
  readonly #known: KnownSchemas<Compiled>

  constructor(settings: SchemaRegistrySettings) {
    const registry = createSchemaRegistry(settings, { validatesJson: true })
    this.#registry = registry
    this.#known = new KnownSchemas(schemaId => compile(registry, schemaId))
  }

  /**
   * Reads a key or value.
   *
   * @throws CodedError `VALUE_UNDECODABLE`, `VALUE_TOO_LARGE`, `SCHEMA_INVALID`, or `SCHEMA_UNKNOWN`, which is retryable for as
   *     long as the schema may still become known; or an error of the registry
   */
  async read(field: FilteredField, bytes: Buffer, record: ConsumedRecord): Promise<ValidField> {
    const { schemaId, read } = this.#registry.open(identified(field, bytes, record))
    const { type, decode } = await this.#known.get(schemaId)
    const source = read(MOST_VALUE_BYTES)
    try {
      return { metadata: { dataFormat: type, schemaId }, source, json: decode(source, MOST_VALUE_BYTES) }
    } catch {
      // Discards the decoder's message: it may quote the value.
      throw new CodedError('VALUE_UNDECODABLE', `its ${field} does not match the schema ${schemaId}`)
    }
  }
}

/** Registries know only values. A key is read as the value of a record whose headers name the key's schema. */
function identified(field: FilteredField, value: Buffer, { headers }: ConsumedRecord): IdentifiedValue {
  const wanted = field === 'key' ? KEY_HEADER : VALUE_HEADER
  const named = headers.filter(({ key }) => key === wanted)
  return { value, headers: named.map(header => ({ ...header, key: VALUE_HEADER })) }
}

async function compile(registry: SchemaRegistry, schemaId: string): Promise<Compiled> {
  const schema = await registry.fetch(schemaId)
  const format = await formats[schema.type]()
  try {
    return { type: schema.type, decode: format.compile(schema, registry) }
  } catch (cause) {
    throw new CodedError('SCHEMA_INVALID', `the schema ${schemaId} can’t be used: ${(cause as Error).message}`, {
      cause,
    })
  }
}
