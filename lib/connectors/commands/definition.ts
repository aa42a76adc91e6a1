import { restoreOptions } from '../../config/restore-options.ts'

/** An option as the framework declares it. */
interface Option {
  usage: string
  /** `multiple`: may be given several times. */
  type: 'string' | 'boolean' | 'multiple'
  required?: boolean
}

interface Definition {
  usage: string
  options: Record<string, Option>
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
  list: { usage: 'Show each connector’s type, topics, state and lag', options: { local } },
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
      value: { usage: 'Value of the record; a tombstone if not given', type: 'string' },
      partition: { usage: 'Partition to send it to; the key decides if not given', type: 'string' },
      header: { usage: 'Header of the record, as name=value; may be given several times', type: 'multiple' },
      timeout: { usage: 'Seconds to wait; the batch window and 90 s if not given', type: 'string' },
      local,
    },
  },
  pause: { usage: 'Stop reading; offsets are kept', options: { name, local } },
  resume: { usage: 'Resume reading where it stopped', options: { name, local } },
  logs: {
    usage: 'Show what a connector logged',
    options: {
      name,
      since: { usage: 'How far to look back, such as 30s, 10m, 2h or 1d; 10m if not given', type: 'string' },
      tail: { usage: 'Keep printing new lines', type: 'boolean' },
      local,
    },
  },
  objects: {
    usage: 'Show the objects of a dump, their offsets and gaps, and what is staged',
    options: {
      name,
      topic: { usage: 'Only this topic', type: 'string' },
      gaps: { usage: 'Only gaps, overlaps and sums', type: 'boolean' },
      json: { usage: 'A line of JSON for each', type: 'boolean' },
      orphans: { usage: 'Only large values that no record names', type: 'boolean' },
      delete: { usage: 'With --orphans: delete those that are older than three days', type: 'boolean' },
      local,
    },
  },
  cat: {
    usage: 'Print the records of an object as lines of JSON',
    options: {
      name,
      key: { usage: 'Key of the object, also of a staged one', type: 'string', required: true },
      limit: { usage: 'Most records', type: 'string' },
      local,
    },
  },
  compact: {
    usage: 'Make objects of what a dump has staged',
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
    options: {
      name,
      topic: { usage: 'Only this topic', type: 'string' },
      partitions: { usage: 'Only these partitions, such as 0,2,5-7', type: 'string' },
      since: {
        usage: 'Only records from this time on, such as 2h, 1d or 2026-01-31T12:00:00Z',
        type: 'string',
      },
      json: { usage: 'The report as JSON', type: 'boolean' },
      local,
    },
  },
  failed: {
    usage: 'Show the records that failed, why, and where they are',
    options: {
      name,
      since: {
        usage: 'Only what failed since then, such as 10m, 2h, 1d or 2026-01-31; all if not given',
        type: 'string',
      },
      code: { usage: 'Only what failed with this error code', type: 'string' },
      json: { usage: 'One JSON document', type: 'boolean' },
      log: { usage: 'File with the log’s lines, in place of CloudWatch’s; - for the standard input', type: 'string' },
      queue: { usage: 'ARN of a queue that is subscribed to the SNS topic for failures', type: 'string' },
      local,
    },
  },
  redrive: {
    usage: 'Do the records that failed again, each once',
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
      json: { usage: 'One JSON document', type: 'boolean' },
      log: { usage: 'File with the log’s lines, in place of CloudWatch’s; - for the standard input', type: 'string' },
      queue: { usage: 'ARN of a queue that is subscribed to the SNS topic for failures', type: 'string' },
      local,
    },
  },
  restore: {
    usage: 'Produce the records of a dump to a cluster, and set consumer groups',
    options: {
      name,
      ...usagesOf(restoreOptions),
      report: { usage: 'Folder for the report; restore-<id> if not given', type: 'string' },
      json: { usage: 'Print the report as JSON', type: 'boolean' },
      yes: { usage: 'Delete the topics of --purge without asking', type: 'boolean' },
      remote: { usage: 'Have the deployed function restore, and follow it', type: 'boolean' },
      local,
    },
  },
  query: {
    usage: 'Print how DuckDB, pyarrow and Athena read the objects',
    options: {
      name,
      topic: { usage: 'Topic; all that the connector names if not given', type: 'string' },
      local,
    },
  },
} satisfies Record<string, Definition>

export type CommandName = keyof typeof definitions

export const commandNames = Object.keys(definitions) as CommandName[]
