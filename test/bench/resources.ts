import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'

/** What a process holds at one moment: memory in bytes, the rest in numbers. */
export interface Resources {
  /** Live objects of JavaScript. */
  heap: number
  /** Buffers, and what native code holds for objects of JavaScript. */
  external: number
  /** Resident memory, as the kernel counts it. */
  rss: number
  /** Open file descriptors (Linux). */
  descriptors: number
  /** Those of them that are sockets. */
  sockets: number
  /** Timers, requests and handles that keep the process alive. */
  active: number
}

/** What this process holds once garbage is collected; needs `--expose-gc`. */
export async function heldResources(): Promise<Resources> {
  // What an ended request still refers to is free after a turn; the second collection takes what finalizers have freed.
  for (let collection = 0; collection < 2; collection++) {
    await turn()
    global.gc?.()
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed, external, rss, ...openDescriptors(), active: process.getActiveResourcesInfo().length }
}

/** Open file descriptors of this process, and how many of them are sockets. */
export function openDescriptors(): Pick<Resources, 'descriptors' | 'sockets'> {
  const targets = readdirSync('/proc/self/fd').flatMap(descriptor => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)]
    } catch {
      // The one with which the folder is read.
      return []
    }
  })
  return { descriptors: targets.length, sockets: targets.filter(target => target.startsWith('socket:')).length }
}

/**
 * The most resident memory that this process has had, in bytes. Linux counts the parent's memory into a child's `maxRSS`, but not
 * into the high-water mark of its own address space.
 */
export function peakResidentBytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024
  const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(kibibytes) * 1024
}
