import { parse } from 'node:path'
import type { Plugin } from 'esbuild'
import { BUNDLE_EXTENSION, bundleOptions } from '../lib/bundling.ts'

interface Serverless {
  service: { custom: { esbuild: Record<string, unknown> } }
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

/** The settings of serverless-esbuild for the services of single functions. */
export const bundling = {
  ...bundleOptions,
  // Modules that are imported on first use become separate files, so that a cold start doesn't read them.
  splitting: true,
  plugins: [...bundleOptions.plugins, ownChunks],
  outputFileExtension: BUNDLE_EXTENSION,
  packager: 'npm',
  // A watcher that sees bundles, its own or those of another process, would rebuild without end.
  watch: { ignore: ['.esbuild*', '.build', '.cache', '.serverless', 'dist', 'node_modules'] },
}

/** What serverless-esbuild asks for: these settings, and those that the service's file adds. */
function settingsOf({ service }: Serverless) {
  const { config, ...own } = service.custom.esbuild
  return { ...bundling, ...own }
}

// serverless-esbuild calls what `require` gives.
export { settingsOf as 'module.exports' }
