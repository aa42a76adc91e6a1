import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/** Variables by which the project, or AWS, might be found to be something else than a test says. */
const OWN = /^(AWS|S3|KAFKA|SOURCE_KAFKA|TARGET_KAFKA|OBJECT|CONNECTORS)/

/** A place for commands of the framework, with the project's files in it and what the commands leave behind. */
export interface ServiceFolder {
  path: string
  /**
   * Runs one command, without credentials unless they are given, and without a way to find any.
   *
   * @returns what it printed
   * @throws with what it printed, when it ends with a code
   */
  serverless(args: string[], environment?: Record<string, string>): Promise<string>
  remove(): Promise<void>
}

/** The framework empties its folders in a service when it begins, so commands side by side each need a service of their own. */
export async function createServiceFolder(): Promise<ServiceFolder> {
  const path = await mkdtemp(join(tmpdir(), 'kafka-functions-service-'))
  const files = (await readdir(root)).filter(name => !name.startsWith('.'))
  await Promise.all(files.map(name => symlink(join(root, name), join(path, name))))
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OWN.test(name)))
  const isolated = { ...inherited, AWS_EC2_METADATA_DISABLED: 'true', HOME: path }
  return {
    path,
    async serverless(args, environment) {
      const command = [join(root, 'node_modules/serverless/bin/serverless.js'), ...args]
      const { stdout, stderr } = await run(process.execPath, command, {
        cwd: path,
        env: { ...isolated, ...environment },
      })
      return stdout + stderr
    },
    remove: () => rm(path, { recursive: true, force: true }),
  }
}
