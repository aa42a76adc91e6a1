import zlib from 'node:zlib'
import { HttpRequest } from '@smithy/core/protocols'
import { z } from 'zod'
import { CodedError } from '../failure/error.ts'
import { type Answer, createHttp, isTransient, unavailable } from './http.ts'
import type { Payload, Schema, SchemaRegistry } from './schema-registry.ts'

export interface GlueSettings {
  /** Of the registry: `arn:aws:glue:<region>:<account>:registry/<name>`. */
  arn: string
  /** URL of another server that answers as AWS Glue does; absent: AWS Glue in the registry's region. */
  endpoint?: string
}

/**
 * A header is 3, the compression (0 or 5 for zlib) and the UUID of the schema's version. Source: AWS Glue Schema Registry
 * library for Java, `AWSSchemaRegistryConstants` and `GlueSchemaRegistryDeserializerDataParser`.
 */
const HEADER_VERSION = 3
const HEADER_BYTES = 18

/** Far more than an event can carry uncompressed; a few bytes may claim to be more. */
const LARGEST_VALUE_BYTES = 100_000_000

const COMPRESSIONS: Record<number, (bytes: Buffer) => Buffer> = {
  0: bytes => bytes,
  5: bytes => zlib.inflateSync(bytes, { maxOutputLength: LARGEST_VALUE_BYTES }),
}

const schemaAnswer = z.object({ SchemaDefinition: z.string(), DataFormat: z.enum(['AVRO', 'PROTOBUF', 'JSON']) })
const errorAnswer = z.object({ __type: z.string() })

/** Errors of AWS Glue by what they mean here. Source: AWS Glue Web API Reference, "GetSchemaVersion", "Common Error Types". */
const DENIED =
  /AccessDenied|ExpiredToken|IncompleteSignature|InvalidClientTokenId|InvalidSignature|UnrecognizedClient|NotAuthorized|OptInRequired/
const THROTTLED = /Throttl|RequestLimitExceeded/

/** AWS Glue's schema registry. Its client is large; one signed request needs none. */
export function createGlueRegistry({ arn, endpoint }: GlueSettings): SchemaRegistry {
  const [, partition = 'aws', , region = ''] = arn.split(':')
  const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
  const url = new URL(endpoint ?? `https://glue.${region}.${suffix}/`)
  const send = createHttp()
  let sign: Promise<(request: HttpRequest) => Promise<HttpRequest>> | undefined

  return {
    messageIndex: 'glue',
    open,
    async fetch(schemaId, signal): Promise<Schema> {
      sign ??= createSigner(region)
      const answer = await send(await (await sign)(request(url, schemaId)), signal)
      const parsed = schemaAnswer.safeParse(answer.body)
      if (answer.status !== 200 || !parsed.success) throw errorOf(answer, schemaId)
      const { SchemaDefinition, DataFormat } = parsed.data
      return { type: DataFormat, definition: SchemaDefinition, references: [] }
    },
  }
}

function request({ protocol, hostname, port, host, pathname: path }: URL, schemaId: string): HttpRequest {
  return new HttpRequest({
    method: 'POST',
    protocol,
    hostname,
    port: port === '' ? undefined : Number(port),
    path,
    headers: { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSGlue.GetSchemaVersion' },
    body: JSON.stringify({ SchemaVersionId: schemaId }),
  })
}

/** Signs as the AWS identity of the default credential chain. */
async function createSigner(region: string) {
  const [{ SignatureV4 }, { Sha256 }, { defaultProvider }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@smithy/core/checksum'),
    import('@aws-sdk/credential-provider-node'),
  ])
  const signer = new SignatureV4({ service: 'glue', region, credentials: defaultProvider(), sha256: Sha256 })
  return async (request: HttpRequest) => {
    try {
      return (await signer.sign(request)) as HttpRequest
    } catch (cause) {
      const message = `There are no AWS credentials for the schema registry: ${(cause as Error).message}`
      throw new CodedError('SCHEMA_REGISTRY_ACCESS_DENIED', message, { cause })
    }
  }
}

function open(value: Buffer): Payload {
  const decompress = COMPRESSIONS[value[1] ?? -1]
  if (value.length < HEADER_BYTES || value[0] !== HEADER_VERSION || !decompress) {
    throw new CodedError('VALUE_UNDECODABLE', 'The value does not begin with the id of a schema, as AWS Glue’s do.')
  }
  const hex = value.toString('hex', 2, HEADER_BYTES)
  const schemaId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  try {
    return { schemaId, bytes: decompress(value.subarray(HEADER_BYTES)) }
  } catch {
    throw new CodedError('VALUE_UNDECODABLE', 'The value is compressed, and can’t be decompressed.')
  }
}

function errorOf({ status, body }: Answer, schemaId: string): CodedError {
  const type = errorAnswer.safeParse(body).data?.__type ?? ''
  const answered = `answered ${type || status} for ${schemaId}`
  if (isTransient(status) || THROTTLED.test(type)) return unavailable(answered)
  if (/EntityNotFound/.test(type)) {
    return new CodedError('SCHEMA_UNKNOWN', `The schema registry has no schema ${schemaId}`)
  }
  const code = status === 403 || DENIED.test(type) ? 'SCHEMA_REGISTRY_ACCESS_DENIED' : 'SCHEMA_REGISTRY_REJECTED'
  return new CodedError(code, `The schema registry ${answered}`)
}
