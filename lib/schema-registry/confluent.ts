import * as z from 'zod'
import { CodedError } from '../error.ts'
import { RenewedClient } from '../secrets/renewed-client.ts'
import { openConfluent } from './confluent-id.ts'
import { type ConfluentSettings, createServers, type Get } from './confluent-servers.ts'
import { isGuid } from './guid.ts'
import type { Answer } from './http.ts'
import type { Schema, SchemaReference, SchemaRegistry } from './schema-registry.ts'

/** Source: Confluent documentation, "Schema Registry API Reference", errors of `GET /schemas/ids/{id}` and subjects. */
const UNKNOWN = new Set([40401, 40402, 40403])

/** Schemas that one refers to, directly and indirectly. Far more than anyone maintains; each is a request. */
const MOST_REFERENCES = 1_000

const reference = z.object({ name: z.string(), subject: z.string(), version: z.number() })
type Reference = z.output<typeof reference>

const schemaAnswer = z.object({
  schema: z.string(),
  // Absent for Avro, the first format.
  schemaType: z.enum(['AVRO', 'PROTOBUF', 'JSON']).default('AVRO'),
  references: z.array(reference).default([]),
})
const errorAnswer = z.object({ error_code: z.number() })

export interface ConfluentOptions {
  /** Whether schemas of JSON come with those that they refer to. By default they don't: reading JSON without validation needs none. */
  validatesJson?: boolean
}

/** Creates a client for registries with Confluent's API: Confluent's own, Karapace, Redpanda, or Apicurio's compatible API. */
export function createConfluentRegistry(settings: ConfluentSettings, options: ConfluentOptions = {}): SchemaRegistry {
  const renewed = new RenewedClient(settings, { open: createServers, refusal: 'SCHEMA_REGISTRY_ACCESS_DENIED' })
  return {
    messageIndex: 'confluent',
    open: openConfluent,
    fetch: (schemaId, signal) => renewed.use(get => fetchSchema(get, schemaId, options, signal)),
  }
}

/** Fetches a schema by its id or its GUID, and then those that it refers to. */
async function fetchSchema(
  get: Get,
  schemaId: string,
  { validatesJson = false }: ConfluentOptions,
  signal?: AbortSignal,
): Promise<Schema> {
  const { schema, schemaType, references } = await getSchema(get, `${placeOf(schemaId)}/${schemaId}`, signal)
  const found = new Map<string, SchemaReference>()
  if (schemaType !== 'JSON' || validatesJson) await addReferences(references, [])
  return { type: schemaType, definition: schema, references: [...found.values()] }

  /** @param path the schemas that lead to these references, outermost first */
  async function addReferences(list: Reference[], path: string[]): Promise<void> {
    for (const { name, subject, version } of list) {
      const what = `${subject}, version ${version}`
      if (path.includes(what)) throw unusable(schemaId, `${what} refers to itself`)
      if (found.has(name)) continue
      if (found.size + path.length >= MOST_REFERENCES) {
        throw unusable(schemaId, `it refers to more than ${MOST_REFERENCES} others`)
      }
      // A schema may refer to a version that has been deleted since, but is still needed to read what was written.
      const place = `/subjects/${encodeURIComponent(subject)}/versions/${version}?deleted=true`
      const referred = await getSchema(get, place, signal)
      await addReferences(referred.references, [...path, what])
      found.set(name, { name, definition: referred.schema })
    }
  }
}

/** Where schemas are found by their GUIDs. Registries without GUIDs don't have this path. */
const BY_GUID = '/schemas/guids'

function placeOf(schemaId: string): string {
  return isGuid(schemaId) ? BY_GUID : '/schemas/ids'
}

async function getSchema(get: Get, path: string, signal?: AbortSignal): Promise<z.output<typeof schemaAnswer>> {
  const answer = await get(path, signal)
  const parsed = schemaAnswer.safeParse(answer.body)
  if (answer.status === 200 && parsed.success) return parsed.data
  throw errorOf(answer, path)
}

function unusable(schemaId: string, why: string): CodedError {
  return new CodedError('SCHEMA_INVALID', `The schema ${schemaId} can’t be used: ${why}`)
}

function errorOf({ status, body }: Answer, path: string): CodedError {
  if (status === 401 || status === 403) {
    return new CodedError('SCHEMA_REGISTRY_ACCESS_DENIED', `The schema registry answered ${status} to ${path}`)
  }
  // Any server answers 404 to a wrong URL. Only the registry's own error says that the schema does not exist. A registry without
  // GUIDs has no such error for them, and any record may have a header that looks like one.
  const code = errorAnswer.safeParse(body).data?.error_code
  if ((code !== undefined && UNKNOWN.has(code)) || (status === 404 && path.startsWith(BY_GUID))) {
    return new CodedError('SCHEMA_UNKNOWN', `The schema registry has nothing at ${path}`)
  }
  return new CodedError(
    'SCHEMA_REGISTRY_REJECTED',
    `The schema registry answered ${status} to ${path} without a schema`,
  )
}
