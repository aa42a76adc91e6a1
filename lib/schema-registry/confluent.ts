import { HttpRequest } from '@smithy/core/protocols'
import { z } from 'zod'
import { CodedError } from '../error.ts'
import type { Renewable } from '../secrets/renewable.ts'
import { RenewedClient } from '../secrets/renewed-client.ts'
import { type Answer, createHttp, isTransient, unavailable } from './http.ts'
import type { Payload, Schema, SchemaReference, SchemaRegistry } from './schema-registry.ts'

export interface ConfluentSettings extends Renewable<ConfluentSettings> {
  url: string
  credentials?: { username: string; password: string }
  /** PEM of the authority that signed the registry's certificate. */
  ca?: string
}

/** A header is a zero and the schema's id as a big-endian INT32. Source: Confluent documentation, "Wire format". */
const MAGIC_BYTE = 0
const HEADER_BYTES = 5

/** Source: Confluent documentation, "Schema Registry API Reference", errors of `GET /schemas/ids/{id}` and subjects. */
const UNKNOWN = new Set([40401, 40402, 40403])

const reference = z.object({ name: z.string(), subject: z.string(), version: z.number() })
const schemaAnswer = z.object({
  schema: z.string(),
  // Absent for Avro, the first format.
  schemaType: z.enum(['AVRO', 'PROTOBUF', 'JSON']).default('AVRO'),
  references: z.array(reference).default([]),
})
const errorAnswer = z.object({ error_code: z.number() })

/** Creates a client for registries with Confluent's API: Confluent's own, Karapace, Redpanda, or Apicurio's compatible API. */
export function createConfluentRegistry(settings: ConfluentSettings): SchemaRegistry {
  const renewed = new RenewedClient(settings, { open: schemasOf, refusal: 'SCHEMA_REGISTRY_ACCESS_DENIED' })
  return {
    messageIndex: 'confluent',
    open,
    fetch: (schemaId, signal) => renewed.use(registry => registry.fetch(schemaId, signal)),
  }
}

/** Opens the registry with one set of secrets. */
function schemasOf({ url, credentials, ca }: ConfluentSettings): Pick<SchemaRegistry, 'fetch'> {
  const send = createHttp(ca)
  const { protocol, hostname, port, pathname } = new URL(url)
  const headers: Record<string, string> = { accept: 'application/vnd.schemaregistry.v1+json, application/json' }
  if (credentials) {
    const { username, password } = credentials
    headers.authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  }

  async function get(path: string, signal?: AbortSignal) {
    const base = { method: 'GET', protocol, hostname, port: port === '' ? undefined : Number(port), headers }
    const request = new HttpRequest({ ...base, path: `${pathname.replace(/\/$/, '')}${path}` })
    const answer = await send(request, signal)
    const parsed = schemaAnswer.safeParse(answer.body)
    if (answer.status === 200 && parsed.success) return parsed.data
    throw errorOf(answer, path)
  }

  async function addReferences(list: z.output<typeof reference>[], found: SchemaReference[], signal?: AbortSignal) {
    for (const { name, subject, version } of list) {
      if (found.some(reference => reference.name === name)) continue
      const { schema, references } = await get(`/subjects/${encodeURIComponent(subject)}/versions/${version}`, signal)
      await addReferences(references, found, signal)
      found.push({ name, definition: schema })
    }
  }

  return {
    async fetch(schemaId, signal): Promise<Schema> {
      const { schema, schemaType, references } = await get(`/schemas/ids/${schemaId}`, signal)
      const found: SchemaReference[] = []
      await addReferences(references, found, signal)
      return { type: schemaType, definition: schema, references: found }
    },
  }
}

function open(value: Buffer): Payload {
  if (value.length < HEADER_BYTES || value[0] !== MAGIC_BYTE) {
    throw new CodedError('VALUE_UNDECODABLE', 'The value does not begin with a schema id in Confluent’s wire format.')
  }
  return { schemaId: String(value.readInt32BE(1)), bytes: value.subarray(HEADER_BYTES) }
}

function errorOf({ status, body }: Answer, path: string): CodedError {
  if (isTransient(status)) return unavailable(`answered ${status} to ${path}`)
  if (status === 401 || status === 403) {
    return new CodedError('SCHEMA_REGISTRY_ACCESS_DENIED', `The schema registry answered ${status} to ${path}`)
  }
  // Any server answers 404 to a wrong URL. Only the registry's own error says that the schema does not exist.
  const code = errorAnswer.safeParse(body).data?.error_code
  if (code !== undefined && UNKNOWN.has(code)) {
    return new CodedError('SCHEMA_UNKNOWN', `The schema registry has nothing at ${path}`)
  }
  return new CodedError(
    'SCHEMA_REGISTRY_REJECTED',
    `The schema registry answered ${status} to ${path} without a schema`,
  )
}
