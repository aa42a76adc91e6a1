import type { Command } from 'commander'
import { commandNames, definitions, optionsOf } from '../lib/connectors/commands/definition.ts'

/** A word that may come next, and what it does. */
export interface Word {
  word: string
  does: string
}

/** What may come behind some words of a command line. */
export interface Completion {
  /** The words before, such as `serverless connectors`. */
  behind: string
  words: Word[]
}

/** The names under which the Serverless Framework is called. */
export const frameworkNames = ['serverless', 'sls', 'osls']

/** Options that the framework adds to the commands of plugins. Source: osls, `lib/cli/commands-schema/common-options`. */
const frameworkOptions: Word[] = [
  { word: '--config', does: 'Path to serverless config file' },
  { word: '--stage', does: 'Stage of the service' },
  { word: '--region', does: 'Region of the service' },
  { word: '--aws-profile', does: 'AWS profile to use with the command' },
  { word: '--help', does: 'Show this message' },
]

/** Everything that can be completed: the program's own commands, and `serverless connectors`. */
export function completions(program: Command): Completion[] {
  return [...programCompletions(program), ...frameworkNames.flatMap(connectorCompletions)]
}

function programCompletions(program: Command): Completion[] {
  const help = { word: '--help', does: 'Show what a command does, with examples' }
  const commands = program.commands.map(command => ({ word: command.name(), does: command.description() }))
  return [
    { behind: program.name(), words: [...commands, help] },
    ...program.commands.map(command => ({
      behind: `${program.name()} ${command.name()}`,
      words: [...command.options.map(({ long, description }) => ({ word: long ?? '', does: description })), help],
    })),
  ]
}

function connectorCompletions(framework: string): Completion[] {
  const behind = `${framework} connectors`
  return [
    { behind: framework, words: [{ word: 'connectors', does: 'Look after the connectors of the service' }] },
    { behind, words: commandNames.map(name => ({ word: name, does: definitions[name].usage })) },
    ...commandNames.map(name => ({
      behind: `${behind} ${name}`,
      words: [
        ...Object.entries(optionsOf(name)).map(([option, { usage }]) => ({ word: `--${option}`, does: usage })),
        ...frameworkOptions,
      ],
    })),
  ]
}
