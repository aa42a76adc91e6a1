import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'

/** What this reads of a connector; the plugin checks it. */
interface Declared {
  source?: { topics?: string[] }
  abnormalDataTopic?: string
  deadLetter?: unknown
}

/** The topics that a file of connectors names: those that are read, and those for failed records. */
export async function declaredTopics(file: string): Promise<string[]> {
  const connectors = Object.values((parse(await readFile(file, 'utf8'), { logLevel: 'error' }) ?? {}) as object)
  const topics = (connectors as Declared[]).flatMap(({ source, abnormalDataTopic, deadLetter }) => [
    ...(source?.topics ?? []),
    ...[abnormalDataTopic, deadLetter].filter(topic => typeof topic === 'string' && !topic.startsWith('arn:')),
  ])
  return [...new Set(topics as string[])]
}
