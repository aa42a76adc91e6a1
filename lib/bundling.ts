import { join, parse } from 'node:path'
import type { BuildOptions, Plugin } from 'esbuild'

/** The part of a function's definition that bundling reads and sets. */
export interface BundledFunction {
  handler: string
  skipEsbuild?: boolean
  package?: { artifact?: string }
}

/** The settings of a service that say where bundles are built. */
export interface Bundling {
  outputWorkFolder?: string
}

/**
 * Prefixes the names of chunks that a function imports on first use with the function's file name, because serverless-esbuild
 * decides by that prefix whose package a file belongs to.
 */
const ownChunks: Plugin = {
  name: 'own-chunks',
  setup({ initialOptions }) {
    const [entry = ''] = initialOptions.entryPoints as string[]
    initialOptions.chunkNames = `${parse(entry).name}.[name]-[hash]`
  },
}

/** The esbuild options of all bundles, whatever the platform. */
export const bundleOptions = {
  bundle: true,
  minify: true,
  sourcemap: 'linked',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  // The variant with the WebAssembly inlined, because a bundle has no other files.
  alias: { '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled' },
  // Some dependencies are CommonJS and call require(), which doesn't exist in an ES module.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
} satisfies BuildOptions

/** The settings of serverless-esbuild for functions. A service's own `custom.esbuild` takes precedence. */
export const bundling = {
  ...bundleOptions,
  // Modules that are imported on first use become separate files, so that a cold start doesn't read them.
  splitting: true,
  plugins: [ownChunks],
  outputFileExtension: '.mjs',
  packager: 'npm',
  // A watcher that sees bundles, its own or those of another process, would rebuild without end.
  watch: { ignore: ['.esbuild*', '.build', '.cache', '.serverless', 'dist', 'node_modules'] },
}

/** Where serverless-esbuild puts packages until all are built. */
const DEFAULT_WORK_FOLDER = '.esbuild'
const PACKAGE_FOLDER = '.serverless'

/**
 * Lets functions with the same handler share one package: the first is bundled and zipped, the others use its file. So ten
 * connectors are packaged in the time of one.
 */
export function sharePackages(functions: Record<string, BundledFunction>, workFolder = DEFAULT_WORK_FOLDER) {
  const first = new Map<string, string>()
  for (const [key, definition] of Object.entries(functions)) {
    const owner = first.get(definition.handler)
    if (owner === undefined) first.set(definition.handler, key)
    else
      Object.assign(definition, {
        skipEsbuild: true,
        package: { artifact: join(workFolder, PACKAGE_FOLDER, `${owner}.zip`) },
      })
  }
}
