import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { BuildOptions, Plugin } from 'esbuild'

/** Node.js doesn't run TypeScript below node_modules, so the package consists of compiled files and of bundles that exist already. */
const isSource = import.meta.filename.endsWith('.ts')
const root = join(import.meta.dirname, isSource ? '..' : '../..')

/** The folder of handlers, in the sources and in each bundle: handlers are `functions/<file>.handler`. */
export const HANDLERS_FOLDER = 'functions'

/** The files of bundles: ES modules, whatever `package.json` lies above them. */
export const BUNDLE_EXTENSION = '.mjs'

/** The names of Node.js's own modules, with its prefix and without. */
const BUILT_IN = new RegExp(`^(node:.+|${builtinModules.join('|')})$`)

/**
 * Gets the modules of Node.js without importing them. An import reads all that a module exports, also what Node.js makes only when it is
 * read: `WebSocket` of `http` loads the client for `fetch`, `TextDecoder` of `util` loads threads and the network.
 */
const builtInsWithoutImport: Plugin = {
  name: 'built-ins without import',
  setup({ initialOptions: { absWorkingDir = process.cwd() }, onResolve, onLoad }) {
    const namespace = 'built-in'
    onResolve({ filter: BUILT_IN }, ({ path, kind, importer }) => {
      const name = path.replace(/^(node:)?/, 'node:')
      const isImport = kind === 'import-statement'
      // One for each file that imports it. If they shared one, it would often be a file of its own in the bundle, as one is that is
      // imported on first use: its path becomes the file's name.
      const place = kind === 'dynamic-import' ? '' : `${kind} in ${relative(absWorkingDir, importer)} `
      return { path: place + name, namespace, sideEffects: !isImport, pluginData: { name, isImport } }
    })
    onLoad({ filter: /^/, namespace }, ({ pluginData: { name, isImport } }) => ({
      contents: (isImport ? onlyWhatIsRead(name) : `module.exports = ${gotten(name)}`) + mapToName(name),
    }))
  },
}

const gotten = (name: string) => `process.getBuiltinModule(${JSON.stringify(name)})`

/** A module of Node.js as an ES module that reads what is imported and, as esbuild drops what is not used and pure, nothing else. */
function onlyWhatIsRead(name: string): string {
  const names = Object.keys(process.getBuiltinModule(name) ?? {}).filter(exported => exported !== 'default')
  return [
    `const all = /* @__PURE__ */ ${gotten(name)}`,
    'const read = name => all[name]',
    'export default all',
    ...names.map((exported, index) => `const _${index} = /* @__PURE__ */ read(${JSON.stringify(exported)})`),
    `export { ${names.map((exported, index) => `_${index} as ${JSON.stringify(exported)}`)} }`,
  ].join('\n')
}

/**
 * Compiles the checks of the Kafka client's options when they are first used. The client compiles all 38 when it is imported, which is
 * more than half of that, and uses them only with its option `strict`.
 */
const optionsCheckedOnUse: Plugin = {
  name: 'options checked on use',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]@platformatic[\\/]kafka[\\/]dist[\\/]utils\.js$/ }, async ({ path }) => ({
      contents: `${await readFile(path, 'utf8')}\n${COMPILE_ON_USE}`,
    }))
  },
}

/** Behind the module that creates `ajv`, whose checks keep their errors in `errors`. */
const COMPILE_ON_USE = `
const compile = ajv.compile.bind(ajv)
ajv.compile = schema => {
  let compiled
  const check = value => {
    compiled ??= compile(schema)
    const isValid = compiled(value)
    check.errors = compiled.errors
    return isValid
  }
  return check
}`

/**
 * Writes the keys of the AWS SDK's schemas as text. The SDK has them in constants, and esbuild keeps an object with a computed key though
 * nobody uses it, as computing a key may have an effect: the schemas of all operations would be in the bundle.
 */
const schemasByUse: Plugin = {
  name: 'schemas by use',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]@aws-sdk[\\/].+[\\/]schemas_\d+\.js$/ }, async ({ path }) => ({
      contents: keysAsText(await readFile(path, 'utf8')) + mapToName(basename(path)),
    }))
  },
}

function keysAsText(source: string): string {
  const texts = new Map(Array.from(source.matchAll(/^const (\w+) = ("[^"\\]*");$/gm), ([, name, text]) => [name, text]))
  return source.replaceAll(/(?<=[{,]\s*)\[(\w+)\]:/g, (key, name) => (texts.has(name) ? `${texts.get(name)}:` : key))
}

/** The esbuild options of all bundles, whatever the platform. */
export const bundleOptions = {
  bundle: true,
  minify: true,
  sourcemap: 'linked',
  // A map names the files it leads to. With their text, it would be three times as large, and Node.js reads it in a cold start.
  sourcesContent: false,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  // The variant with the WebAssembly inlined, because a bundle has no other files.
  alias: { '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled' },
  // Some dependencies are CommonJS and call require(), which doesn't exist in an ES module.
  banner: { js: 'const require=id=>process.getBuiltinModule("module").createRequire(import.meta.url)(id);' },
  plugins: [builtInsWithoutImport, optionsCheckedOnUse, schemasByUse],
} satisfies BuildOptions

/**
 * The folder of a function's bundle: all that is deployed, as a package for Lambda holds it (`functions/<file>.mjs`, the files
 * that it imports on first use, and their source maps).
 *
 * @param file the function's name in `functions/`
 */
export function bundleFolder(file: string): string {
  return join(root, 'build/bundles', file)
}

/** The file of a function's bundle that is imported first. */
export function bundleEntry(file: string): string {
  return join(bundleFolder(file), HANDLERS_FOLDER, file + BUNDLE_EXTENSION)
}

/**
 * Makes the bundles of functions, unless this is the package, which has them already. What is there stays untouched if it is
 * the same, so processes of one version of the sources can do this at the same time.
 *
 * @param files names in `functions/`
 */
export async function buildBundles(files: readonly string[]): Promise<void> {
  if (!isSource) return
  const [{ build }, { mergeChunks }] = await Promise.all([import('esbuild'), import('./bundles/merge-chunks.ts')])
  await Promise.all(
    files.map(async file => {
      const folder = join(bundleFolder(file), HANDLERS_FOLDER)
      const built = await build({
        ...bundleOptions,
        splitting: true,
        metafile: true,
        entryPoints: [join(root, HANDLERS_FOLDER, `${file}.ts`)],
        // A folder's path would otherwise be part of what the names of chunks are made from.
        absWorkingDir: root,
        chunkNames: `${file}.[name]-[hash]`,
        outExtension: { '.js': BUNDLE_EXTENSION },
        plugins: [...bundleOptions.plugins, namesOfDependencies],
        outdir: folder,
        write: false,
        logLevel: 'error',
      })
      const { minify, sourcemap, sourcesContent, format, platform, target } = bundleOptions
      const files = await mergeChunks(built, {
        entry: file + BUNDLE_EXTENSION,
        core: `${file}.core${BUNDLE_EXTENSION}`,
        options: {
          ...{ minify, sourcemap, sourcesContent, format, platform, target },
          absWorkingDir: root,
          outExtension: { '.js': BUNDLE_EXTENSION },
          logLevel: 'error',
        },
      })
      await replaceFolder(folder, files)
    }),
  )
}

/**
 * Lets source maps name the files of dependencies, and lines only in this project. Maps are a sixth of their size then: in the
 * package, in what is deployed, and in what Node.js reads in a cold start.
 */
const namesOfDependencies: Plugin = {
  name: 'names of dependencies',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')) + mapToName(basename(path)),
      loader: 'js',
    }))
  },
}

/** Behind a file's text: a source map by which all of it comes from the start of the first line of a file with this name. */
function mapToName(name: string): string {
  const map = JSON.stringify({ version: 3, sources: [name], names: [], mappings: 'AAAA' })
  return `\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}`
}

/** Gives a folder these files and no others. A reader never sees half a file, nor an entry whose chunks are missing. */
async function replaceFolder(folder: string, files: Map<string, Uint8Array>): Promise<void> {
  await mkdir(folder, { recursive: true })
  // The entry has the shortest name, and comes last.
  for (const [name, contents] of [...files].toSorted(([a], [b]) => b.length - a.length)) {
    await replaceFile(join(folder, name), contents)
  }
  const others = (await readdir(folder)).filter(name => !files.has(name) && !name.endsWith(UNFINISHED))
  await Promise.all(others.map(name => rm(join(folder, name), { force: true })))
}

const UNFINISHED = '.unfinished'

/** Writes a file in one step, unless it has this content. Its folder has to exist. */
export async function replaceFile(file: string, contents: Uint8Array): Promise<void> {
  const before = await readFile(file).catch(() => undefined)
  if (before?.equals(contents)) return
  const unfinished = join(dirname(file), `${randomUUID()}${UNFINISHED}`)
  await writeFile(unfinished, contents)
  await rename(unfinished, file)
}

/** A moment that all files of a package have: equal bundles give equal packages. In the time zone that yazl takes it for. */
const PACKAGED_AT = new Date(1980, 0, 1)
/** Everybody may read: Lambda's runtime runs as another user than the one who owns the files. */
const MODE = 0o100_644

/**
 * A function's package, as Lambda takes it: the zip of its bundle. Its bytes depend on the bundle alone, on one version of Node.js
 * (whose zlib compresses it).
 *
 * @param file the function's name in `functions/`; its bundle has to exist
 */
export async function bundlePackage(file: string): Promise<Buffer> {
  const { ZipFile } = await import('yazl')
  const folder = bundleFolder(file)
  const zip = new ZipFile()
  for (const name of (await readdir(join(folder, HANDLERS_FOLDER))).toSorted()) {
    if (name.endsWith(UNFINISHED)) continue
    const contents = await readFile(join(folder, HANDLERS_FOLDER, name))
    zip.addBuffer(contents, `${HANDLERS_FOLDER}/${name}`, { mtime: PACKAGED_AT, mode: MODE, forceDosTimestamp: true })
  }
  zip.end()
  return buffer(zip.outputStream)
}
