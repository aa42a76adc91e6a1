import zlib from 'node:zlib'
import * as z from 'zod'
import { type AwsError, createJsonClient } from '../aws/json-client.ts'
import { CodedError, type ErrorCode } from '../error.ts'
import { guidAt, isGuid } from './guid.ts'
import type { IdentifiedValue, Payload, Schema, SchemaRegistry } from './schema-registry.ts'

export interface GlueSettings {
  /** The registry's ARN: `arn:aws:glue:<region>:<account>:registry/<name>`. */
  arn: string
}

/**
 * A header is a 3, the compression (0 for none, 5 for zlib) and the schema version's UUID. Source: AWS Glue Schema Registry
 * library for Java, `AWSSchemaRegistryConstants` and `GlueSchemaRegistryDeserializerDataParser`.
 */
const HEADER_VERSION = 3
const HEADER_BYTES = 18

/** A few compressed bytes can stand for a thousand times as many. */
const COMPRESSIONS: Record<number, (bytes: Buffer, limit: number) => Buffer> = {
  0: bytes => bytes,
  5: (bytes, limit) => zlib.inflateSync(bytes, { maxOutputLength: Math.max(limit, 1) }),
}

const schemaAnswer = z.object({ SchemaDefinition: z.string(), DataFormat: z.enum(['AVRO', 'PROTOBUF', 'JSON']) })

/** AWS Glue's errors for denied access. Source: AWS Glue Web API Reference, "GetSchemaVersion", "Common Error Types". */
const DENIED =
  /AccessDenied|ExpiredToken|IncompleteSignature|InvalidClientTokenId|InvalidSignature|NoCredentials|NotAuthorized|OptInRequired|UnrecognizedClient|^HTTP 403$/

/** Creates a client for a schema registry in AWS Glue. */
export function createGlueRegistry({ arn }: GlueSettings): SchemaRegistry {
  const [, , , region = ''] = arn.split(':')
  const call = createJsonClient({ service: 'glue', region })
  return {
    messageIndex: 'glue',
    open,
    async fetch(schemaId, signal): Promise<Schema> {
      const output = await call('AWSGlue.GetSchemaVersion', { SchemaVersionId: schemaId }, signal).catch(cause => {
        throw errorOf(cause, schemaId)
      })
      const { data } = schemaAnswer.safeParse(output)
      if (data) return { type: data.DataFormat, definition: data.SchemaDefinition, references: [] }
      throw new CodedError(
        'SCHEMA_REGISTRY_REJECTED',
        `Could not read the schema ${schemaId}: the answer contains no schema`,
      )
    },
  }
}

function open({ value, valueSchemaId }: IdentifiedValue): Payload {
  if (valueSchemaId !== undefined) {
    // Glue would reject the request for anything else, as if the registry were at fault.
    if (isGuid(valueSchemaId)) return { schemaId: valueSchemaId, read: () => value }
    throw new CodedError('VALUE_UNDECODABLE', 'The schema id that the event names for the value is none of AWS Glue’s.')
  }
  const decompress = COMPRESSIONS[value[1] ?? -1]
  if (value.length < HEADER_BYTES || value[0] !== HEADER_VERSION || !decompress) {
    throw new CodedError('VALUE_UNDECODABLE', 'The value does not begin with a schema id in AWS Glue’s format.')
  }
  return { schemaId: guidAt(value, 2), read: limit => readWith(decompress, value, limit) }
}

function readWith(decompress: (bytes: Buffer, limit: number) => Buffer, value: Buffer, limit: number): Buffer {
  try {
    return decompress(value.subarray(HEADER_BYTES), limit)
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new CodedError('VALUE_TOO_LARGE', `The value, decompressed, has more than ${limit} bytes.`)
    }
    throw new CodedError('VALUE_UNDECODABLE', 'The value can’t be decompressed.')
  }
}

function errorOf(cause: AwsError, schemaId: string): CodedError {
  const { message, retryable } = cause
  return new CodedError(codeOf(cause), `Could not read the schema ${schemaId}: ${message}`, { retryable, cause })
}

function codeOf({ type, retryable }: AwsError): ErrorCode {
  if (retryable) return 'SCHEMA_REGISTRY_UNAVAILABLE'
  if (/EntityNotFound/.test(type)) return 'SCHEMA_UNKNOWN'
  return DENIED.test(type) ? 'SCHEMA_REGISTRY_ACCESS_DENIED' : 'SCHEMA_REGISTRY_REJECTED'
}
