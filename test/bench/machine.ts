import { cpus, release, totalmem } from 'node:os'

/** What a benchmark ran on, for its results. */
export function machine(): string {
  const processors = cpus()
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  return `${processors.length} × ${processors[0]?.model.trim()}, ${gigabytes} GB, Linux ${release()}, Node.js ${process.versions.node}`
}
