import { CodedError } from '../error.ts'
import { guidAt, isGuid } from './guid.ts'
import type { IdentifiedValue, Payload } from './schema-registry.ts'

/**
 * A schema's id is a zero and a big-endian INT32, before the value or, since Confluent Platform 8, in a header. There it is more
 * often a one and the schema's GUID. For Protobuf, which message of the schema it is follows the id. Source: Confluent
 * documentation, "Wire format"; `SchemaId` of Confluent's clients.
 */
const ID_LENGTHS: Record<number, number> = { 0: 5, 1: 17 }
const HEADER = '__value_schema_id'

/** Takes the schema's id from the platform, from the last header with the name, or from the value, as Confluent's clients do. */
export function openConfluent({ value, valueSchemaId, headers }: IdentifiedValue): Payload {
  if (valueSchemaId !== undefined) {
    if (!isId(valueSchemaId) && !isGuid(valueSchemaId)) {
      throw new CodedError('VALUE_UNDECODABLE', 'The schema id that the event names for the value is none.')
    }
    return { schemaId: valueSchemaId, read: () => value }
  }
  const header = headers.findLast(({ key }) => key === HEADER)?.value
  if (header) {
    const { schemaId, rest } = split(
      header,
      `The header ${HEADER} is not a schema id as Confluent’s serializers write it.`,
    )
    return { schemaId, read: () => (rest.length === 0 ? value : Buffer.concat([rest, value])) }
  }
  const { schemaId, rest } = split(value, 'The value does not begin with a schema id in Confluent’s wire format.', 0)
  return { schemaId, read: () => rest }
}

/** @param only the first byte, where no other one may be */
function split(bytes: Buffer, otherwise: string, only = bytes[0]): { schemaId: string; rest: Buffer } {
  const [kind = -1] = bytes
  const length = ID_LENGTHS[kind]
  if (length === undefined || kind !== only || bytes.length < length) {
    throw new CodedError('VALUE_UNDECODABLE', otherwise)
  }
  const schemaId = kind === 0 ? String(bytes.readInt32BE(1)) : guidAt(bytes, 1)
  // Registries count from one. What has a negative id is no value of a serializer, and a registry may answer anything to it.
  if (kind === 0 && !isId(schemaId)) throw new CodedError('VALUE_UNDECODABLE', otherwise)
  return { schemaId, rest: bytes.subarray(length) }
}

/** Whether a text is a number that a registry gives to a schema. */
function isId(text: string): boolean {
  return /^\d+$/.test(text)
}
