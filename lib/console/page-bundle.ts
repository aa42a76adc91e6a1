import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** Where the page's sources are. In the package, what is made of them is there. */
export const pageFolder = join(import.meta.dirname, 'page')

/**
 * Joins the page's modules: what all screens need, and a file for each screen, so that a browser loads few files and what it shows
 * first comes first. A build of the package writes them down; a console that runs from sources makes them when the page is loaded.
 *
 * @returns the files' contents by their paths
 */
export async function bundlePage(): Promise<Map<string, string>> {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: ['main.ts', ...globSync('**/*.css', { cwd: pageFolder })],
    absWorkingDir: pageFolder,
    outdir: pageFolder,
    chunkNames: 'parts/chunk-[hash]',
    ...{ bundle: true, splitting: true, format: 'esm', target: 'es2024', minify: true, write: false },
  })
  const files = outputFiles.map(({ path, text }) => [relative(pageFolder, path), text] as const)
  const icon = 'icon.svg'
  return new Map([...files, [icon, await readFile(join(pageFolder, icon), 'utf8')]])
}
