import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { resolveJars } from '../../local/maven.ts'
import { javaCommand } from '../../local/prerequisites.ts'
import { silent } from '../../local/progress.ts'
import { compileJava } from './java-compiler.ts'

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
  const classes = await compileJava(join(root, 'test/java', `${main.split('.').at(-1)}.java`), classpath)
  const options = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx512m', '-cp', `${classes}:${classpath}`]
  // Java reads and writes in the encoding of the locale.
  const env = { ...process.env, LC_ALL: 'C.UTF-8' }
  const child = spawn(javaCommand(), [...options, main], { env, stdio: ['pipe', 'pipe', 'ignore'] })
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
