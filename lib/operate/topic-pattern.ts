import { identityPolicy } from '../replication/naming/policy.ts'

/**
 * The topics of a cluster that match a pattern, in alphabetical order. Internal topics never match, nor do topics that the
 * caller excludes, such as its dead letters.
 *
 * @param isExcluded whether a topic must not be read
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
