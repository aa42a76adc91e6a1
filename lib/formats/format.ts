import type { KafkaRecord } from '../record.ts'

export interface EncodeOptions {
  includeHeaders: boolean
}

/** How the records of an object become its bytes, and bytes records again. A format is one file and one line in `index.ts`. */
export interface Format {
  /** Also the object key's extension. */
  name: string
  contentType: string
  /** The same records and options always give the same bytes. */
  encode(records: KafkaRecord[], options: EncodeOptions): Buffer
  /**
   * The records back, byte for byte; headers only where they were included.
   *
   * @throws CodedError `RECORD_UNDECODABLE` when the bytes are not of this format
   */
  decode(bytes: Buffer): KafkaRecord[]
}
