import { homedir } from 'node:os'
import { CodedError } from '../lib/error.ts'

/**
 * Platforms run a container as a user of their own: FunctionGraph as 1003. Without HOME and an entry in /etc/passwd it has no
 * home, and the AWS SDK, which looks for its configuration there, would fail each request.
 */
export function ensureHome(): void {
  try {
    homedir()
  } catch {
    process.env.HOME = '/'
  }
}

/** Prints the error itself. For an uncaught error, Node.js prints the line that threw it: in a bundle, thousands of characters. */
export function refuse(error: unknown): never {
  process.stderr.write(
    `${error instanceof CodedError && error.code !== 'UNEXPECTED' ? `${error.code}: ${error.message}` : (error as Error).stack}\n`,
  )
  process.exit(1)
}
