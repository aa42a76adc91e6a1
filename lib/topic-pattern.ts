import { identityPolicy } from './replication/policy.ts'

/**
 * The topics of a cluster that a pattern means, in alphabetical order. Internal topics never are, nor are those that the
 * caller leaves out, such as our own dead letters.
 *
 * @param excluded says of a topic that it is none to read
 */
export function matchingTopics(
  pattern: RegExp,
  topics: Iterable<string>,
  excluded: (topic: string) => boolean,
): string[] {
  return [...topics]
    .filter(topic => pattern.test(topic) && !identityPolicy.isInternal(topic) && !excluded(topic))
    .toSorted()
}
