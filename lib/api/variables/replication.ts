/**
 * Variables: replication.
 *
 * @public
 */
export interface ReplicationVariables {
  /**
   * Name of the source cluster. Required when topics or headers contain it.
   */
  SOURCE_ALIAS?: string
  /**
   * Name of the target cluster. Required when topics or headers contain it.
   */
  TARGET_ALIAS?: string
  /**
   * default: topics are renamed to source alias, separator, topic. identity: topics keep their names. Not set:
   * default, unless TOPIC_MAPPING or TARGET_TOPIC is set.
   */
  REPLICATION_POLICY?: 'default' | 'identity'
  /**
   * Separator of alias and topic in a renamed topic.
   *
   * Default: `.`.
   */
  SEPARATOR?: string
  /**
   * Target topic for each source topic, as JSON. Other topics keep their names.
   */
  TOPIC_MAPPING?: string
  /**
   * Single target topic for all records.
   */
  TARGET_TOPIC?: string
  /**
   * Adds the source’s alias to each record as a header, so that records can’t return to it.
   *
   * Default: `false`.
   */
  ADD_SOURCE_HEADER?: 'true' | 'false'
}
