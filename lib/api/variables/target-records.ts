/**
 * Variables: records and topics on the target.
 *
 * @public
 */
export interface TargetRecordVariables {
  /**
   * Partition on the target. same: the source’s partition; the target topic gets as many partitions. key: by the
   * key, as Kafka’s own producer. round-robin: each in turn.
   *
   * Default: `same`.
   */
  PARTITIONER?: 'same' | 'key' | 'round-robin'
  /**
   * Compression of records that are sent to the target.
   *
   * Default: `none`.
   */
  COMPRESSION_TYPE?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  /**
   * Writes records and their offset sync to the target in one transaction, and skips records that are already
   * there. Consumers on the target need isolation.level=read_committed.
   *
   * Default: `false`.
   */
  EXACTLY_ONCE?: 'true' | 'false'
  /**
   * Replicas of target topics that are created; -1 for the broker’s default.
   *
   * Default: `-1`.
   */
  REPLICAS?: string
}
