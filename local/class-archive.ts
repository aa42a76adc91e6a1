import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { startLeashed } from './leashed-process.ts'
import { takeLock } from './lock.ts'
import type { Jars } from './maven.ts'
import { javaCommand } from './prerequisites.ts'

/**
 * A server's classes as Java has them in memory, in a file beside its jars: class data sharing, see
 * https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html. Kafka starts with half of the CPU time. Java itself checks
 * that the file belongs to it and to the jars; if not, or if the file can't be read, it starts as it does without one.
 *
 * @param folder gets the list of the classes that the server loads, if the archive is yet to be made
 * @returns options of `java`
 */
export function classOptions({ classArchive }: Jars, folder: string): string[] {
  return existsSync(classArchive)
    ? ['-Xshare:auto', `-XX:SharedArchiveFile=${classArchive}`]
    : [`-XX:DumpLoadedClassList=${classList(folder)}`]
}

function classList(folder: string): string {
  return join(folder, 'classes.list')
}

/**
 * Makes the archive of a server that has just started, if there is none, while other things go on: with a low priority, one
 * process at a time, and no longer than this process lives. It takes a few seconds, once for a version of the server and of Java.
 *
 * @param folder with the list of the classes that the server has loaded
 */
export async function makeClassArchive(jars: Jars, folder: string): Promise<void> {
  const { classArchive } = jars
  const list = classList(folder)
  if (existsSync(classArchive) || !existsSync(list)) return
  const lock = await takeLock(`${classArchive}.lock`)
  if ('holder' in lock) return
  const made = await mkdtemp(`${classArchive}.partial-`)
  try {
    // Another process may have made it before this one had the lock.
    if (existsSync(classArchive)) return
    const classes = join(made, 'classes.list')
    const text = await readFile(list, 'utf8')
    // The server may be writing the last line.
    await writeFile(classes, text.slice(0, text.lastIndexOf('\n') + 1))
    const archive = join(made, 'classes.jsa')
    if (await dump(jars, classes, archive, made)) await rename(archive, classArchive)
  } finally {
    await rm(made, { recursive: true, force: true })
    await lock.release()
  }
}

/** @returns whether Java could do it. Without the archive everything works as well, so a failure is no error. */
async function dump({ classpath }: Jars, classes: string, archive: string, folder: string): Promise<boolean> {
  const options = ['-XX:+UseSerialGC', `-XX:SharedClassListFile=${classes}`, `-XX:SharedArchiveFile=${archive}`]
  const log = await open(join(folder, 'log'), 'w')
  const command = [javaCommand(), '-Xshare:dump', ...options]
  const dumping = startLeashed({ command, folder, env: { CLASSPATH: classpath } }, log.fd)
  await log.close()
  setPriority(dumping.pid as number, constants.priority.PRIORITY_BELOW_NORMAL)
  // A program that is done doesn't wait for it.
  dumping.unref()
  ;(dumping.stdin as unknown as { unref(): void }).unref()
  const [code] = await once(dumping, 'exit')
  return code === 0
}
