import { check } from './check.ts'
import type { CommandContext } from './command.ts'
import { connectorNamed } from './command.ts'
import { list } from './list.ts'
import { logs } from './logs.ts'
import { pause, resume } from './pause.ts'
import { test } from './test.ts'

/** An option as the framework declares it. */
interface OptionDefinition {
  usage: string
  type: 'string' | 'boolean'
  required?: boolean
}

/** A command as the framework declares it, with what it does. */
interface Command {
  usage: string
  options: Record<string, OptionDefinition>
  run(context: CommandContext, options: never): Promise<void>
}

const local: OptionDefinition = { usage: 'Ask the stack that runs on this machine', type: 'boolean' }
const name: OptionDefinition = { usage: 'Connector', type: 'string', required: true }
const oneOrAll: OptionDefinition = { usage: 'Connector; all when not given', type: 'string' }

/** `serverless connectors …`, by their names. */
export const commands: Record<string, Command> = {
  list: { usage: 'Show what each connector does, whether it runs, and how far it is behind', options: { local }, run: list },
  check: {
    usage: 'Check connectivity, logins, topics, permissions and the bucket or target',
    options: { name: oneOrAll, local },
    run: forOneOrAll(check),
  },
  test: {
    usage: 'Send a record and wait until it is in the bucket or the target topic',
    options: {
      name,
      topic: { usage: 'Topic to send it to', type: 'string', required: true },
      key: { usage: 'Key of the record', type: 'string' },
      value: { usage: 'Value of the record; a tombstone when not given', type: 'string' },
      timeout: { usage: 'Seconds to wait; the window of a batch and a while when not given', type: 'string' },
      local,
    },
    run: test,
  },
  pause: { usage: 'Stop reading; the offsets are kept', options: { name, local }, run: pause },
  resume: { usage: 'Go on reading where it stopped', options: { name, local }, run: resume },
  logs: {
    usage: 'Show what a connector logged',
    options: {
      name,
      since: { usage: 'How far to look back, such as 30s, 10m, 2h or 1d; 10m when not given', type: 'string' },
      tail: { usage: 'Go on with what comes', type: 'boolean' },
      local,
    },
    run: logs,
  },
}

/** Leaves the named connector alone in the context. */
function forOneOrAll(run: (context: CommandContext) => Promise<void>) {
  return ({ connectors, ...context }: CommandContext, { name }: { name?: string }) =>
    run({ ...context, connectors: name === undefined ? connectors : [connectorNamed(name, connectors)] })
}
