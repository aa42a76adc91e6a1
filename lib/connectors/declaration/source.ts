import * as z from 'zod'
import { isPattern, topicName } from '../../config/variable.ts'
import { clusterShape } from './cluster.ts'
import { KMS_KEY_EXPECTED, key, kmsKeyArn } from './key.ts'
import { schemaRegistrySchema } from './schema-registry.ts'

const positions = ['earliest', 'latest'] as const

/** Source: AWS Lambda Developer Guide, "Control which events Lambda sends to your function". */
const MAX_FILTERS = 10

/** What every connector's `source` declares. */
export const sourceShape = {
  ...clusterShape,
  topics: key(z.array(topicName()).min(1).optional(), {
    description: 'Topics, by name.',
    expected: 'a list of topic names (1 to 249 letters, digits, dots, hyphens or underscores each)',
  }),
  pattern: key(z.string().refine(isPattern).optional(), {
    description: 'Topics, by a regular expression for the whole name. Internal topics never match.',
    expected: 'a regular expression',
  }),
  // Source: AWS Lambda Developer Guide, "Apache Kafka polling and stream starting positions in Lambda".
  startFrom: key(z.union([z.enum(positions), pastTime()]).default('earliest'), {
    description:
      'Where a consumer group without committed offsets starts. `latest` may leave out what is produced while the mapping ' +
      'is being made, which takes minutes; a time or `earliest` leaves out nothing.',
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

/** Accepts a Date too: YAML parses an unquoted time as one. */
function pastTime() {
  return z
    .union([z.date(), z.iso.datetime({ offset: true }).transform(text => new Date(text))])
    .refine(time => time.getTime() <= Date.now())
}
