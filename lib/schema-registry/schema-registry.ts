/** The formats whose schemas registries keep, by the registries' own names. */
export type SchemaType = 'AVRO' | 'PROTOBUF' | 'JSON'

/** A schema as the registry has it. */
export interface Schema {
  type: SchemaType
  /** JSON for Avro and JSON Schema, the text of a .proto file for Protobuf. */
  definition: string
  /** The schemas that this one refers to, and those that they refer to, each after what it refers to itself. */
  references: SchemaReference[]
}

export interface SchemaReference {
  /** What the referring schema calls it: a full name for Avro, a path to import for Protobuf. */
  name: string
  definition: string
}

/** A value without what says its schema. */
export interface Payload {
  schemaId: string
  bytes: Buffer
}

/** Where schemas are kept, and how its serializers put their ids in front of values. */
export interface SchemaRegistry {
  /** How a Protobuf payload begins with which message of its schema it is. */
  messageIndex: 'confluent' | 'glue'
  /**
   * The value apart from its header.
   *
   * @throws CodedError `VALUE_UNDECODABLE` when it begins otherwise than this registry's serializers write
   */
  open(value: Buffer): Payload
  /**
   * A schema by its id.
   *
   * @throws CodedError `SCHEMA_UNKNOWN`, `SCHEMA_REGISTRY_UNAVAILABLE`, `SCHEMA_REGISTRY_ACCESS_DENIED` or
   * `SCHEMA_REGISTRY_REJECTED`
   */
  fetch(schemaId: string, signal?: AbortSignal): Promise<Schema>
}
