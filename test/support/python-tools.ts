import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/** Installations under way: several servers of a test ask for the same programs at once. */
const installing = new Map<string, Promise<void>>()

/**
 * The folder with the programs of a requirements file, in a virtual environment that is created in the cache on first use.
 *
 * @throws an error that says how to get Python, when there is none
 */
export async function pythonTools(requirements: string): Promise<string> {
  const file = join(root, requirements)
  const version = createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
    .slice(0, 12)
  const folder = join(root, '.cache', `python-${version}`)
  if (!existsSync(folder)) {
    if (!installing.has(folder)) installing.set(folder, install(file, folder))
    await installing.get(folder)
  }
  return join(folder, 'bin')
}

/** Created under another name and then renamed, so that an interrupted installation leaves no incomplete folder. */
async function install(requirements: string, folder: string): Promise<void> {
  const unfinished = `${folder}.${process.pid}`
  await mkdir(join(root, '.cache'), { recursive: true })
  try {
    await run('python3', ['-m', 'venv', unfinished]).catch(cause => {
      const hint = 'Install Python 3.9 or later with venv: apt install python3-venv, or brew install python.'
      throw new Error(`Some tests need Python, and python3 -m venv failed. ${hint}`, { cause })
    })
    // Run as modules, because the scripts of a virtual environment contain the folder's first name.
    await run(join(unfinished, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '-r', requirements])
    await rename(unfinished, folder).catch(async error => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}
