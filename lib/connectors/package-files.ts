import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buildBundles, bundlePackage, replaceFile } from '../bundling.ts'
import { findPlugin, type Serverless } from './framework.ts'
import { type FunctionDefinition, fileOf } from './resources/function.ts'

/** The framework's folder for what it deploys, in the service's folder. */
const PACKAGE_FOLDER = '.serverless'

/** Where serverless-esbuild puts packages until all are built, unless the service says otherwise. */
const ESBUILD_FOLDER = '.esbuild'

/**
 * The file of a function's package, relative to the service's folder: the framework writes it into a file that `deploy --package` may read on
 * another machine. Functions of one file share one.
 */
export function packageFile(definition: FunctionDefinition): string {
  // A service may have a function `dump` of its own.
  return join(PACKAGE_FOLDER, `kafka-functions-${fileOf(definition)}.zip`)
}

/** Writes the packages of functions. */
export async function writePackages({ serviceDir = '' }: Serverless, functions: FunctionDefinition[]): Promise<void> {
  const files = new Map(functions.map(definition => [fileOf(definition), packageFile(definition)]))
  await buildBundles([...files.keys()])
  await mkdir(join(serviceDir, PACKAGE_FOLDER), { recursive: true })
  for (const [file, artifact] of files) await replaceFile(join(serviceDir, artifact), await bundlePackage(file))
}

/**
 * Makes the folder that serverless-esbuild moves packages from. It makes the folder itself only if it bundles something, but moves
 * packages in any case, and a service of connectors has no other functions.
 */
export async function makeEsbuildFolder(serverless: Serverless): Promise<void> {
  if (!findPlugin(serverless, 'EsbuildServerlessPlugin')) return
  const { serviceDir = '', service } = serverless
  const folder = service.custom?.esbuild?.outputWorkFolder ?? ESBUILD_FOLDER
  await mkdir(join(serviceDir, folder, PACKAGE_FOLDER), { recursive: true })
}
