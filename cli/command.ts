import type { Command } from 'commander'

/** A command of the program `kafka-functions`: what its file exports as `command`. */
export interface CliCommand {
  /**
   * Adds arguments, options and the action. The action imports what it runs, so that `--help` doesn't load it. It sets
   * `process.exitCode` for any result other than success.
   */
  define(command: Command): void
  /** Arguments that work, and what they do. `--help` shows them. */
  examples: readonly (readonly [args: string, does: string])[]
}

/** How the program lists a command, and loads it when it is called. */
export interface ListedCommand {
  /** What it does, in one line. */
  summary: string
  load(): Promise<{ command: CliCommand }>
}
