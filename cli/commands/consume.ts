import { InvalidArgumentError } from 'commander'
import type { CliCommand } from '../command.ts'
import { interruption } from '../interruption.ts'
import { numberFromZero, wholeNumber } from '../parsed.ts'

export const command: CliCommand = {
  define(command) {
    command
      .argument('[topic]', 'topic; the first one of the running service if not given')
      .option('--from <place>', 'beginning, end, or an offset', place, 'beginning')
      .option('--partition <number>', 'the only partition to read', numberFromZero)
      .option('--count <number>', 'end after so many records; with Ctrl-C if not given', wholeNumber)
      .option('--json', 'print each record as a line of JSON, as a dump in the format jsonl has it')
      .action(async (topic, options) => {
        const { consume } = await import('../../local/consume.ts')
        await consume({ ...options, topic, signal: interruption() })
      })
  },
  examples: [
    ['orders', 'Print the records of orders, and those that come, until Ctrl-C'],
    ['orders --from end', 'Print what comes from now on'],
    ['orders --partition 0 --from 100 --count 5 --json', 'Print five records as JSON'],
  ],
}

function place(text: string): 'beginning' | 'end' | number {
  if (text === 'beginning' || text === 'end') return text
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected beginning, end, or an offset.')
}
