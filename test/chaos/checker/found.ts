/** What a reader finds in a sink: bytes as they are there. */
export interface FoundRecord {
  /** The topic that the record was produced to, whatever it is called in the sink. */
  topic: string
  partition: number
  /** The offset on the source, where the sink says it; undefined in a target cluster. */
  offset: number | undefined
  /** Milliseconds since the epoch; undefined where the sink has none. */
  timestamp: number | undefined
  key: Buffer | null
  value: Buffer | null
  headers: { key: string; value: Buffer | null }[]
  /** Where it is, for people: an object’s key and row, or topic-partition and offset of the target. */
  place: string
}

/** A record that was put aside, in a topic for failed records or only named by a log. */
export interface PutAside {
  topic: string
  partition: number
  offset: number
  /** An error code. */
  reason: string
  place: string
  /** When a log named it, in milliseconds since the epoch: what has its offset in a topic that was created again later is another record. */
  at?: number
  /** The record as it was put aside; undefined where only a log names it. */
  record?: FoundRecord
}
