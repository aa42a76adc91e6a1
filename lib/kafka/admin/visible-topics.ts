import { CodedError } from '../../error.ts'

/**
 * Refuses a list of a cluster's topics that is empty. Kafka leaves out what a login may not describe, without an error, so an
 * empty list rather means that the login may describe nothing, and whoever takes it for the truth does harm.
 *
 * @param topics all topics of the cluster, as the login sees them
 * @param consequence such as `none was recorded`
 * @throws CodedError `KAFKA_ACCESS_DENIED`
 */
export function requireVisibleTopics(topics: ReadonlyMap<string, unknown>, consequence: string): void {
  if (topics.size > 0) return
  const missing = 'It takes DESCRIBE on topics, or kafka-cluster:DescribeTopic with IAM'
  throw new CodedError('KAFKA_ACCESS_DENIED', `The login sees no topic of the cluster, so ${consequence}. ${missing}`)
}
