import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_MS = 10

/** What a process has used from its start on, as the kernel counts it (Linux). */
export interface Usage {
  /** User and system time of all threads, in seconds. */
  cpu: number
  /** The highest resident memory. */
  peakMb: number
  /** Since its start. */
  seconds: number
}

/**
 * What the only child of a leash has used; waits until it is there. Source: proc(5); a tick is a hundredth of a second.
 *
 * @param leash a process of `local/leash.ts`, whose own use isn't counted
 */
export async function leashedUsage(leash: number): Promise<Usage> {
  const child = await childOf(leash)
  const fields = (await readFile(`/proc/${child}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
  const [, peak] = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${child}/status`, 'utf8')) ?? []
  const [uptime] = (await readFile('/proc/uptime', 'utf8')).split(' ')
  const [user, system, start] = [fields[11], fields[12], fields[19]].map(ticks => Number(ticks) / 100)
  return { cpu: (user ?? 0) + (system ?? 0), peakMb: Number(peak) / 1024, seconds: Number(uptime) - (start ?? 0) }
}

async function childOf(leash: number): Promise<string> {
  for (;;) {
    const child = (await readFile(`/proc/${leash}/task/${leash}/children`, 'utf8')).trim()
    if (child !== '') return child
    await sleep(LOOK_MS)
  }
}
