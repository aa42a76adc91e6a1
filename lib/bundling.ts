import { join, parse } from 'node:path'
import type { BuildOptions, Plugin } from 'esbuild'

/** The part of a function's definition that bundling reads and sets. */
export interface BundledFunction {
  handler: string
  skipEsbuild?: boolean
  package?: { artifact?: string }
}

/** Where a service has its bundles made. */
export interface Bundling {
  outputWorkFolder?: string
}

/**
 * Names what a function imports on first use after the function: that is how serverless-esbuild tells whose package a file
 * belongs to.
 */
const ownChunks: Plugin = {
  name: 'own-chunks',
  setup({ initialOptions }) {
    const [entry = ''] = initialOptions.entryPoints as string[]
    initialOptions.chunkNames = `${parse(entry).name}.[name]-[hash]`
  },
}

/** How this project's code becomes a bundle, wherever it runs. */
export const bundleOptions = {
  bundle: true,
  minify: true,
  sourcemap: 'linked',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  // The same with its WebAssembly inside: a bundle has no file beside it.
  alias: { '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled' },
  // Some dependencies are CommonJS and call require(), which an ES module does not have.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
} satisfies BuildOptions

/** The settings of serverless-esbuild for functions. What a service sets itself under `custom.esbuild` wins. */
export const bundling = {
  ...bundleOptions,
  // What is imported on first use is a file of its own, so that a start doesn't read it.
  splitting: true,
  plugins: [ownChunks],
  outputFileExtension: '.mjs',
  packager: 'npm',
}

/** Where serverless-esbuild puts packages until they are all done. */
const DEFAULT_WORK_FOLDER = '.esbuild'
const PACKAGE_FOLDER = '.serverless'

/**
 * Lets functions of one handler share one package: the first is bundled and zipped, the others take its file. So ten
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
