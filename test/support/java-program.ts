import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { resolveJars } from '../../local/maven.ts'
import { javaCommand } from '../../local/prerequisites.ts'
import { silent } from '../../local/progress.ts'

const root = join(import.meta.dirname, '../..')

/** A program of `test/java` that runs and answers one line with one line. */
export interface JavaProgram {
  /**
   * Several questions may be under way; each gets its own answer.
   *
   * @param command its name and arguments, none of them with a tab or a line break
   * @returns the fields of the answer
   * @throws an error with what the program threw
   */
  ask(...command: (string | number)[]): Promise<string[]>
  stop(): Promise<void>
}

/**
 * Compiles and starts a program. It ends with its standard input, so at the latest when this process ends.
 *
 * @param main its class, in the file of the same name
 * @param jars the folder with the `pom.xml` of the jars that it uses: one of `local/`, or of `parent`
 */
export async function startJavaProgram(main: string, jars: string, parent?: string): Promise<JavaProgram> {
  const { classpath } = await resolveJars(jars, silent, parent)
  const classes = await compile(join(root, 'test/java', `${main.split('.').at(-1)}.java`), classpath)
  const options = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx512m', '-cp', `${classes}:${classpath}`]
  const child = spawn(javaCommand(), [...options, main], { stdio: ['pipe', 'pipe', 'ignore'] })
  const exited = once(child, 'exit')
  const answers = answersOf(child)
  return {
    async ask(...command) {
      const answer = answers.next()
      child.stdin?.write(`${command.join('\t')}\n`)
      const line = await Promise.race([answer, exited.then(() => `error ${main} ended`)])
      if (line.startsWith('error ')) throw new Error(line.slice('error '.length))
      return line.split('\t')
    },
    async stop() {
      child.stdin?.end()
      await exited
    },
  }
}

/** Lines that a program prints. Only `\n` ends one: readline would end one at other separators of Unicode, too. */
function answersOf({ stdout }: ChildProcess) {
  const waiting: ((answer: string) => void)[] = []
  // In parts until the line is complete: a topic of many records is a line of several megabytes.
  let parts: string[] = []
  stdout?.setEncoding('utf8').on('data', (text: string) => {
    const [first = '', ...others] = text.split('\n')
    parts.push(first)
    for (const part of others) {
      waiting.shift()?.(parts.join(''))
      parts = [part]
    }
  })
  return { next: () => new Promise<string>(resolve => waiting.push(resolve)) }
}

/**
 * Compiles into the cache, once for each version of a program and of the jars. The folder gets its name when it is complete,
 * because test files that run side by side may compile the same program.
 */
async function compile(source: string, classpath: string): Promise<string> {
  const version = createHash('sha256')
    .update(await readFile(source))
    .update(classpath)
    .digest('hex')
    .slice(0, 12)
  const folder = join(root, '.cache', `${basename(source, '.java').toLowerCase()}-${version}`)
  if (existsSync(folder)) return folder
  const unfinished = await mkdtemp(`${folder}.partial-`)
  try {
    await promisify(execFile)(`${javaCommand()}c`, ['-cp', classpath, '-d', unfinished, source])
    await rename(unfinished, folder).catch(error => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  return folder
}
