/**
 * Variables: rotation.
 *
 * @public
 */
export interface RotationVariables {
  /**
   * Records after which an object is closed. -1: off.
   */
  ROTATE_FLUSH_SIZE?: string
  /**
   * Size, compressed, at which an object is closed. -1: off.
   */
  ROTATE_TARGET_SIZE_BYTES?: string
  /**
   * Span of the records’ timestamps in an object, in milliseconds. -1: off.
   */
  ROTATE_INTERVAL_MS?: string
  /**
   * Time by the clock after which objects are closed, in milliseconds from midnight on: 3600000 closes them at
   * each full hour. -1: off.
   */
  ROTATE_SCHEDULE_INTERVAL_MS?: string
  /**
   * Time zone of ROTATE_SCHEDULE_INTERVAL_MS. Not set: UTC.
   */
  ROTATE_TIMEZONE?: string
  /**
   * Time in milliseconds after which records are in an object whatever its size. -1: never by this. Not set: an
   * hour, or the longest of ROTATE_INTERVAL_MS and ROTATE_SCHEDULE_INTERVAL_MS.
   */
  ROTATE_MAX_OPEN_MS?: string
  /**
   * partition: objects of one partition. topic: objects of all partitions of a topic. Not set: partition.
   */
  ROTATE_ACROSS?: 'partition' | 'topic'
}
