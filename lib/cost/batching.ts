/** What goes through a connector, and how it is cut into batches. */
export interface Load {
  /** Keys, values and headers, before compression. */
  bytesPerSecond: number
  /** Bytes of a record: key, value and headers. */
  recordBytes: number
  partitions: number
  /** Most records of a batch. */
  batchSize: number
  /** Longest wait for a batch to fill, in seconds. */
  windowSeconds: number
}

/** What closes a batch. */
export type BatchLimit = 'size' | 'window' | 'event'

export interface Batching {
  /** Records of a batch, on average. */
  records: number
  /** Batches of all partitions in a second. */
  perSecond: number
  limit: BatchLimit
}

/** The largest event of an invocation. Source: AWS Lambda Developer Guide, "Lambda quotas", "Invocation payload". */
const EVENT_BYTES = 6 * 2 ** 20

/** What a record of an event has beside its key and value, in bytes: names, topic, partition, offset, timestamp. */
const RECORD_FRAME_BYTES = 140

/** Base64. */
const ENCODED = 4 / 3

/** The shortest window. Source: AWS Lambda Developer Guide, "Batching behavior": 500 ms for Kafka unless a window is set. */
const SHORTEST_WINDOW_S = 0.5

/**
 * How records become batches if each batch is from one partition, as it is when each partition has a poller. With fewer pollers, a
 * batch has records of several partitions: a full one makes an object for each, and a window makes one invocation for all of them.
 */
export function batchingOf({ bytesPerSecond, recordBytes, partitions, batchSize, windowSeconds }: Load): Batching {
  const perPartition = bytesPerSecond / recordBytes / partitions
  const inEvent = Math.max(1, Math.floor(EVENT_BYTES / (recordBytes * ENCODED + RECORD_FRAME_BYTES)))
  const full = Math.min(batchSize, inEvent)
  // The record that begins a window is in its batch, too.
  const inWindow = Math.max(1, perPartition * Math.max(windowSeconds, SHORTEST_WINDOW_S))
  const records = Math.min(full, inWindow)
  const limit = inWindow < full ? 'window' : inEvent < batchSize ? 'event' : 'size'
  return { records, perSecond: (perPartition * partitions) / records, limit }
}
