import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { javaCommand } from '../../local/prerequisites.ts'

const cache = join(import.meta.dirname, '../../.cache')

/**
 * Compiles a file into the cache, once for each version of it and of the jars. The folder gets its name when it is complete,
 * because processes that run side by side may compile the same program.
 *
 * @returns the folder with the classes
 */
export async function compileJava(source: string, classpath: string): Promise<string> {
  const version = createHash('sha256')
    .update(await readFile(source))
    .update(classpath)
    .digest('hex')
    .slice(0, 12)
  const folder = join(cache, `${basename(source, '.java').toLowerCase()}-${version}`)
  if (existsSync(folder)) return folder
  const unfinished = await mkdtemp(`${folder}.partial-`)
  try {
    await promisify(execFile)(`${javaCommand()}c`, ['-encoding', 'UTF-8', '-cp', classpath, '-d', unfinished, source])
    await rename(unfinished, folder).catch(error => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  return folder
}
