import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { takeLock } from '../../local/lock.ts'

const root = join(import.meta.dirname, '../..')

/** Says that this run of the tests has built the packages. */
const built = join(tmpdir(), `kafka-functions-built-${process.env.TEST_RUN}`)

const LOOK_MS = 200

/** Builds the packages once in a run of the tests, whichever file asks for them first. Another one waits until they are there. */
export async function buildPackages(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  for (;;) {
    const lock = await takeLock(`${built}.lock`)
    if ('holder' in lock) await sleep(LOOK_MS)
    else {
      try {
        if (existsSync(built)) return
        await promisify(execFile)('npm', ['run', 'build'], { cwd: root, env, maxBuffer: 2 ** 26 })
        return await writeFile(built, '')
      } finally {
        await lock.release()
      }
    }
  }
}
