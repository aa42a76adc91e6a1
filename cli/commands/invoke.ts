import type { CliCommand } from '../command.ts'

export const command: CliCommand = {
  define(command) {
    command
      .argument('<function>', 'the function’s key in the service')
      .argument('<event>', 'file with the event, as JSON')
      .action(async (functionKey, file) => {
        const { invoke } = await import('../../local/invoke.ts')
        await invoke(functionKey, file)
      })
  },
  examples: [['dump events/aws-msk.json', 'Pass an event of Amazon MSK to the function dump']],
}
