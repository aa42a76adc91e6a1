import { readdir, readFile } from 'node:fs/promises'

/** What another process holds, as the kernel counts it (Linux). */
export interface ProcessResources {
  /** Open file descriptors. */
  descriptors: number
  /** Resident memory in MB, now and at most so far. */
  rssMb: number
  peakMb: number
}

/** Source: proc(5). */
export async function resourcesOf(pid: number): Promise<ProcessResources> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const megabytes = (field: string) => Math.round(Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1000)
  const descriptors = (await readdir(`/proc/${pid}/fd`)).length
  return { descriptors, rssMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') }
}
