import type { KafkaRecord } from '../record.ts'

/** The kinds of schemas, by the registries' own names. */
export type SchemaType = 'AVRO' | 'PROTOBUF' | 'JSON'

/** A schema as the registry stores it. */
export interface Schema {
  type: SchemaType
  /** JSON for Avro and JSON Schema, the text of a .proto file for Protobuf. */
  definition: string
  /** The schemas that this one refers to, directly or indirectly. Each follows the schemas that it refers to itself. */
  references: SchemaReference[]
}

export interface SchemaReference {
  /** Its name in the referring schema: a full name for Avro, an import path for Protobuf, a URI for JSON Schema. */
  name: string
  definition: string
}

/** A value separated from the id of its schema. */
export interface Payload {
  /** What {@link SchemaRegistry.fetch} knows the schema by. */
  schemaId: string
  /**
   * The bytes that the schema describes.
   *
   * @param limit how many they may be when they are decompressed
   * @throws CodedError `VALUE_UNDECODABLE` when they can't be decompressed, `VALUE_TOO_LARGE`
   */
  read(limit: number): Buffer
}

/** What identifies the schema of a value: the value's own beginning, one of the record's headers, or the platform. */
export type IdentifiedValue = Pick<KafkaRecord, 'headers' | 'valueSchemaId'> & { value: Buffer }

/** A registry of schemas, and the format in which its serializers add schema ids to values. */
export interface SchemaRegistry {
  /** How the beginning of a Protobuf payload says which message of its schema follows. */
  messageIndex: 'confluent' | 'glue'
  /**
   * Separates a value from its schema's id.
   *
   * @throws CodedError `VALUE_UNDECODABLE` when it has no id as this registry's serializers write it
   */
  open(record: IdentifiedValue): Payload
  /**
   * Fetches a schema by its id.
   *
   * @throws CodedError `SCHEMA_UNKNOWN`, `SCHEMA_REGISTRY_UNAVAILABLE`, `SCHEMA_REGISTRY_ACCESS_DENIED` or
   * `SCHEMA_REGISTRY_REJECTED`
   */
  fetch(schemaId: string, signal?: AbortSignal): Promise<Schema>
}
