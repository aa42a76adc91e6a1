import { Option } from 'commander'
import type { CliCommand } from '../command.ts'
import { type Answers, flags } from '../init/flags.ts'

export const command: CliCommand = {
  define(command) {
    command.argument('[folder]', 'the service’s folder, which is made if it is not there', '.')
    for (const [name, flag] of Object.entries<{ value?: string; usage: string }>(flags)) {
      command.addOption(new Option(flag.value ? `--${name} <${flag.value}>` : `--${name}`, flag.usage))
    }
    command.addHelpText(
      'after',
      '\nOn a terminal it asks for what is not given. Exit code 2: something of the file of --from needs a person.',
    )
    command.action(async folder => {
      const { init } = await import('../init/init.ts')
      const given = command.options.map(option => [
        option.long?.slice(2),
        command.getOptionValue(option.attributeName()),
      ])
      process.exitCode = await init(
        folder,
        Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Answers,
      )
    })
  },
  examples: [
    ['', 'Ask, and write a service with a connector into this folder'],
    ['lake --from s3-sink.json', 'Take over a sink of Kafka Connect, and say what became of each setting'],
    [
      'lake --type dump --msk arn:aws:kafka:eu-central-1:123456789012:cluster/demo/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5 --login iam --topics orders --bucket my-lake',
      'Ask nothing',
    ],
  ],
}
