import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runLeashed } from '../../local/leashed-process.ts'
import { resolveJars } from '../../local/maven.ts'
import { javaCommand } from '../../local/prerequisites.ts'
import { silent } from '../../local/progress.ts'

const source = join(import.meta.dirname, '../java/MirrorOracle.java')

/** MirrorMaker 2's own classes: `test/java/MirrorOracle.java`, compiled and running. */
export interface MirrorOracle {
  /**
   * @param command its name and arguments, none of them with a tab or a line's end
   * @returns the fields of the answer
   * @throws an error with what the classes threw
   */
  ask(...command: (string | number)[]): Promise<string[]>
  stop(): Promise<void>
}

/** Compiles the oracle into a folder of its own and starts it. It ends with its standard input, so with us at the latest. */
export async function startMirrorOracle(): Promise<MirrorOracle> {
  const { classpath } = await resolveJars('mirror-maker', silent)
  const folder = await mkdtemp(join(tmpdir(), 'mirror-oracle-'))
  await runLeashed({ command: ['javac', '-d', folder, '-cp', classpath, source], folder })
  const options = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  const child: ChildProcess = spawn(
    javaCommand(),
    [...options, '-cp', `${folder}:${classpath}`, 'org.apache.kafka.connect.mirror.MirrorOracle'],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  )
  const exited = once(child, 'exit')
  const answers: ((answer: string) => void)[] = []
  // Only `\n` ends a line here; readline would end one at other separators of Unicode, too.
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) answers.shift()?.(line)
  })
  return {
    async ask(...command) {
      const answer = new Promise<string>(resolve => answers.push(resolve))
      child.stdin?.write(`${command.join('\t')}\n`)
      const line = await Promise.race([answer, exited.then(() => 'error the oracle exited')])
      if (line.startsWith('error ')) throw new Error(line.slice('error '.length))
      return line.split('\t')
    },
    async stop() {
      child.stdin?.end()
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}
