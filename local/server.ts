import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { classOptions, makeClassArchive } from './class-archive.ts'
import { startLeashed } from './leashed-process.ts'
import type { Jars } from './maven.ts'
import { javaCommand } from './prerequisites.ts'

/** Generous, because a server that can't start usually exits, which is noticed at once. */
const patienceMs = 90_000

const pollMs = 50

export interface ServerOptions {
  jars: Jars
  /** The arguments of `java`: options, the main class, its arguments. */
  command: string[]
  /** The folder for the server's log. */
  dataDir: string
  /** Whether the folder stays if this process dies without stopping the server; it is removed if not. */
  isKept?: boolean
  /** Rejects until the server is ready for clients. */
  probe: () => Promise<void>
}

/** A Java server that is ready for clients. */
export interface Server {
  /** Ends the server and waits until it has exited. A second call has no effect. */
  stop(): Promise<void>
  /** Kills the server, as a crash would. */
  kill(): Promise<void>
  /** Suspends the server’s process, as SIGSTOP does, until {@link resume}. It keeps its connections, and answers nothing. */
  pause(): void
  resume(): void
}

/** Starts a Java server and waits until it is ready. If it fails to start, the error shows the end of its log. */
export async function startServer({ jars, command, dataDir, isKept = false, probe }: ServerOptions): Promise<Server> {
  const logFile = join(dataDir, 'server.log')
  const log = await open(logFile, 'a')
  // In the plain C locale Java can't create a file for an object whose key isn't ASCII.
  const env = { CLASSPATH: jars.classpath, LC_ALL: 'C.UTF-8' }
  const leashed = startLeashed(
    { command: [javaCommand(), ...classOptions(jars, dataDir), ...command], folder: isKept ? undefined : dataDir, env },
    log.fd,
  )
  await log.close()
  const exited = once(leashed, 'exit')
  const stop = async () => {
    leashed.kill('SIGTERM')
    await exited
  }
  const kill = async () => {
    // The leash leads a process group that contains only itself and the server.
    process.kill(-(leashed.pid as number), 'SIGKILL')
    await exited
  }
  try {
    await untilReady(probe, exited)
  } catch (error) {
    await stop()
    throw new Error(`${jars.title} did not start: ${(error as Error).message}\n${await tail(logFile)}`)
  }
  makeClassArchive(jars, dataDir).catch(() => {})
  // The leash passes these on; it must not be suspended itself, because it ends the server if this process dies.
  return { stop, kill, pause: () => void leashed.kill('SIGTSTP'), resume: () => void leashed.kill('SIGCONT') }
}

async function untilReady(probe: () => Promise<void>, exited: Promise<unknown>): Promise<void> {
  const deadline = performance.now() + patienceMs
  const exit = exited.then(() => {
    throw new Error('it exited')
  })
  for (;;) {
    const problem = await Promise.race([exit, problemOf(probe)])
    if (!problem) return
    if (performance.now() > deadline)
      throw new Error(`it was not ready after ${patienceMs / 1000} s: ${problem.message}`)
    await Promise.race([exit, sleep(pollMs)])
  }
}

async function problemOf(probe: () => Promise<void>): Promise<Error | undefined> {
  try {
    await probe()
  } catch (error) {
    return error as Error
  }
}

async function tail(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n')
  return lines.slice(-20).join('\n')
}
