/**
 * Variables: failures and logs.
 *
 * @public
 */
export interface FailureVariables {
  /**
   * log: put failing records aside and continue. fail: stop the partition at the failing record.
   *
   * Default: `log` in DumpVariables; `fail` in ReplicateVariables, EventHandlerVariables.
   */
  FAILURE_POLICY?: 'log' | 'fail'
  /**
   * Whether responses list failed records (batchItemFailures). Set it only if the mapping has
   * ReportBatchItemFailures.
   *
   * Default: `false`.
   */
  PARTIAL_BATCH_RESPONSES?: 'true' | 'false'
  /**
   * Topic for records that can’t be decoded. Not set: the log names them or, with the policy fail, their partition
   * stops.
   */
  ABNORMAL_DATA_TOPIC?: string
  /**
   * Topic for records that can’t be delivered, with the policy log. Not set: the log names them.
   */
  DEAD_LETTER_TOPIC?: string
  /**
   * Partitions of a topic for failed records that is created. More keep only the order of each key.
   *
   * Default: `1`.
   */
  FAILURE_TOPIC_PARTITIONS?: string
  /**
   * cleanup.policy of a topic for failed records that is created. With compact it refuses records without a key,
   * and keeps only the last of each key.
   *
   * Default: `delete`.
   */
  FAILURE_TOPIC_CLEANUP_POLICY?: 'delete' | 'compact' | 'compact,delete'
  /**
   * Name of the deployed service and stage in logs and metrics.
   *
   * Default: `kafka-functions`.
   */
  SERVICE_NAME?: string
  /**
   * Name in logs, in metrics, and in the headers of failed records.
   *
   * Default: `kafka-functions`.
   */
  CONNECTOR_NAME?: string
  /**
   * Lowest level that is logged.
   *
   * Default: `INFO`.
   */
  LOG_LEVEL?: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'
}
