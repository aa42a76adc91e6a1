/**
 * Bytes, compressed, at which an object is closed whatever the settings say, 2 GiB. A worker that ends leaves nothing of an
 * object that isn't complete, so each has to be written within one run: a function's 300 seconds suffice at 10 MB/s.
 */
export const MAX_OUTPUT_BYTES = 2 * 1024 ** 3

/** When an object is closed, by whichever comes first. Absent limits are off; at least one is set besides `maxOpenMs`. */
export interface Rotation {
  /** Records. An object is closed with the frame that reaches it. */
  flushSize?: number
  /** Bytes, compressed; at most {@link MAX_OUTPUT_BYTES}. An object is closed with the frame that reaches it. */
  targetSizeBytes?: number
  /** Span of the records' timestamps, in milliseconds. A frame that would exceed it begins the next object. */
  rotateIntervalMs?: number
  /** Boundaries of the wall clock, in milliseconds since midnight: what was staged before one is closed after it. */
  rotateScheduleIntervalMs?: number
  /** Time zone of these boundaries: an IANA name. */
  timeZone: string
  /** How long a frame may wait, in milliseconds since it was staged. */
  maxOpenMs: number
  /** Whether an object has the records of one partition, or of all partitions of its topic. */
  across: 'partition' | 'topic'
}

/** The newest record of each key is kept. */
export interface KeepLatest {
  /** `drop`: tombstones go, a day after their timestamp, together with everything older of their key. */
  tombstones: 'keep' | 'drop'
}
