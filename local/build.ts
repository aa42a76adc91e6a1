import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, glob, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { buildBundles } from '../lib/bundling.ts'
import { bundledFunctions } from '../lib/connectors/resources/deployed-functions.ts'
import { bundlePage, pageFolder } from '../lib/console/page-bundle.ts'
import { extractApi } from './api-model.ts'
import { runCommand } from './command.ts'
import { root } from './framework.ts'

const run = promisify(execFile)
const compiler = join(root, 'node_modules/typescript/bin/tsc')

/** A package that is published. */
interface Package {
  /** Its folder in the project. */
  folder: string
  /** What it is compiled from. */
  project: string
  /** What code imports, without extensions. */
  entries: string[]
}

/** The entry whose exports have documentation. */
export const API_ENTRY = 'lib/index'

const packages: Package[] = [
  { folder: '.', project: 'tsconfig.build.json', entries: [API_ENTRY, 'lib/connectors/plugin', 'lib/cdk/index'] },
  {
    folder: 'packages/serverless-offline-kafka',
    project: 'packages/serverless-offline-kafka/tsconfig.json',
    entries: ['lib/offline/plugin'],
  },
]

/** Files that the code reads at run time, beside the code itself. */
const RESOURCES = 'local/**/*.{xml,properties}'

/** What is compiled, and by what. */
const SOURCES =
  '{{lib,functions,cli,local}/**/*.{ts,xml,properties,css,svg,json},tsconfig*.json,package*.json,packages/*/*.json}'

/** Tells that a package was compiled of the sources with this digest. */
const DIGEST_FILE = 'build/sources.sha256'

async function digestOfSources(): Promise<string> {
  const hash = createHash('sha256')
  for (const file of (await Array.fromAsync(glob(SOURCES, { cwd: root }))).toSorted())
    hash.update(`${file}\0`).update(await readFile(join(root, file)))
  return hash.digest('hex')
}

/**
 * Compiles a package into its folder `build`, unless it was compiled of the same sources. What it had compiled before is gone
 * afterwards, files of removed sources with it.
 */
async function buildPackage({ folder, project, entries }: Package, digest: string): Promise<void> {
  const digestFile = join(root, folder, DIGEST_FILE)
  const isCurrent = async () => (await readFile(digestFile, 'utf8').catch(() => '')) === digest
  if (await isCurrent()) return
  await compile(project, async output => {
    if (folder === '.') await Promise.all([copyResources(output), embedSources(output), addPage(output)])
    for (const entry of entries) await addCommonJs(join(output, entry))
    // Another process may have compiled the same meanwhile, and read it now.
    if (await isCurrent()) return
    await rm(digestFile, { force: true })
    for await (const part of glob('*', { cwd: output }))
      await replace(join(root, folder, 'build', part), join(output, part))
    await writeFile(digestFile, digest)
  })
}

/**
 * Compiles a project into a folder that exists as long as `use` runs.
 *
 * @throws Error with what the compiler or api-extractor finds
 */
export async function compile(project: string, use: (output: string) => Promise<void>): Promise<void> {
  // Next to `lib`, as `build` is, so that the source maps name the sources by their place in the package.
  const output = await mkdtemp(join(root, '.build-'))
  try {
    await run(process.execPath, [compiler, '-p', join(root, project), '--outDir', output]).catch(error => {
      throw new Error(error.stdout || error.message)
    })
    await use(output)
  } finally {
    await rm(output, { recursive: true, force: true })
  }
}

async function copyResources(output: string): Promise<void> {
  for await (const file of glob(RESOURCES, { cwd: root })) {
    await mkdir(dirname(join(output, file)), { recursive: true })
    await cp(join(root, file), join(output, file))
  }
}

/** Puts the page's files where its sources are in the project. */
async function addPage(output: string): Promise<void> {
  for (const [path, content] of await bundlePage()) {
    const file = join(output, relative(root, pageFolder), path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
}

/**
 * Puts the text of sources into source maps. `lib` and `functions` are in the package with their sources, because maps of bundles lead
 * there, too; of these folders only the compiled files are.
 */
async function embedSources(output: string): Promise<void> {
  for await (const file of glob('{cli,local}/**/*.js.map', { cwd: output })) {
    const map = JSON.parse(await readFile(join(output, file), 'utf8'))
    const source = join(root, file.replace(/js\.map$/, 'ts'))
    const sourcesContent = [await readFile(source, 'utf8')]
    await writeFile(join(output, file), JSON.stringify({ ...map, sourcesContent }))
  }
}

/**
 * Lets CommonJS require an entry as well. Node.js gives it the ES module; but TypeScript's modes before `node20` take a package's
 * declarations for those of an ES module, which CommonJS could not load, unless it has others. They are in one file, because those
 * would not load the declarations of other ES modules either.
 */
async function addCommonJs(entry: string): Promise<void> {
  const hasDefault = (await readFile(`${entry}.d.ts`, 'utf8')).includes('export default ')
  if (!hasDefault) await rollUp(entry)
  const types = await readFile(`${entry}.d.ts`, 'utf8')
  // What has nothing but a default export is that export for CommonJS.
  const property = hasDefault ? '.default' : ''
  await writeFile(`${entry}.cjs`, `'use strict'\nmodule.exports = require('./${basename(entry)}.js')${property}\n`)
  await writeFile(`${entry}.d.cts`, types.replace('export default ', 'export = '))
}

/** Puts all declarations that an entry exports into its own file. */
async function rollUp(entry: string): Promise<void> {
  const folder = await mkdtemp(join(dirname(entry), 'api-'))
  const rollup = join(folder, 'index.d.ts')
  extractApi({ entry: `${entry}.d.ts`, rollup, model: join(folder, 'model.json') })
  // For `Buffer`, which projects may not have among their types otherwise.
  await writeFile(`${entry}.d.ts`, `/// <reference types="node" />\n\n${await readFile(rollup, 'utf8')}`)
  await rm(folder, { recursive: true })
}

/** Puts a folder in the place of another one, which is never seen half-written. */
async function replace(folder: string, by: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  const old = `${by}.old`
  await rename(folder, old).catch(error => {
    if (error.code !== 'ENOENT') throw error
  })
  await rename(by, folder)
  await rm(old, { recursive: true, force: true })
}

/** `npm run build`: what `npm pack` takes, in `build/` of each package. */
if (import.meta.main) {
  await runCommand(async () => {
    const digest = await digestOfSources()
    await Promise.all(packages.map(one => buildPackage(one, digest)))
    await buildBundles(bundledFunctions)
  })
}
