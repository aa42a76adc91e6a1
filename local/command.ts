import { styleText } from 'node:util'

/** Runs a command of the terminal to its end. An error becomes one message and the exit code 1, without a stack trace. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } catch (error) {
    console.error(styleText('red', `✗ ${(error as Error).message}`))
    process.exitCode = 1
  }
}
