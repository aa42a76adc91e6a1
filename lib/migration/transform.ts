import { listed } from './outcomes.ts'
import type { Fate, Given } from './setting.ts'

/** What becomes of Kafka’s own transforms, and of others that are often seen, by the ends of their classes’ names. */
const transforms: [RegExp, Fate['group'], string][] = [
  [/\.InsertField\$\w+$/, 'unneeded', 'each record in an object has its topic, partition, offset and timestamp'],
  [/\.InsertHeader$/, 'person', 'headers are stored as they are in Kafka: let the producer add it'],
  [/\.DropHeaders$/, 'person', '`to.includeHeaders: false` leaves out all headers; single ones can’t be left out'],
  [
    /\.(RegexRouter|TimestampRouter)$/,
    'person',
    'an object is in the folder of its topic: see `to.keyTemplate` and `to.partitioner`',
  ],
  [
    /\.Filter(\$\w+)?$/,
    'person',
    '`source.filters` are Lambda’s filter patterns for values; tombstones are records without a value',
  ],
  [/\.ExtractNewRecordState$/, 'person', 'values keep Debezium’s envelope: read `after` of it, such as `value.after`'],
  [
    /\.MaskField\$\w+$/,
    'person',
    'values are stored as they are: whoever reads the bucket sees the field. Mask it where it is produced',
  ],
]

const OTHER =
  'values are stored as they are in Kafka: transform where the objects are read, or in a handler of your own'

/** What becomes of `transforms.<name>.type` and of the settings of that transform. */
export function transformFate(value: string, given: Given, setting: string): Fate {
  const [, name = '', rest] = /^transforms\.([^.]+)\.(.+)$/.exec(setting) ?? []
  if (!listed(given.get('transforms') ?? '').includes(name))
    return { group: 'unneeded', said: 'belongs to no transform' }
  if (rest !== 'type') return { group: 'unneeded', said: `see \`transforms.${name}.type\`` }
  const [, group, said] = transforms.find(([pattern]) => pattern.test(value)) ?? ['', 'person' as const, OTHER]
  return { group, said }
}
