/** An option as the framework declares it. */
interface Option {
  usage: string
  type: 'string' | 'boolean'
  required?: boolean
}

interface Definition {
  usage: string
  options: Record<string, Option>
}

const local: Option = { usage: 'Ask the stack that runs on this machine', type: 'boolean' }
const name: Option = { usage: 'Connector', type: 'string', required: true }
const oneOrAll: Option = { usage: 'Connector; all when not given', type: 'string' }

/** `serverless connectors …`, apart from what they do: that is loaded when one of them runs. */
export const definitions = {
  list: { usage: 'Show what each connector does, whether it runs, and how far it is behind', options: { local } },
  check: {
    usage: 'Check connectivity, logins, topics, permissions, and the bucket or target',
    options: { name: oneOrAll, local },
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
  },
  pause: { usage: 'Stop reading; the offsets are kept', options: { name, local } },
  resume: { usage: 'Go on reading where it stopped', options: { name, local } },
  logs: {
    usage: 'Show what a connector logged',
    options: {
      name,
      since: { usage: 'How far to look back, such as 30s, 10m, 2h or 1d; 10m when not given', type: 'string' },
      tail: { usage: 'Go on with what comes', type: 'boolean' },
      local,
    },
  },
} satisfies Record<string, Definition>

export type CommandName = keyof typeof definitions

export const commandNames = Object.keys(definitions) as CommandName[]
