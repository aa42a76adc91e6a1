/**
 * Variables: settings of topics.
 *
 * @public
 */
export interface TopicSettingVariables {
  /**
   * Settings of topics that the target does not get from the source: regular expressions for the whole name,
   * separated by commas.
   *
   * Default:
   * `follower.replication.throttled.replicas,leader.replication.throttled.replicas,message.timestamp.difference.max.ms,message.timestamp.type,min.insync.replicas,unclean.leader.election.enable`.
   */
  TOPIC_SETTINGS_EXCLUDE?: string
}
