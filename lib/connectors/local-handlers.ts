import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildBundles, bundleEntry, replaceFile } from '../bundling.ts'
import { findPlugin, type Options, type Serverless } from './framework.ts'
import { type FunctionDefinition, fileOf } from './resources/function.ts'

/** The folder, in the service's own, of what calls functions on this machine. */
const LOCAL_FOLDER = '.kafka-functions'

/** What keeps the folder out of packages of the service's own functions. */
export const NOT_PACKAGED = `!${LOCAL_FOLDER}/**`

/** The handler of a function on this machine: serverless-offline and `invoke local` take files of the service's folder only. */
export function localHandler(definition: FunctionDefinition): string {
  return `${LOCAL_FOLDER}/${fileOf(definition)}.handler`
}

/**
 * Writes the handlers of functions for this machine, each a file that calls the bundle where it is, so that source maps and
 * breakpoints lead to files that exist. CommonJS, because `invoke local` finds only that in services of every kind.
 *
 * @param folders where the framework looks for handlers
 * @param definitions functions with the handlers that are deployed
 */
export async function writeLocalHandlers(folders: string[], definitions: FunctionDefinition[]): Promise<void> {
  const files = [...new Set(definitions.map(fileOf))]
  await buildBundles(files)
  for (const folder of new Set(folders.map(folder => join(folder, LOCAL_FOLDER)))) {
    await mkdir(folder, { recursive: true })
    await replaceFile(join(folder, '.gitignore'), Buffer.from('*\n'))
    for (const file of files) await replaceFile(join(folder, `${file}.cjs`), Buffer.from(callerOf(file)))
  }
}

function callerOf(file: string): string {
  const bundle = JSON.stringify(pathToFileURL(bundleEntry(file)).href)
  return `exports.handler = async (...args) => (await import(${bundle})).handler(...args)\n`
}

/** Where serverless-offline looks for handlers: with a bundler that is where bundles are. */
export function offlineFolder({ serviceDir = '', service }: Serverless, options: Options): string {
  const { location = '' } = { ...(service.custom?.['serverless-offline'] as { location?: string }), ...options }
  return join(serviceDir, String(location))
}

/** Where `invoke local` looks for handlers. serverless-esbuild moves it to its own folder, sooner or later than this is asked. */
export function invokeFolders(serverless: Serverless): string[] {
  const { buildDirPath } = (findPlugin(serverless, 'EsbuildServerlessPlugin') ?? {}) as { buildDirPath?: string }
  return [serverless.serviceDir ?? '', ...(buildDirPath ? [buildDirPath] : [])]
}
