import { type CommandName, commandNames, definitions, type Option, optionsOf } from './commands/definition.ts'
import type { Serverless } from './framework.ts'

/** Commands as the framework declares them. */
export interface FrameworkCommands {
  connectors: { usage: string; commands: Record<string, FrameworkCommand> }
}

interface FrameworkCommand {
  usage: string
  options: Record<string, Option>
  lifecycleEvents: string[]
}

/** Where the framework begins to print a command's usage: names fill 30 columns, and a space follows. */
const USAGE_COLUMN = 31

/**
 * The commands `serverless connectors …`. The help of one of them has its example below the usage: the framework knows no
 * examples, and its list of all commands has a line for each.
 */
export function frameworkCommands({ processedInput }: Pick<Serverless, 'processedInput'>): FrameworkCommands {
  const [group, asked] = processedInput.commands
  const commands = commandNames.map((name): [string, FrameworkCommand] => [
    name,
    {
      usage: group === 'connectors' && name === asked ? usageWithExample(name) : definitions[name].usage,
      options: optionsOf(name),
      lifecycleEvents: ['run'],
    },
  ])
  return {
    connectors: { usage: 'Look after the connectors of the service', commands: Object.fromEntries(commands) },
  }
}

function usageWithExample(name: CommandName): string {
  const { usage, example } = definitions[name]
  return `${usage}\n\nserverless connectors ${example}\n`.replaceAll(/\n(?=.)/g, `\n${' '.repeat(USAGE_COLUMN)}`)
}
