import type { Connector } from '../declaration/connector.ts'
import { topicsOf } from '../resources/pattern.ts'

/** A topic that both read, or the pattern that is the same in both. Different patterns count as disjoint: nothing here can tell. */
export function commonTopic(first: Connector, second: Connector): string | undefined {
  const [{ topics, pattern }, other] = [first.source, second.source]
  if (topics) return (other.topics?.filter(topic => topics.includes(topic)) ?? topicsOf(second, topics))[0]
  if (other.topics) return topicsOf(first, other.topics)[0]
  return pattern === other.pattern ? pattern : undefined
}

/** Whether both have patterns, which differ, and some topic could match the two. */
export function mayOverlap({ source: first }: Connector, { source: second }: Connector): boolean {
  if (first.pattern === undefined || second.pattern === undefined || first.pattern === second.pattern) return false
  const [one, other] = [literalStart(first.pattern), literalStart(second.pattern)]
  return one.startsWith(other) || other.startsWith(one)
}

/** The characters with which everything begins that a pattern matches: `shop.` for `shop\..*`. */
function literalStart(pattern: string): string {
  if (pattern.includes('|')) return ''
  const [start = ''] = /^(?:[\w-]|\\[.-])*/.exec(pattern) ?? []
  const isRepeated = /^[*?{+]/.test(pattern.slice(start.length))
  return (isRepeated ? start.replace(/\\?.$/, '') : start).replaceAll('\\', '')
}
