import { Document, isMap, isScalar, type Pair } from 'yaml'
import type { Declaration } from '../../lib/migration/declaration.ts'

const SCHEMA = './node_modules/kafka-functions/connectors.schema.json'

/** A connector, and what a person has to look at, by the paths of its keys. */
export interface WrittenConnector {
  name: string
  declaration: Declaration
  /** What is said before a key; under `''` before the connector. */
  comments: Record<string, string[]>
}

/** The file of connectors, with comments where something needs a look. Its first line lets editors complete and check keys. */
export function connectorsFile(connectors: WrittenConnector[]): string {
  const document = new Document(Object.fromEntries(connectors.map(({ name, declaration }) => [name, declaration])))
  for (const { name, comments } of connectors) {
    for (const [path, lines] of Object.entries(comments)) {
      const pair = pairAt(document, [name, ...(path === '' ? [] : path.split('.'))])
      if (isScalar(pair?.key)) pair.key.commentBefore = lines.flatMap(wrapped).join('\n')
    }
  }
  for (const pair of (isMap(document.contents) ? document.contents.items : []).slice(1)) {
    if (isScalar(pair.key)) pair.key.spaceBefore = true
  }
  return `# yaml-language-server: $schema=${SCHEMA}\n${document.toString({ lineWidth: 120, flowCollectionPadding: false })}`
}

/** Words that stand in a line together. */
const WORDS = /(.{1,100})(?:\s+|$)/g

/** A comment in lines of at most a hundred characters; a longer word has its own. */
function wrapped(text: string): string[] {
  return text.split(WORDS).flatMap(line => (line.trim() === '' ? [] : [` ${line.trim()}`]))
}

/** The pair of the key with this path, or of the longest part of it that there is. */
function pairAt(document: Document, path: string[]): Pair | undefined {
  let at: unknown = document.contents
  let found: Pair | undefined
  for (const key of path) {
    const pair: Pair | undefined = isMap(at)
      ? at.items.find(({ key: own }) => isScalar(own) && own.value === key)
      : undefined
    if (!pair) break
    found = pair
    at = pair.value
  }
  return found
}
