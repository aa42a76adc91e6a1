import type { ValueContent } from '../formats/format.ts'
import type { KafkaRecord } from '../record.ts'

/**
 * What becomes of a value before it goes into an object: its JSON text.
 *
 * @throws CodedError `VALUE_UNDECODABLE` when the value is not what its format says
 */
export type ValueDecoder = (record: KafkaRecord & { value: Buffer }, signal?: AbortSignal) => Buffer | Promise<Buffer>

interface ValueFormat {
  /** What the values are in the object. */
  content: ValueContent
  /** Absent: the bytes go into the object as they are. */
  decoder?: () => Promise<ValueDecoder>
}

/** Every format that values may have, loaded when it is first used. */
const valueFormats = {
  auto: { content: 'bytes' },
  json: { content: 'json', decoder: async () => (await import('./json.ts')).decodeJson },
  base64: { content: 'base64' },
} satisfies Record<string, ValueFormat>

export type ValueFormatName = keyof typeof valueFormats
export const valueFormatNames = Object.keys(valueFormats) as ValueFormatName[]

export function valueFormatOf(name: ValueFormatName): ValueFormat {
  return valueFormats[name]
}
