import { restoreOptions } from '../../config/restore-options.ts'

/** An option as the framework declares it. */
export interface Option {
  usage: string
  /** `multiple`: may be given several times. */
  type: 'string' | 'boolean' | 'multiple'
  required?: boolean
}

/** `document`: one for the whole result. `lines`: one in each line, as they come. */
export type JsonForm = 'document' | 'lines'

interface Definition {
  usage: string
  options: Record<string, Option>
  /** A command line that works, behind `serverless connectors`. `--help` and docs/commands.md show it. */
  example: string
  /** Whether the command has `--json`, whose fields are in the register `documents`. */
  json?: JsonForm
  /** Whether the command has `--watch`. */
  watch?: true
  /** The option without which the command is about no connector, so that a service needs to declare none for it. */
  connectorsOnlyWith?: string
}

const local: Option = { usage: 'Ask the stack that runs on this machine', type: 'boolean' }
const name: Option = { usage: 'Connector', type: 'string', required: true }
const oneOrAll: Option = { usage: 'Connector; all if not given', type: 'string' }

/** Options as the framework declares them. */
function usagesOf<Name extends string>(options: Record<Name, Option>): Record<Name, Option> {
  const entries = Object.entries<Option>(options).map(([name, { usage, type }]) => [name, { usage, type }])
  return Object.fromEntries(entries) as Record<Name, Option>
}

/** The commands `serverless connectors …` and their options. Their code is loaded when one of them runs. */
export const definitions = {
  list: {
    usage: 'Show each connector’s state and why, lag, rates, and what failed',
    example: 'list --watch',
    json: 'document',
    watch: true,
    options: { local },
  },
  plan: {
    usage: 'Show what a deployment would make, change and remove',
    example: 'plan --json',
    json: 'document',
    options: { package: { usage: 'Folder in which the service is packaged already', type: 'string' } },
  },
  describe: {
    usage: 'Show the health of a connector, its partitions and its companions',
    example: 'describe --name orders-to-lake --watch',
    json: 'document',
    watch: true,
    options: {
      name,
      all: { usage: 'All partitions; only those that are behind or have failed if there are many', type: 'boolean' },
      local,
    },
  },
  check: {
    usage: 'Check connectivity, logins, topics, permissions, and the bucket or target',
    example: 'check --name orders-to-lake',
    json: 'document',
    options: { name: oneOrAll, local },
  },
  test: {
    usage: 'Send a record and wait until it is in the bucket or the target topic',
    example: `test --name orders-to-lake --topic orders --key 1 --value '{"id":1}'`,
    json: 'document',
    options: {
      name,
      topic: { usage: 'Topic to send it to', type: 'string', required: true },
      key: { usage: 'Key of the record', type: 'string' },
      value: { usage: 'Value of the record; a tombstone if not given', type: 'string' },
      partition: { usage: 'Partition to send it to; the key decides if not given', type: 'string' },
      header: { usage: 'Header of the record, as name=value; may be given several times', type: 'multiple' },
      timeout: { usage: 'Seconds to wait; the batch window and 90 s if not given', type: 'string' },
      local,
    },
  },
  pause: {
    usage: 'Stop reading; offsets are kept',
    example: 'pause --name orders-to-lake',
    json: 'document',
    options: { name, local },
  },
  resume: {
    usage: 'Resume reading where it stopped',
    example: 'resume --name orders-to-lake',
    json: 'document',
    options: { name, local },
  },
  logs: {
    usage: 'Show what the functions of a connector logged, in the order of time',
    example: 'logs --name orders-to-lake --since 2h --level WARN',
    json: 'lines',
    options: {
      name,
      function: { usage: 'Only this function, such as dump, compact or check', type: 'string' },
      since: { usage: 'From when on, such as 30s, 10m, 2h, 1d or 2026-01-31; 10m if not given', type: 'string' },
      level: { usage: 'Only lines of at least this level: DEBUG, INFO, WARN or ERROR', type: 'string' },
      code: { usage: 'Only lines with this error code', type: 'string' },
      topic: { usage: 'Only lines about this topic', type: 'string' },
      partition: { usage: 'Only lines about this partition', type: 'string' },
      tail: { usage: 'Keep printing new lines', type: 'boolean' },
      local,
    },
  },
  objects: {
    usage: 'Show the objects of a dump, their offsets and gaps, and what is staged',
    example: 'objects --name orders-to-lake --topic orders --gaps',
    json: 'lines',
    options: {
      name,
      topic: { usage: 'Only this topic', type: 'string' },
      gaps: { usage: 'Only gaps, overlaps and sums', type: 'boolean' },
      orphans: { usage: 'Only large values that no record names', type: 'boolean' },
      delete: { usage: 'With --orphans: delete those that are older than three days', type: 'boolean' },
      local,
    },
  },
  cat: {
    usage: 'Print the records of an object as lines of JSON',
    example: 'cat --name orders-to-lake --key lake/orders/partition=0/orders+0+0000000000.jsonl --limit 10',
    options: {
      name,
      key: { usage: 'Key of the object, also of a staged one', type: 'string', required: true },
      limit: { usage: 'Most records', type: 'string' },
      local,
    },
  },
  compact: {
    usage: 'Make objects of what a dump has staged',
    example: 'compact --name orders-to-lake --dry-run',
    json: 'document',
    options: {
      name,
      once: { usage: 'Look at everything once, instead of until nothing is due', type: 'boolean' },
      'dry-run': { usage: 'Print what would be made, and change nothing', type: 'boolean' },
      adopt: { usage: 'Also compact the objects that were written without rotation', type: 'boolean' },
      from: { usage: 'With --adopt: the prefix of these objects; the connector’s own if not given', type: 'string' },
      to: { usage: 'With --adopt: the prefix of the new objects; the connector’s own if not given', type: 'string' },
      yes: { usage: 'With --adopt: delete the old objects once the new ones have their records', type: 'boolean' },
      local,
    },
  },
  verify: {
    usage: 'Compare a dump, or a replication’s target, with the topics, record by record',
    example: 'verify --name orders-to-lake --since 1d',
    json: 'document',
    options: {
      name,
      topic: { usage: 'Only this topic', type: 'string' },
      partitions: { usage: 'Only these partitions, such as 0,2,5-7', type: 'string' },
      since: {
        usage: 'Only records from this time on, such as 2h, 1d or 2026-01-31T12:00:00Z',
        type: 'string',
      },
      local,
    },
  },
  failed: {
    usage: 'Show the records that failed, why, and where they are',
    example: 'failed --name orders-to-lake --since 1d',
    json: 'document',
    options: {
      name,
      since: {
        usage: 'Only what failed since then, such as 10m, 2h, 1d or 2026-01-31; all if not given',
        type: 'string',
      },
      code: { usage: 'Only what failed with this error code', type: 'string' },
      log: { usage: 'File with the log’s lines, in place of CloudWatch’s; - for the standard input', type: 'string' },
      queue: { usage: 'ARN of a queue that is subscribed to the SNS topic for failures', type: 'string' },
      local,
    },
  },
  redrive: {
    usage: 'Do the records that failed again, each once',
    example: 'redrive --name orders-to-lake --code STORE_UNAVAILABLE --dry-run',
    json: 'document',
    options: {
      name,
      offsets: { usage: 'Only these offsets, such as orders-0:3,50-60', type: 'string' },
      code: { usage: 'Only what failed with this error code', type: 'string' },
      since: {
        usage: 'Only what failed since then, such as 10m, 2h, 1d or 2026-01-31; all if not given',
        type: 'string',
      },
      limit: { usage: 'At most this many records', type: 'string' },
      rate: { usage: 'At most this many records a second, such as 100/s', type: 'string' },
      'dry-run': { usage: 'Print what would be redriven, and change nothing', type: 'boolean' },
      log: { usage: 'File with the log’s lines, in place of CloudWatch’s; - for the standard input', type: 'string' },
      queue: { usage: 'ARN of a queue that is subscribed to the SNS topic for failures', type: 'string' },
      local,
    },
  },
  restore: {
    usage: 'Produce the records of a dump to a cluster, and set consumer groups',
    example: 'restore --name orders-to-lake --rename orders=orders-restored --dry-run',
    json: 'document',
    options: {
      name,
      ...usagesOf(restoreOptions),
      report: { usage: 'Folder for the report; restore-<id> if not given', type: 'string' },
      yes: { usage: 'Delete the topics of --purge without asking', type: 'boolean' },
      remote: { usage: 'Have the deployed function restore, and follow it', type: 'boolean' },
      local,
    },
  },
  query: {
    usage: 'Print how DuckDB, pyarrow and Athena read the objects',
    example: 'query --name orders-to-lake --topic orders',
    json: 'document',
    options: {
      name,
      topic: { usage: 'Topic; all that the connector names if not given', type: 'string' },
      local,
    },
  },
  cost: {
    usage: 'Show what a connector costs a month, beside other ways to do the same',
    example: 'cost --mb-per-second 20 --record-bytes 400',
    json: 'document',
    connectorsOnlyWith: 'name',
    options: {
      name: { usage: 'Connector, at its rate of the last five minutes; --mb-per-second if not given', type: 'string' },
      'mb-per-second': {
        usage: 'Rate in megabytes of keys, values and headers a second; what is measured if not given',
        type: 'string',
      },
      'record-bytes': {
        usage: 'Bytes of a record, key and headers included; what is measured, or 400 if not given',
        type: 'string',
      },
      partitions: {
        usage:
          'Partitions that are read; the connector’s if not given; for a rate alone 12, or one for each MB/s if that is more',
        type: 'string',
      },
      topics: {
        usage: 'Topics that are read, each with a mapping; the connector’s if not given; for a rate alone 1',
        type: 'string',
      },
      region: { usage: 'Region whose prices apply, such as eu-central-1; the service’s if not given', type: 'string' },
      local,
    },
  },
  console: {
    usage: 'Show connectors, records and objects in a browser, and steer them there',
    example: 'console',
    options: {
      port: { usage: 'Port on this machine; any that is free if not given', type: 'string' },
      local,
    },
  },
} satisfies Record<string, Definition>

export type CommandName = keyof typeof definitions

/** The commands that have `--json`. */
export type JsonCommand = {
  [Name in CommandName]: (typeof definitions)[Name] extends { json: JsonForm } ? Name : never
}[CommandName]

export const commandNames = Object.keys(definitions) as CommandName[]

const jsonUsages: Record<JsonForm, string> = {
  document: 'Print one JSON document, and nothing else',
  lines: 'Print a JSON document in each line, and nothing else',
}

/** Whether a command line `serverless connectors …` is about connectors of the service, which has to declare some then. */
export function needsConnectors(command: string | undefined, options: Record<string, unknown>): boolean {
  const { connectorsOnlyWith: option }: Partial<Definition> = definitions[command as CommandName] ?? {}
  return option === undefined || options[option] !== undefined
}

/** The options of a command, those that it has in common with others among them. */
export function optionsOf(name: CommandName): Record<string, Option> {
  const { options, json, watch }: Definition = definitions[name]
  return {
    ...options,
    ...(json && { json: { usage: jsonUsages[json], type: 'boolean' } }),
    ...(watch && {
      watch: { usage: 'Repeat until Ctrl-C; with --json, a document in each line', type: 'boolean' },
      interval: {
        usage: 'With --watch: the time between two rounds, such as 2s or 1m; 5s if not given',
        type: 'string',
      },
    }),
  }
}
