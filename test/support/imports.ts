import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** One import, of a type or a value, at the top of a file or within a function. */
export interface Import {
  file: string
  /** A file of the project, or a package. */
  imported: string
}

const IMPORT = /(?:\bfrom |\bimport\(|^import )'([^']+)'/gm

/** Every import of the sources below these folders of the project. */
export function importsOf(root: string, folders: string[]): Import[] {
  const files = globSync(
    folders.map(folder => `${folder}/**/*.ts`),
    { cwd: root },
  )
  return files.flatMap(file =>
    Array.from(readFileSync(join(root, file), 'utf8').matchAll(IMPORT), ([, name = '']) => ({
      file,
      imported: name.startsWith('.') ? join(dirname(file), name) : name,
    })),
  )
}

/** The first circle of files that import each other; undefined when there is none. */
export function findCircle(imports: Import[]): string[] | undefined {
  const importedBy = Map.groupBy(imports, ({ file }) => file)
  const done = new Set<string>()
  function search(file: string, path: string[]): string[] | undefined {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const { imported } of importedBy.get(file) ?? []) {
      const circle = search(imported, [...path, file])
      if (circle) return circle
    }
    done.add(file)
    return undefined
  }
  return [...importedBy.keys()].map(file => search(file, [])).find(circle => circle !== undefined)
}
