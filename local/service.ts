import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { CONNECTORS_CONFIG } from './framework.ts'

/** A service of the Serverless Framework on this machine. */
export interface Service {
  /** Its folder. */
  folder: string
  /** The file that describes it, as a path within the folder. */
  config: string
  /** The framework's executable, which is the service's own. */
  serverless: string
  /** Variables that its file reads. */
  environment: Record<string, string>
}

/** The framework's own names of a service's file, in its order. */
const CONFIG_NAMES = ['yml', 'yaml', 'json', 'js', 'cjs', 'mjs', 'ts', 'cts', 'mts'].map(end => `serverless.${end}`)

/** How a service's file reads the name of the file with its connectors. */
const DECLARATION_VARIABLE = 'CONNECTORS'

interface Wanted {
  /** The service's file. */
  config?: string
  /** A file with connectors, for a service that reads them from the file in `CONNECTORS`. */
  declaration?: string
}

/**
 * Finds the service of a folder.
 *
 * @param folder where `serverless` would be called
 * @throws an error that says what is missing
 */
export function findService({ config: named, declaration }: Wanted, folder = process.cwd()): Service {
  const config = named ?? findConfig(folder, declaration !== undefined)
  const file = resolve(folder, config)
  if (!existsSync(file)) throw new Error(`${config} doesn't exist.`)
  if (declaration !== undefined && !readFileSync(file, 'utf8').includes(DECLARATION_VARIABLE))
    throw new Error(
      `${config} doesn't read its connectors from the file in ${DECLARATION_VARIABLE}, so ${declaration} can't be used. Leave it out.`,
    )
  return {
    folder: dirname(file),
    config: basename(file),
    serverless: findFramework(dirname(file)),
    environment: declaration === undefined ? {} : { [DECLARATION_VARIABLE]: resolve(folder, declaration) },
  }
}

function findConfig(folder: string, isDeclared: boolean): string {
  const names = [...(isDeclared ? [CONNECTORS_CONFIG] : []), ...CONFIG_NAMES]
  const found = names.find(name => existsSync(join(folder, name)))
  if (found === undefined)
    throw new Error(
      `No service in ${folder}: expected serverless.yml, .json, .js or .ts. Name another file by --config.`,
    )
  return found
}

/** The framework's package, and its name where the original is replaced without an alias. */
const FRAMEWORKS = ['serverless', 'osls']

function findFramework(folder: string): string {
  const { resolve: find } = createRequire(join(folder, 'package.json'))
  for (const name of FRAMEWORKS) {
    try {
      const file = find(`${name}/package.json`)
      const { bin } = JSON.parse(readFileSync(file, 'utf8'))
      return join(dirname(file), typeof bin === 'string' ? bin : (bin.serverless ?? bin[name]))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  throw new Error(
    `The Serverless Framework is not installed in ${folder}. Install it: npm i -D serverless@npm:osls serverless-offline`,
  )
}
