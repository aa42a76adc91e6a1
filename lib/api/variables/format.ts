/**
 * Variables: format.
 *
 * @public
 */
export interface FormatVariables {
  /**
   * How an object holds its records; its key ends in the format’s name.
   *
   * Default: `json`.
   */
  FORMAT?: 'json' | 'jsonl' | 'raw' | 'avro' | 'parquet'
  /**
   * Compression of the object, whose key then ends in .gz or .zst; avro and parquet compress inside. Not set: gzip
   * for json, jsonl, raw, avro; zstd for parquet.
   */
  COMPRESSION?: 'none' | 'gzip' | 'zstd'
  /**
   * How much time the compression takes for smaller objects: from 1 to 9 for gzip, from 1 to 19 for zstd. Not set:
   * 5 for gzip, 3 for zstd. Objects that are joined keep the level that their batches have.
   */
  COMPRESSION_LEVEL?: string
  /**
   * Follows each record of jsonl and raw; \\n, \\r, \\t, \\0, \\\\ and \\x1e are characters. Not set: \\n.
   */
  RECORD_SEPARATOR?: string
  /**
   * Whether raw includes the keys, each followed by a tab and its value. Not set: false. Other formats always do.
   */
  INCLUDE_KEY?: 'true' | 'false'
  /**
   * Whether each record includes its headers. Not set: true, for raw false.
   */
  INCLUDE_HEADERS?: 'true' | 'false'
  /**
   * What the values are. auto: text, or base64 where bytes are not text. json: JSON, which becomes part of the
   * object’s JSON. base64: bytes, always in base64. avro, protobuf, json-schema: decoded to JSON, with schemas of
   * SCHEMA_REGISTRY_URL.
   *
   * Default: `auto`.
   */
  VALUE_FORMAT?: 'auto' | 'json' | 'base64' | 'avro' | 'protobuf' | 'json-schema'
  /**
   * Larger values are stored as objects of their own, which the records name. Not set: none are.
   */
  MAX_INLINE_VALUE_BYTES?: string
  /**
   * Whether each record includes the size of its value in Kafka, in bytes.
   *
   * Default: `false`.
   */
  INCLUDE_VALUE_SIZE?: 'true' | 'false'
}
