import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { bundleOptions } from '../lib/bundling.ts'
import { runCommand } from './command.ts'

const root = join(import.meta.dirname, '..')

/** The container's server as one file, which needs nothing but Node.js. */
export async function bundleServer(folder: string): Promise<string> {
  const outfile = join(folder, 'server.mjs')
  await build({ ...bundleOptions, entryPoints: [join(root, 'functions/server.ts')], outfile })
  return outfile
}

/** The container's jobs, which do something once and end, by their names. */
const jobs = {
  compact: 'functions/job.ts',
  restore: 'functions/restore-job.ts',
  'record-cluster': 'functions/record-job.ts',
}

/** A job of the container as one file, likewise. */
export async function bundleJob(folder: string, name: keyof typeof jobs): Promise<string> {
  const outfile = join(folder, `${name}.mjs`)
  await build({ ...bundleOptions, entryPoints: [join(root, jobs[name])], outfile })
  return outfile
}

/** A function app for Azure, as `func azure functionapp publish` takes it. */
export async function bundleAzure(folder: string): Promise<string> {
  const outfile = join(folder, 'azure.mjs')
  // Azure's worker provides this module.
  const external = ['@azure/functions-core']
  await build({ ...bundleOptions, external, entryPoints: [join(root, 'functions/azure.ts')], outfile })
  for (const file of ['host.json', 'package.json']) await cp(join(root, 'deploy/azure', file), join(folder, file))
  return outfile
}

/** `npm run bundle`: what other platforms than Lambda deploy, in `dist/`. */
if (import.meta.main) {
  await runCommand(async () => {
    const container = join(root, 'dist/container')
    const files = [
      await bundleServer(container),
      await bundleJob(container, 'compact'),
      await bundleJob(container, 'restore'),
      await bundleJob(container, 'record-cluster'),
      await bundleAzure(join(root, 'dist/azure')),
    ]
    console.log(files.join('\n'))
  })
}
