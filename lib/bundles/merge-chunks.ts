import { basename, dirname, join } from 'node:path'
import { type BuildOptions, type BuildResult, build, type Metafile, type Plugin } from 'esbuild'
import { shorterMap } from './shorter-map.ts'

/** What esbuild made of one entry, with splitting and linked source maps. All of its files are in one folder. */
type Built = BuildResult<{ write: false; metafile: true }>

export interface MergeOptions {
  /** The name of the entry's file. */
  entry: string
  /** The name of the file that gets the chunks. */
  core: string
  /** The esbuild options of both, other than those that say what is bundled. */
  options: BuildOptions
}

/**
 * Puts the chunks that an entry imports into one file, because each file costs time in a cold start: Node.js finds, reads and compiles
 * it, and reads its source map. esbuild makes one of each set of modules that the same files import, and can't be told otherwise. The
 * entry itself remains alone: it awaits what files that are loaded later do, so none of those may import it.
 *
 * @returns the contents of the bundle's files by their names
 */
export async function mergeChunks(
  { outputFiles, metafile }: Built,
  merge: MergeOptions,
): Promise<Map<string, Uint8Array>> {
  const { entry, core, options } = merge
  const folder = dirname(outputFiles[0]?.path ?? '')
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]))
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]))
  const chunks = chunksOf(entry, outputs)
  if (chunks.length === 0) return new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]))
  const exported = new Map(chunks.map(name => [name, outputs.get(name)?.exports ?? []]))
  const again = { ...options, bundle: true, write: false, outdir: folder } as const
  const others = [...texts.keys()].filter(name => !name.endsWith('.map') && !exported.has(name))
  const [merged, rest] = await Promise.all([
    build({
      ...again,
      stdin: {
        contents: chunks.map(name => exportsOf(name, exported)).join('\n'),
        resolveDir: folder,
        sourcefile: core,
      },
      entryNames: core.replace(/\.\w+$/, ''),
      plugins: [filesOf(folder, texts, name => !exported.has(name))],
    }),
    build({
      ...again,
      entryPoints: others.map(name => join(folder, name)),
      plugins: [chunksIn(core, exported), filesOf(folder, texts, (_, isEntry) => !isEntry)],
    }),
  ])
  const files = [...merged.outputFiles, ...rest.outputFiles]
  return new Map(
    files.map(({ path, text, contents }) => [
      basename(path),
      path.endsWith('.map') ? Buffer.from(shorterMap(text)) : contents,
    ]),
  )
}

/** The chunks that are loaded with the entry, each after those that it imports. */
function chunksOf(entry: string, outputs: Map<string, Metafile['outputs'][string]>): string[] {
  const found = new Set<string>()
  const visit = (name: string) => {
    for (const { path, kind, external } of outputs.get(name)?.imports ?? []) {
      const imported = basename(path)
      if (kind !== 'import-statement' || external || found.has(imported)) continue
      found.add(imported)
      visit(imported)
    }
  }
  visit(entry)
  return [...found]
}

/** Names in the merged file: chunks use the same for different things. */
const nameIn = (chunks: Map<string, string[]>, chunk: string, name: string) =>
  `${name}_${[...chunks.keys()].indexOf(chunk)}`

/** What the merged file exports of a chunk. */
function exportsOf(chunk: string, chunks: Map<string, string[]>): string {
  const names = chunks.get(chunk)?.map(name => `${name} as ${nameIn(chunks, chunk, name)}`)
  return `export { ${names?.join()} } from './${chunk}'`
}

/** Lets imports of chunks lead to the merged file. */
const chunksIn = (core: string, chunks: Map<string, string[]>): Plugin => ({
  name: 'chunks in the merged file',
  setup({ onResolve, onLoad }) {
    const namespace = 'chunk'
    onResolve({ filter: /^\.\// }, ({ path, namespace: from }) => {
      if (from === namespace) return { path, external: true }
      const chunk = basename(path)
      return chunks.has(chunk) ? { path: chunk, namespace, sideEffects: false } : undefined
    })
    onLoad({ filter: /^/, namespace }, ({ path: chunk }) => {
      const names = chunks.get(chunk)?.map(name => `${nameIn(chunks, chunk, name)} as ${name}`)
      return { contents: `export { ${names?.join()} } from './${core}'` }
    })
  },
})

/** Reads files of a bundle that are not written, each with its source map; leaves imports of some as they are. */
const filesOf = (
  folder: string,
  texts: Map<string, string>,
  isLeft: (name: string, isEntry: boolean) => boolean,
): Plugin => ({
  name: 'files of the bundle',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[./]/ }, ({ path, kind }) => {
      const name = basename(path)
      if (!texts.has(name)) return undefined
      return isLeft(name, kind === 'entry-point') ? { path, external: true } : { path: join(folder, name) }
    })
    onLoad({ filter: /^/ }, ({ path }) => {
      const name = basename(path)
      const text = texts.get(name)
      const map = Buffer.from(texts.get(`${name}.map`) ?? '{}').toString('base64')
      const url = `//# sourceMappingURL=data:application/json;base64,${map}`
      return { contents: text?.replace(/\/\/# sourceMappingURL=\S+\s*$/, url), loader: 'js' }
    })
  },
})
