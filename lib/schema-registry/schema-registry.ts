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
  /** Its name in the referring schema: a full name for Avro, an import path for Protobuf. */
  name: string
  definition: string
}

/** A value separated from its schema id. */
export interface Payload {
  schemaId: string
  bytes: Buffer
}

/** A registry of schemas, and the format in which its serializers prepend schema ids to values. */
export interface SchemaRegistry {
  /** How the beginning of a Protobuf payload says which message of its schema follows. */
  messageIndex: 'confluent' | 'glue'
  /**
   * Separates a value from its header.
   *
   * @throws CodedError `VALUE_UNDECODABLE` when it has no header of this registry's serializers
   */
  open(value: Buffer): Payload
  /**
   * Fetches a schema by its id.
   *
   * @throws CodedError `SCHEMA_UNKNOWN`, `SCHEMA_REGISTRY_UNAVAILABLE`, `SCHEMA_REGISTRY_ACCESS_DENIED` or
   * `SCHEMA_REGISTRY_REJECTED`
   */
  fetch(schemaId: string, signal?: AbortSignal): Promise<Schema>
}
