import { InvalidArgumentError } from 'commander'
import type { CliCommand } from '../command.ts'

/** The most days, which is far beyond what a bucket is kept for. */
const MAX_DIGITS = 5

export const command: CliCommand = {
  define(command) {
    command.argument('<days>', 'from 1 to 99999', days).action(async days => {
      const { retention } = await import('../../local/retention.ts')
      await retention(days)
    })
  },
  examples: [['30', 'Remove objects after 30 days']],
}

function days(text: string): number {
  if (!/^[1-9]\d*$/.test(text) || text.length > MAX_DIGITS) throw new InvalidArgumentError('Expected 1 to 99999.')
  return Number(text)
}
