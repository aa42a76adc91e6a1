import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cache } from './cache.ts'
import { runLeashed } from './leashed-process.ts'
import { checkPrerequisites } from './prerequisites.ts'
import type { Progress } from './progress.ts'

/** The jars of one server. */
export interface Jars {
  /** The server's name with its version. */
  title: string
  /** The value of CLASSPATH; Java itself expands the asterisk. */
  classpath: string
  /** The folder with the jars. What is made from them is kept beside it. */
  folder: string
  /** The file for their classes as this Java keeps them: see `class-archive.ts`. */
  classArchive: string
}

/** Downloads run one at a time, because Maven's local repository doesn't support two writers. */
let previousDownload: Promise<unknown> = Promise.resolve()

/**
 * The jars that `<name>/pom.xml` declares. Maven is only needed for the first use; later the jars are in the cache.
 *
 * @param parent the folder that contains the folder `name`
 */
export async function resolveJars(name: string, progress: Progress, parent = import.meta.dirname): Promise<Jars> {
  const pomFile = join(parent, name, 'pom.xml')
  const pom = await readFile(pomFile, 'utf8')
  const title = `${element(pom, 'name')} ${element(pom, 'version')}`
  const folder = join(cache, `${name}-${shortHash(pom)}`)
  const javaVersion = await checkPrerequisites(existsSync(folder) ? ['java'] : ['java', 'maven'])
  const download = previousDownload.then(async () => {
    if (!existsSync(folder)) await downloadJars(title, pomFile, folder, progress)
  })
  previousDownload = download.catch(() => {})
  await download
  return { title, classpath: join(folder, '*'), folder, classArchive: `${folder}-java-${shortHash(javaVersion)}.jsa` }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

/** Downloads to a temporary folder and renames it when it is complete, so that an interrupted download leaves no partial cache. */
async function downloadJars(title: string, pomFile: string, folder: string, progress: Progress): Promise<void> {
  const end = progress.begin(`Downloading ${title} from Maven (first time only)`, true)
  const started = performance.now()
  await mkdir(cache, { recursive: true })
  const partial = await mkdtemp(`${folder}.partial-`)
  try {
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${partial}`]
    await runLeashed({ command: ['mvn', '-q', '-B', '-f', pomFile, ...goal], folder: partial })
    await rename(partial, folder).catch(error => {
      // Another process was faster and has downloaded the same jars.
      if (!existsSync(folder)) throw error
    })
  } catch (error) {
    throw new Error(`Maven could not resolve ${title}: ${(error as Error).message}`)
  } finally {
    end()
    await rm(partial, { recursive: true, force: true })
  }
  progress.done(title, 'resolved', performance.now() - started)
}

function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>(.*?)</${name}>`).exec(xml)?.[1]
}
