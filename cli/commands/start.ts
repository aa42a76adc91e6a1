import type { CliCommand } from '../command.ts'

export const command: CliCommand = {
  define(command) {
    command
      .argument('[declaration]', 'file with connectors, for a service that reads them from the file in CONNECTORS')
      .option('-c, --config <file>', 'the service’s file; serverless.yml, .json, .js or .ts if not given')
      .option(
        '--keep',
        'keep Kafka’s data and the store’s objects, in .kafka-functions/, for the next start with --keep',
      )
      .option('--clean', 'remove what was kept first')
      .action(async (declaration, { config, keep, clean }) => {
        const { start } = await import('../../local/start.ts')
        await start({ declaration, config, keep, clean })
        // A service that was just being started again would keep this process alive; it ends with it.
        process.exit()
      })
  },
  examples: [
    ['', 'Run the service of this folder, and start it again when its files change'],
    ['connectors.yml', 'Run the connectors of that file'],
    ['--keep', 'Continue with the records and objects of the last start with --keep'],
  ],
}
