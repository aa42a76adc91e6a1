/**
 * Variables: offset syncs.
 *
 * @public
 */
export interface OffsetTopicVariables {
  /**
   * Cluster of the topics that record where source records are on the target.
   *
   * Default: `source`.
   */
  OFFSET_SYNCS_LOCATION?: 'source' | 'target'
  /**
   * Replicas of the topics for offset syncs, checkpoints and heartbeats; -1: the broker’s default.
   *
   * Default: `-1`.
   */
  INTERNAL_TOPIC_REPLICAS?: string
}
