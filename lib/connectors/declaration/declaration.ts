import { z } from 'zod'
import type { ConnectorType } from '../../config/connector-type.ts'
import { dumpSections } from '../../config/dump.ts'
import { failureSection } from '../../config/failure.ts'
import { replicateSections, syncTopicsSections } from '../../config/replicate.ts'
import { replicationSection } from '../../config/replication.ts'
import type { Section } from '../../config/section.ts'
import { syncOffsetsSections } from '../../config/sync-offsets.ts'
import { topicName } from '../../config/variable.ts'
import { clusterShape } from './cluster.ts'
import { deadLetterSchema } from './dead-letter.ts'
import { KMS_KEY_EXPECTED, key, kmsKeyArn, orIntrinsic } from './key.ts'
import { schemaRegistrySchema } from './schema-registry.ts'
import { schemasOf, variableKeys, variableKeysOfAll } from './variable-key.ts'

/** The key under `custom` in serverless.yml that declares connectors. */
export const DECLARATION_NAME = 'connectors'

const directions = ['push', 'pull', 'both'] as const
const positions = ['earliest', 'latest'] as const

/** The keys of a dump's `to`: every variable of the function except those that all connectors share. */
export const dumpTargetKeys = variableKeysOfAll(sectionsBut(dumpSections, 'failure', 'source'), {
  names: { OBJECT_PREFIX: 'prefix', OBJECT_PARTITIONER: 'partitioner', OBJECT_KEY_TEMPLATE: 'keyTemplate' },
})

/** The keys of a replication's `to` in addition to those of the cluster. */
export const replicateTargetKeys = variableKeysOfAll(sectionsBut(replicateSections, 'failure', 'source', 'target'), {
  names: { TARGET_ALIAS: 'alias', REPLICATION_POLICY: 'policy', COMPRESSION_TYPE: 'compression' },
  without: ['SOURCE_ALIAS'],
})

/** The key of a replication's `source` in addition to those of the cluster. */
export const aliasKeys = variableKeys(onlyVariable(replicationSection, 'SOURCE_ALIAS'), {
  names: { SOURCE_ALIAS: 'alias' },
})

/** Failure policy and logging, without the variables that the plugin sets itself. */
export const failureKeys = variableKeys(failureSection, {
  without: ['PARTIAL_BATCH_RESPONSES', 'DEAD_LETTER_TOPIC', 'CONNECTOR_NAME', 'SERVICE_NAME'],
})

/** The logging keys, for functions that deliver no records. */
export const logKeys = variableKeys(syncOffsetsSections.log, { without: ['CONNECTOR_NAME', 'SERVICE_NAME'] })

export const syncOffsetsKeys = variableKeys(syncOffsetsSections.groups)
export const syncTopicsKeys = variableKeys(syncTopicsSections.topics, { without: ['TOPICS'] })

/** Source: AWS Lambda Developer Guide, "Control which events Lambda sends to your function". */
const MAX_FILTERS = 10

const source = {
  ...clusterShape,
  topics: key(z.array(topicName()).min(1).optional(), {
    description: 'Topics, by name.',
    expected: 'a list of topic names (1 to 249 letters, digits, dots, hyphens or underscores each)',
  }),
  pattern: key(z.string().refine(isPattern).optional(), {
    description: 'Topics, by a regular expression for the whole name. Internal topics never match.',
    expected: 'a regular expression',
  }),
  startFrom: key(z.union([z.enum(positions), pastTime()]).default('earliest'), {
    description: 'Where a consumer group without committed offsets starts.',
    expected: `one of ${positions.join(', ')}, or a time in the past such as 2026-01-31T00:00:00Z`,
    defaultText: '`earliest`',
  }),
  consumerGroup: key(
    z
      .string()
      .regex(/^([a-zA-Z0-9\-/*:_+=.@]|\{topic\}){1,200}$/)
      .optional(),
    {
      description:
        'Consumer group. AWS requires one per topic: `{topic}` is replaced by the topic’s name. Without `{topic}`, and ' +
        'with several topics or `pattern`, `-` and the topic’s name are appended.',
      expected: '1 to 200 letters, digits or any of -/*:_+=.@, or {topic}',
      defaultText: '`<service>-<stage>-<connector>-<topic>`',
    },
  ),
  filters: key(z.array(z.looseObject({})).min(1).max(MAX_FILTERS).optional(), {
    description:
      'Records to process, as Lambda filter patterns for their values. All others are skipped. AWS allows five, and ' +
      `${MAX_FILTERS} after a quota increase.`,
    expected: `a list of 1 to ${MAX_FILTERS} filter patterns such as { value: { type: [order] } }`,
  }),
  filtersKmsKey: key(kmsKeyArn().optional(), {
    description: 'KMS key that encrypts the filters, if it is not AWS’s own.',
    expected: KMS_KEY_EXPECTED,
  }),
  schemaRegistry: schemaRegistrySchema,
}

/** The default lag at which the alarm goes off, in records. */
export const DEFAULT_LAG = 100_000

/** The longest invocation, in seconds. Source: AWS Lambda quotas. */
export const MAX_TIMEOUT_S = 900

/** Source: Amazon CloudWatch Logs API, PutRetentionPolicy. */
const logRetentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

/** Source: AWS Lambda, "Kafka event source mapping logging". */
const pollerLogLevels = ['DEBUG', 'INFO', 'WARN'] as const

const batch = z
  .strictObject({
    size: key(z.int().min(1).max(10_000).optional(), {
      description: 'Maximum records per invocation.',
      expected: 'a whole number from 1 to 10000',
      defaultText: '`10000` for a dump, `1000` for a replication',
    }),
    windowSeconds: key(z.int().min(0).max(300).optional(), {
      description: 'Longest wait for a batch to fill, in seconds.',
      expected: 'a whole number from 0 to 300',
      defaultText: '`60` for a dump, `1` for a replication',
    }),
  })
  .optional()

const concurrency = z
  .strictObject({
    minimumPollers: key(z.int().min(1).max(200).default(1), {
      description: 'Minimum number of pollers.',
      expected: 'a whole number from 1 to 200',
      defaultText: '`1`',
    }),
    maximumPollers: key(z.int().min(1).max(2000).default(200), {
      description: 'Maximum number of pollers. Each carries up to 5 MB/s.',
      expected: 'a whole number from 1 to 2000',
      defaultText: '`200`',
    }),
    pollerGroup: key(
      z
        .string()
        .regex(/^[a-zA-Z0-9_-]{1,128}$/)
        .optional(),
      {
        description: 'Group in which mappings of one VPC share pollers.',
        expected: '1 to 128 letters, digits, hyphens or underscores',
      },
    ),
    logLevel: key(z.enum(pollerLogLevels).optional(), {
      description: 'Lowest level that the pollers log, into the function’s log.',
      expected: `one of ${pollerLogLevels.join(', ')}`,
      defaultText: 'pollers log nothing',
    }),
  })
  .optional()

const retries = z
  .strictObject({
    attempts: key(z.int().min(-1).max(10_000).optional(), {
      description: 'How often a failed batch is retried; -1: until it expires.',
      expected: 'a whole number from 0 to 10000, or -1',
      defaultText: '`-1`; `10` with `deadLetter`',
    }),
    maximumRecordAgeSeconds: key(
      z
        .int()
        .refine(age => age === -1 || (age >= 60 && age <= 604_800))
        .optional(),
      {
        description: 'Age in seconds at which a failed record is given up; -1: never.',
        expected: 'a whole number from 60 to 604800, or -1',
        defaultText: '`-1`',
      },
    ),
    bisect: key(z.boolean().default(false), {
      description: 'Whether a failed batch is retried in halves, so that one bad record does not hold up the others.',
      expected: 'true or false',
      defaultText: '`false`',
    }),
  })
  .optional()

const common = {
  source: z.strictObject(source),
  batch,
  concurrency,
  retries,
  ...schemasOf(failureKeys),
  deadLetter: key(deadLetterSchema().optional(), {
    description:
      'Destination for what can’t be delivered: a topic of the source cluster, for records; or the ARN of an SQS queue, ' +
      'an SNS topic or an S3 bucket, for batches whose invocation failed. Use `sqs: !GetAtt …` and the like for a queue ' +
      'of the service, with `kmsKey` if your own key encrypts it.',
    expected: `a topic name, or the ARN of an SQS queue, an SNS topic or an S3 bucket; as kmsKey ${KMS_KEY_EXPECTED}`,
  }),
  enabled: key(z.boolean().default(true), {
    description: 'false: everything is deployed, but nothing is read.',
    expected: 'true or false',
    defaultText: '`true`',
  }),
  memorySize: key(z.int().min(128).max(10_240).default(1024), {
    description: 'Memory of the function in MB. CPU grows with it; 1769 MB give one whole CPU.',
    expected: 'a whole number from 128 to 10240',
    defaultText: '`1024`',
  }),
  timeoutSeconds: key(z.int().min(1).max(MAX_TIMEOUT_S).default(60), {
    description: 'Longest invocation, in seconds.',
    expected: `a whole number from 1 to ${MAX_TIMEOUT_S}`,
    defaultText: '`60`',
  }),
  logRetentionDays: key(z.literal(logRetentions).optional(), {
    description: 'Days for which the function’s log is kept.',
    expected: `one of ${logRetentions.join(', ')}`,
    defaultText: '`provider.logRetentionInDays`, else `14`',
  }),
  alarms: z
    .strictObject({
      lag: key(z.int().min(1).default(DEFAULT_LAG), {
        description: 'Lag, in records, that sets off the alarm after 15 minutes.',
        expected: 'a whole number from 1',
        defaultText: `\`${DEFAULT_LAG}\``,
      }),
      notify: key(
        z
          .array(orIntrinsic(z.string().regex(/^arn:aws[a-z-]*:\S+$/)))
          .min(1)
          .max(5)
          .optional(),
        {
          description: 'Actions of the alarms, such as an SNS topic.',
          expected: 'a list of 1 to 5 ARNs',
          defaultText: 'alarms only show in CloudWatch',
        },
      ),
    })
    .optional(),
  tags: key(z.record(z.string().min(1).max(128), z.string().max(256)).optional(), {
    description: 'Tags of the function and its mappings, in addition to `connector`.',
    expected: 'a map of names to texts',
  }),
}

const dump = z.strictObject({
  type: z.literal('dump'),
  ...common,
  to: z.strictObject({
    ...schemasOf(dumpTargetKeys),
    createBucket: key(z.boolean().default(false), {
      description: 'Whether the service creates the bucket. It remains when the service is removed.',
      expected: 'true or false',
      defaultText: '`false`',
    }),
    retentionDays: key(z.int().min(1).max(36_500).optional(), {
      description: 'Days after which objects under the prefix are deleted. Needs `createBucket`.',
      expected: 'a whole number from 1 to 36500',
      defaultText: 'objects are kept',
    }),
  }),
})

const replicate = z.strictObject({
  type: z.literal('replicate'),
  ...common,
  source: z.strictObject({ ...source, ...schemasOf(aliasKeys) }),
  to: z.strictObject({ ...clusterShape, ...schemasOf(replicateTargetKeys) }),
  direction: key(z.enum(directions).default('push'), {
    description:
      'push: from `source` to `to`. pull: the reverse. both: one connector per direction, named `<name>-push` and ' +
      '`<name>-pull`. `topics` or `pattern` select topics of the cluster that is read.',
    expected: `one of ${directions.join(', ')}`,
    defaultText: '`push`',
  }),
  syncOffsets: z.strictObject(schemasOf(syncOffsetsKeys)).optional(),
  syncTopics: z.strictObject(schemasOf(syncTopicsKeys)).optional(),
})

/** The schema of a connector's declaration, by its type. */
export const declarationSchemas = { dump, replicate } satisfies Record<ConnectorType, z.ZodObject>

export type DumpDeclaration = z.output<typeof dump>
export type ReplicateDeclaration = z.output<typeof replicate>
export type ConnectorDeclaration = DumpDeclaration | ReplicateDeclaration

/** What a connector reads. Only a replication's source has an alias. */
export type SourceDeclaration = DumpDeclaration['source'] & Partial<Pick<ReplicateDeclaration['source'], 'alias'>>

/** The sections without those whose variables are declared elsewhere. */
function sectionsBut<Sections extends object, Name extends keyof Sections>(
  sections: Sections,
  ...names: Name[]
): Omit<Sections, Name> {
  const kept = Object.entries(sections).filter(([name]) => !names.includes(name as Name))
  return Object.fromEntries(kept) as Omit<Sections, Name>
}

/** A section with one of its variables only. */
function onlyVariable<Shape extends z.ZodRawShape, Name extends keyof Shape & string>(
  { variables, ...section }: Section<Shape, unknown>,
  name: Name,
): Section<Pick<Shape, Name>, unknown> {
  return {
    ...section,
    variables: { [name]: variables[name] } as Pick<Shape, Name>,
    rules: [],
    settings: () => undefined,
  }
}

function isPattern(text: string): boolean {
  try {
    return text !== '' && topicPattern(text) !== undefined
  } catch {
    return false
  }
}

/** @throws SyntaxError */
export function topicPattern(text: string): RegExp {
  return new RegExp(`^(?:${text})$`)
}

/** Accepts a Date too: YAML parses an unquoted time as one. */
function pastTime() {
  return z
    .union([z.date(), z.iso.datetime({ offset: true }).transform(text => new Date(text))])
    .refine(time => time.getTime() <= Date.now())
}
