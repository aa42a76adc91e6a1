import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { runCommand } from './command.ts'

const root = join(import.meta.dirname, '..')

/** As `serverless.yml` has it for Lambda. */
const options: BuildOptions = {
  bundle: true,
  minify: true,
  sourcemap: 'linked',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  // The same with its WebAssembly inside: a bundle has no file beside it.
  alias: { '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled' },
  banner: {
    // Some dependencies are CommonJS and call require(), which an ES module does not have.
    js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);",
  },
}

/** The container's server as one file, which needs nothing but Node.js. */
export async function bundleServer(folder: string): Promise<string> {
  const outfile = join(folder, 'server.mjs')
  await build({ ...options, entryPoints: [join(root, 'functions/server.ts')], outfile })
  return outfile
}

/** A function app for Azure, as `func azure functionapp publish` takes it. */
export async function bundleAzure(folder: string): Promise<string> {
  const outfile = join(folder, 'azure.mjs')
  // Azure's worker has this one by itself.
  const external = ['@azure/functions-core']
  await build({ ...options, external, entryPoints: [join(root, 'functions/azure.ts')], outfile })
  await cp(join(root, 'deploy/azure'), folder, { recursive: true })
  return outfile
}

/** `npm run bundle`: what other platforms than Lambda deploy, in `dist/`. */
if (import.meta.main) {
  await runCommand(async () => {
    const files = [await bundleServer(join(root, 'dist/container')), await bundleAzure(join(root, 'dist/azure'))]
    console.log(files.join('\n'))
  })
}
