import { type Command, Option } from 'commander'
import { fromOptions, restoreOptions } from '../../lib/config/restore-options.ts'
import type { CliCommand } from '../command.ts'

const options = {
  ...fromOptions,
  ...restoreOptions,
  report: { usage: 'Folder for the report; restore-<id> if not given', type: 'string' },
  json: { usage: 'Print the report as JSON', type: 'boolean' },
  yes: { usage: 'Delete the topics of --purge without asking', type: 'boolean' },
} as const

export const command: CliCommand = {
  define(command) {
    command.addHelpText('before', 'Logins and the store are in variables: S3_…, TARGET_KAFKA_….\n')
    for (const [name, { usage, type }] of Object.entries(options)) command.addOption(optionOf(name, usage, type))
    command.action(async () => {
      const { restore } = await import('../../local/restore.ts')
      process.exitCode = await restore(given(command))
      // Open connections to brokers and the store would keep the process alive.
      process.exit()
    })
  },
  examples: [
    [
      '--from s3://my-lake/prod --to kafka-1.example.com:9092 --dry-run',
      'Read everything, and print what would be done',
    ],
    ['--from s3://my-lake/prod --to kafka-1.example.com:9092', 'Restore all topics'],
  ],
}

function optionOf(name: string, usage: string, type: 'string' | 'boolean' | 'multiple'): Option {
  const option = new Option(type === 'boolean' ? `--${name}` : `--${name} <value>`, usage)
  return type === 'multiple' ? option.argParser<string[]>((value, before = []) => [...before, value]) : option
}

/** What was given, by the options' own names. */
function given(command: Command) {
  const entries = command.options.map(option => [option.long?.slice(2), command.getOptionValue(option.attributeName())])
  return Object.fromEntries(entries)
}
