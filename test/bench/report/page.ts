import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sections } from './sections.ts'

/** The page whose tables and pictures these are, from the project's folder. */
export const PAGE = 'docs/benchmarks.md'

/** Where results and pictures are, from the project's folder. */
export const FOLDER = 'docs/benchmarks'

/** What a section has measured, by the name of its file; undefined before its first run. */
export type ReadResults = (name: string) => unknown

const folder = join(import.meta.dirname, '../../..', FOLDER)

export const readResults: ReadResults = name => {
  const file = join(folder, `${name}.json`)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/** The generated tables of the page, by the names in its markers. */
export function benchmarkTables(read: ReadResults): Record<string, () => string> {
  const all = sections.flatMap(({ results, tables }) => {
    const result = read(results)
    const named = Object.entries(tables)
    return named.map(([name, table]) => [name, () => (result === undefined ? NONE : table(result as never))] as const)
  })
  return Object.fromEntries(all)
}

const NONE = 'No run yet.'

/** The generated pictures, as texts of SVG, by their files from the project's folder. */
export function benchmarkPictures(read: ReadResults): Record<string, string> {
  const all = sections.flatMap(({ results, pictures }) => {
    const result = read(results)
    if (result === undefined) return []
    return Object.entries(pictures).flatMap(([name, draw]) => {
      const picture = draw(result as never)
      return picture === undefined ? [] : [[`${FOLDER}/${name}`, picture] as const]
    })
  })
  return Object.fromEntries(all)
}
