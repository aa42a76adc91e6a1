import { hash } from 'node:crypto'
import type { KafkaRecord } from '../record.ts'
import { type Compared, digestedPart, type RecordField } from './record-fields.ts'

/** A record that is waiting for its counterpart, with digests of its compared fields as far as they were needed. */
export class WaitingRecord {
  readonly record: KafkaRecord
  readonly #compared: Compared
  #digests: Record<RecordField, string> | undefined

  constructor(record: KafkaRecord, compared: Compared) {
    this.record = record
    this.#compared = compared
  }

  /** Bytes that it keeps in memory, about. */
  get bytes(): number {
    const { key, value } = this.record
    return (key?.length ?? 0) + (value?.length ?? 0)
  }

  /** Equal for records that are the same. */
  get id(): string {
    return this.idOf(this.#compared.fields)
  }

  /** Equal for records that are the same in these fields. */
  idOf(fields: readonly RecordField[]): string {
    this.#digests ??= this.#digested()
    const digests = this.#digests
    return fields.map(field => digests[field]).join(' ')
  }

  #digested(): Record<RecordField, string> {
    const { timestamp, key, value, headers } = digestedPart(this.record, this.#compared)
    const parts = headers.flatMap(({ key, value }) => [Buffer.from(key), value])
    return { timestamp: String(timestamp), key: digestOf([key]), value: digestOf([value]), headers: digestOf(parts) }
  }
}

/** Characters of a digest, in base64: 96 bits. */
const DIGEST_LENGTH = 16

/** Null has another digest than empty bytes, and so have bytes that are divided in another way. */
function digestOf(parts: (Buffer | null)[]): string {
  const pieces = parts.flatMap(part => (part ? [Buffer.from(`${part.length}:`), part] : [Buffer.from('-')]))
  return hash('sha1', Buffer.concat(pieces), 'base64').slice(0, DIGEST_LENGTH)
}
