import { identityPolicy } from '../replication/naming/policy.ts'

/**
 * The topics of a cluster that a pattern means, in alphabetical order. Internal topics never are, nor are those that the
 * caller leaves out, such as our own dead letters.
 *
 * @param isExcluded whether a topic is none to read
 */
export function matchingTopics(
  pattern: RegExp,
  topics: Iterable<string>,
  isExcluded: (topic: string) => boolean,
): string[] {
  return [...topics]
    .filter(topic => pattern.test(topic) && !identityPolicy.isInternal(topic) && !isExcluded(topic))
    .toSorted()
}
