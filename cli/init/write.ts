import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CONNECTORS_FILE, ignored, installCommand, packageFile, SERVICE_FILE, serviceFile } from './service-files.ts'

/** A service to be written. */
export interface NewService {
  folder: string
  name: string
  region: string
  /** The text of connectors.yml. */
  connectors: string
  /** Whether files that are there are replaced. */
  force: boolean
}

export interface Written {
  /** Files that were written, and what was done. */
  files: [file: string, what: string][]
  /** Whether the service was there already, so that it lacks the connectors. */
  keptService: boolean
  /** How what it needs is installed. */
  install: string
}

/** Names under which a service may be there already. Source: osls, "Serverless.yml Reference". */
const serviceFiles = ['yml', 'yaml', 'json', 'js', 'cjs', 'mjs', 'ts'].map(extension => `serverless.${extension}`)

/** Whether the folder has connectors, which are not replaced unasked. */
export function hasConnectors(folder: string): boolean {
  return existsSync(join(folder, CONNECTORS_FILE))
}

/** Writes the files of a service. A service, its package.json and .gitignore that are there are kept; the latter gets lines. */
export async function writeService({ folder, name, region, connectors, force }: NewService): Promise<Written> {
  await mkdir(folder, { recursive: true })
  const kept = force ? undefined : serviceFiles.find(file => existsSync(join(folder, file)))
  await writeFile(join(folder, CONNECTORS_FILE), connectors)
  if (!kept) await writeFile(join(folder, SERVICE_FILE), serviceFile(name, region))
  const install = await writePackage(folder, name)
  const added = await ignoreMore(folder)
  return {
    files: [
      [CONNECTORS_FILE, 'what flows where'],
      kept ? [kept, 'kept as it is'] : [SERVICE_FILE, `the service ${name}`],
      install.isNew ? ['package.json', 'what it needs'] : ['package.json', 'kept as it is'],
      ['.gitignore', added === 0 ? 'kept as it is' : 'what is not committed'],
    ],
    keptService: kept !== undefined,
    install: install.command,
  }
}

async function writePackage(folder: string, name: string): Promise<{ isNew: boolean; command: string }> {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) {
    await writeFile(file, packageFile(name))
    return { isNew: true, command: 'npm install' }
  }
  const { dependencies, devDependencies } = JSON.parse(await readFile(file, 'utf8'))
  return { isNew: false, command: installCommand({ ...dependencies, ...devDependencies }) }
}

async function ignoreMore(folder: string): Promise<number> {
  const file = join(folder, '.gitignore')
  const text = existsSync(file) ? await readFile(file, 'utf8') : ''
  const lines = text.split(/\r?\n/).map(line => line.trim().replace(/^\//, '').replace(/\/$/, ''))
  const missing = ignored.filter(line => !lines.includes(line.replace(/\/$/, '')))
  if (missing.length > 0)
    await writeFile(file, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`)
  return missing.length
}
