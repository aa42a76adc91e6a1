import { readFileSync } from 'node:fs'

/** The settings of another system as it defines them itself, with their defaults; undefined where there is none. */
export type Definitions = Map<string, string | undefined>

/** The definitions in `test/unit/migration/definitions`, each of which names its source. */
export function definitionsOf(name: string): Definitions {
  const text = readFileSync(new URL(`../unit/migration/definitions/${name}.tsv`, import.meta.url), 'utf8')
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(lines.map(line => line.split('\t') as [string, string | undefined]))
}

/** A default as people write it: without a class's package, and a list without brackets. */
export function plainDefault(text: string): string {
  return text
    .replace(/^class .*\./, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replaceAll(/, */g, ', ')
}
