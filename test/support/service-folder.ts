import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/** Variables of the developer's environment that would change what the project or the AWS SDK does. */
const OWN = /^(AWS|S3|KAFKA|SOURCE_KAFKA|TARGET_KAFKA|OBJECT|CONNECTORS)/

/** A folder for commands of the framework: links to the project's files, and what the commands create. */
export interface ServiceFolder {
  path: string
  /**
   * Runs one command, without credentials unless they are given, and unable to find any.
   *
   * @returns what it printed
   * @throws with what it printed when its exit code is not 0
   */
  serverless(args: string[], environment?: Record<string, string>): Promise<string>
  remove(): Promise<void>
}

/** The framework empties its folders in a service when it starts, so commands that run at the same time need separate folders. */
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
