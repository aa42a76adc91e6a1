import { randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'

/** A lock that this process has. */
export interface Lock {
  release(): Promise<void>
}

/**
 * Takes a lock that one process at a time can have. A lock of a process that is gone doesn't count.
 *
 * @param file holds the id of the process that has the lock
 * @returns the lock, or the process that has it, which may be this one
 */
export async function takeLock(file: string): Promise<Lock | { holder: number }> {
  const own = `${file}.${randomUUID()}`
  await writeFile(own, `${process.pid}`)
  try {
    for (;;) {
      if (await isLinked(own, file)) return { release: () => rm(file, { force: true }) }
      const holder = await holderOf(file)
      if (holder !== undefined && isAlive(holder)) return { holder }
      await breakLock(file, own)
    }
  } finally {
    await rm(own)
  }
}

/** Gives a lock its name with its content in it, so that nobody reads one that is yet to be written. */
async function isLinked(own: string, file: string): Promise<boolean> {
  try {
    await link(own, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/**
 * Removes the lock of a process that is gone. Only the process that has a second lock does, and looks again first: otherwise it
 * could remove the lock of one that has just taken it.
 */
async function breakLock(file: string, own: string): Promise<void> {
  const breaking = `${file}.breaking`
  if (await isLinked(own, breaking)) {
    if (await isLeft(file)) await rm(file)
    await rm(breaking)
  } else if (await isLeft(breaking)) await rm(breaking, { force: true })
}

/** Whether there is a lock whose process is gone. */
async function isLeft(file: string): Promise<boolean> {
  const holder = await holderOf(file)
  return holder !== undefined && !isAlive(holder)
}

/** @returns undefined for a lock that is gone. */
async function holderOf(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : Number(text)
}

export function isAlive(pid: number): boolean {
  try {
    // The signal 0 to the process 0 would ask about the own group.
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    // A process of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
