import type { ListedCommand } from './command.ts'

/** The commands of `kafka-functions` by their names, in the order of `--help`. */
export const commands = {
  init: {
    summary: 'Write a service with a connector: by questions, by flags, or from the settings of another system',
    load: () => import('./commands/init.ts'),
  },
  start: {
    summary: 'Run Kafka, an S3 server and the functions on this machine until Ctrl-C',
    load: () => import('./commands/start.ts'),
  },
  produce: {
    summary: 'Send records to a topic of the running Kafka; it is created if it is missing',
    load: () => import('./commands/produce.ts'),
  },
  consume: {
    summary: 'Print the records of a topic of the running Kafka, and those that come',
    load: () => import('./commands/consume.ts'),
  },
  invoke: {
    summary: 'Pass one event to a function, without Kafka, and show the objects that it writes',
    load: () => import('./commands/invoke.ts'),
  },
  restore: {
    summary: 'Put a dump back into a cluster, without any service',
    load: () => import('./commands/restore.ts'),
  },
  retention: {
    summary: 'Set after how many days the store removes objects',
    load: () => import('./commands/retention.ts'),
  },
  completion: {
    summary: 'Print a script with which bash, zsh or fish complete these commands and serverless connectors',
    load: () => import('./commands/completion.ts'),
  },
} satisfies Record<string, ListedCommand>

export type CommandName = keyof typeof commands

export const commandNames = Object.keys(commands) as CommandName[]
