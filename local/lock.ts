import { readFile, rename, rm, writeFile } from 'node:fs/promises'

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
  for (;;) {
    try {
      await writeFile(file, `${process.pid}`, { flag: 'wx' })
      return { release: () => rm(file, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = await holderOf(file)
    // A file without a number was left by a process that ended while it wrote it.
    if (holder > 0 && isAlive(holder)) return { holder }
    await breakLock(file, holder)
  }
}

/** Removes the lock of a process that is gone, unless another process has just replaced it. */
async function breakLock(file: string, holder: number): Promise<void> {
  const taken = `${file}.${process.pid}`
  await rename(file, taken).catch(() => {})
  const found = await holderOf(taken)
  if (found !== holder && isAlive(found)) await rename(taken, file)
  else await rm(taken, { force: true })
}

async function holderOf(file: string): Promise<number> {
  return Number(await readFile(file, 'utf8').catch(() => ''))
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // A process of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
