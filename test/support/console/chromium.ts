import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The names that systems have for Chromium, and for the browser that is made of it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

/** Debian's package. Source: https://packages.debian.org/bookworm/chromium */
const PACKAGE = 'chromium'

/**
 * The browser of the tests. If it is missing, Debian's package is installed, which takes a minute. `CHROMIUM` names another one.
 *
 * @returns the path of its program
 * @throws an error that says how to get one
 */
export async function resolveChromium(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const found = env.CHROMIUM || findChromium(env)
  if (found !== undefined) return found
  const quiet = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } }
  try {
    await run('apt-get', ['update', '--quiet'], quiet)
    await run('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', PACKAGE], quiet)
  } catch (error) {
    const cause = { cause: error }
    throw new Error(`The browser tests need Chromium: install it (apt-get install ${PACKAGE}), or set CHROMIUM.`, cause)
  }
  const installed = findChromium(env)
  if (installed === undefined) throw new Error(`The package ${PACKAGE} has no program ${NAMES.join(' or ')}.`)
  return installed
}

function findChromium({ PATH = '' }: NodeJS.ProcessEnv): string | undefined {
  const folders = PATH.split(delimiter)
  return NAMES.flatMap(name => folders.map(folder => join(folder, name))).find(path => existsSync(path))
}
