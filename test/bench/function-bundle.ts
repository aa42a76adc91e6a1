import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { bundleOptions } from '../../lib/bundling.ts'
import { bundling } from '../../local/esbuild-settings.ts'

/** Bundles as they are deployed, apart from the folder. */
const { outputFileExtension, packager, watch, ...options } = bundling
export const deployed = {
  ...options,
  plugins: bundleOptions.plugins,
  logLevel: 'error',
  outExtension: { '.js': outputFileExtension },
} as BuildOptions

/**
 * V8 takes the size of the young generation from the memory that it sees: this is what a function of 1,024 MB gets, which is
 * what `serverless.yml` gives ours. With 24 GB it would be eight times that, and so would what nobody cleans up.
 */
const HEAP_OF_A_FUNCTION = '--max-semi-space-size=16'

/** kafkajs makes Node.js 24 say it once. */
const QUIET = '--disable-warning=TimeoutNegativeWarning'

const here = join(import.meta.dirname, '../..')

/**
 * Bundles a script of this folder into another one, and gives the command that runs it as a function runs.
 *
 * @param checkout whose `lib/` and `functions/` the script imports, to measure another version of them
 */
export async function functionCommand(script: string, outdir: string, checkout = here): Promise<string[]> {
  const name = basename(script, '.ts')
  const contents = await readFile(join(import.meta.dirname, script), 'utf8')
  const stdin = {
    contents,
    sourcefile: script,
    resolveDir: join(checkout, 'test/bench', dirname(script)),
    loader: 'ts' as const,
  }
  await build({ ...deployed, stdin, entryNames: name, outdir })
  return [process.execPath, HEAP_OF_A_FUNCTION, QUIET, join(outdir, `${name}${bundling.outputFileExtension}`)]
}
