import type { CliCommand } from '../command.ts'
import { interruption } from '../interruption.ts'
import { rate, wholeNumber } from '../parsed.ts'

export const command: CliCommand = {
  define(command) {
    command
      .argument(
        '[count]',
        'number of records: 10 if not given; with --file all of it, with --rate until Ctrl-C',
        wholeNumber,
      )
      .argument('[topic]', 'topic; the first one of the running service if not given')
      .option('--count <number>', 'the same as the first argument', wholeNumber)
      .option('--topic <name>', 'the same as the second argument')
      .option('--rate <rate>', 'records per time, such as 50/s; as fast as possible if not given', rate)
      .option('--now', 'give records the time at which they are sent, instead of their own')
      .option('--clean', 'delete the topic’s records first')
      .option('--yes', 'delete them even on another machine’s cluster')
      .option(
        '--file <file>',
        'records to send, one as JSON in each line, as `consume --json` prints them; - is standard input',
      )
      .action(async (count, topic, options) => {
        for (const [name, given] of Object.entries({ count, topic })) {
          if (given !== undefined && options[name] !== undefined)
            command.error(`error: --${name} is given twice: ${given} and ${options[name]}`)
        }
        const { produce } = await import('../../local/produce.ts')
        const chosen = { count: count ?? options.count, topic: topic ?? options.topic }
        await produce({ ...options, ...chosen, signal: interruption() })
      })
  },
  examples: [
    ['100 orders', 'Send 100 order records to the topic orders'],
    ['--rate 50/s --now', 'Send 50 records each second until Ctrl-C, with the present time'],
    ['--file records.jsonl --topic orders --clean', 'Replace the records of orders by those of a file'],
  ],
}
