import { styleText } from 'node:util'

/** Runs a command-line program. Prints an error as one message without a stack trace, and sets the exit code to 1. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } catch (error) {
    console.error(styleText('red', `✗ ${(error as Error).message}`))
    process.exitCode = 1
  }
}
