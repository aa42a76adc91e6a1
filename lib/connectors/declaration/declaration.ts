import * as z from 'zod'
import type { ConnectorType } from '../../config/connector-type.ts'
import { clusterShape } from './cluster.ts'
import { deadLetterSchema } from './dead-letter.ts'
import { KMS_KEY_EXPECTED, key, orIntrinsic } from './key.ts'
import { recordConsumerOffsetsKey, recordTopicsKey } from './recording.ts'
import {
  aliasKeys,
  dumpTargetKeys,
  failureKeys,
  replicateTargetKeys,
  restoreKeys,
  retentionKeys,
  rotateKeys,
  syncOffsetsKeys,
  syncTopicsKeys,
} from './section-keys.ts'
import { sourceShape } from './source.ts'
import { schemasOf } from './variable-key.ts'

/** The key under `custom` in serverless.yml that declares connectors. */
export const DECLARATION_NAME = 'connectors'

const directions = ['push', 'pull', 'both'] as const

/** The default lag at which the alarm goes off, in records. */
export const DEFAULT_LAG = 100_000

/**
 * The longest invocation of a function that Kafka mappings call, in seconds. Source: AWS Lambda Developer Guide, "Using Lambda
 * with self-managed Apache Kafka" and "Using Lambda with Amazon MSK": functions may run "for up to and including 14 minutes".
 */
export const MAX_TIMEOUT_S = 840

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
  source: z.strictObject(sourceShape),
  batch,
  concurrency,
  retries,
  deadLetter: key(deadLetterSchema().optional(), {
    description:
      'Destination for what can’t be delivered: a topic of the source cluster, for records; or the ARN of an SQS queue, ' +
      'an SNS topic or an S3 bucket, for batches whose invocation failed. Use `sqs: !GetAtt …` and the like for a queue ' +
      'of the service, with `kmsKey` if your own key encrypts it.',
    expected: `a topic name, or the ARN of an SQS queue or an SNS topic (not FIFO) or an S3 bucket; as kmsKey ${KMS_KEY_EXPECTED}`,
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

/** Source: Amazon Athena User Guide, "Name databases, tables, and columns". */
const ATHENA_NAME = /^[a-z0-9_]{1,255}$/

/** A table over the objects. */
const tableShape = z
  .strictObject({
    database: key(orIntrinsic(z.string().regex(ATHENA_NAME)), {
      description:
        'Database of AWS Glue in which the deployment makes a table over the objects, for Athena. It has to exist.',
      expected: 'a name of 1 to 255 lower-case letters, digits or underscores',
    }),
    name: key(z.string().regex(ATHENA_NAME).optional(), {
      description: 'Name of the table.',
      expected: 'a name of 1 to 255 lower-case letters, digits or underscores',
      defaultText: 'the connector’s name with underscores',
    }),
  })
  .optional()

const dump = z.strictObject({
  type: z.literal('dump'),
  ...common,
  ...schemasOf(failureKeys.dump),
  to: z.strictObject({
    ...schemasOf(dumpTargetKeys),
    ...schemasOf(retentionKeys),
    rotate: z.strictObject(schemasOf(rotateKeys)).optional(),
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
    table: tableShape,
  }),
  restore: z.strictObject({ ...clusterShape, ...schemasOf(restoreKeys) }).optional(),
  recordTopics: recordTopicsKey,
  recordConsumerOffsets: recordConsumerOffsetsKey,
})

const replicate = z.strictObject({
  type: z.literal('replicate'),
  ...common,
  ...schemasOf(failureKeys.replicate),
  source: z.strictObject({ ...sourceShape, ...schemasOf(aliasKeys) }),
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
