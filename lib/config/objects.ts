import { z } from 'zod'
import { type Field, parseField } from '../objects/field-path.ts'
import { type KeySettings, longestKey, MAX_KEY } from '../objects/key.ts'
import type { PartitionerSettings } from '../objects/partitioners.ts'
import { DEFAULT_TEMPLATE, parseTemplate, type TemplatePart } from '../objects/template.ts'
import { isTimeZone, NO_VALUE, type PathFormat, parsePathFormat, timePresets } from '../objects/time-path.ts'
import { section } from './section.ts'
import { notation, variable, wholeNumber } from './variable.ts'

const partitionerNames = ['default', 'time', 'daily', 'hourly', 'field'] as const

/** Where objects go. */
export const objectsSection = section({
  title: 'Object keys',
  prefix: '',
  variables: {
    OBJECT_PREFIX: variable(
      z
        .string()
        .transform(prefix => prefix.replace(/\/$/, ''))
        .pipe(z.string().regex(/^(?!\.{1,2}(\/|$))[^/]+(\/(?!\.{1,2}(\/|$))[^/]+)*$/))
        .default(''),
      {
        description: 'Folder in the bucket, levels separated by /.',
        expected: 'folder names separated by single slashes, none of them . or .., no slash at the start',
      },
    ),
    OBJECT_PARTITIONER: variable(z.enum(partitionerNames).default('default'), {
      description:
        'Folders below the topic’s. default: partition=N. time: PATH_FORMAT. daily, hourly: year=, month=, day= (and ' +
        'hour=). field: PARTITION_FIELD.',
      expected: `one of ${partitionerNames.join(', ')}`,
    }),
    PATH_FORMAT: variable(notation(parsePathFormat).optional(), {
      description: 'Folders of the partitioner time, as yyyy/MM/dd/HH or year=yyyy/month=MM/day=dd.',
      expected:
        'folders of yyyy, MM, dd, HH and mm, each with the larger ones; other words before = or in single quotes',
    }),
    TIMEZONE: variable(z.string().refine(isTimeZone).default('UTC'), {
      description: 'Time zone of the partitioners time, daily and hourly.',
      expected: 'a time zone of the IANA, such as Europe/Berlin',
    }),
    PARTITION_FIELD: variable(notation(parseField).optional(), {
      description: 'What the partitioner field goes by: a JSON pointer into the value, or header: and a header’s name.',
      expected: 'a JSON pointer such as /customer/country, or header: and a name',
    }),
    PARTITION_FIELD_FALLBACK: variable(z.string().default(NO_VALUE), {
      description: 'Value of the folder for records without that field.',
      expected: 'a text',
    }),
    OBJECT_KEY_TEMPLATE: variable(notation(parseTemplate).prefault(DEFAULT_TEMPLATE), {
      description: 'The key between prefix and extension. {path} stands for the partitioner’s folders.',
      expected:
        'folders and a name with {topic}, {partition} and {offsets}; a separator between them, {path} a folder by itself, ' +
        '{offsets} at the end',
    }),
    OFFSET_PAD_WIDTH: variable(wholeNumber(1, 20).default(10), {
      description: 'Digits to which offsets in object keys are padded with zeros.',
      expected: 'a whole number from 1 to 20',
    }),
  },
  rules: [
    {
      variable: 'PATH_FORMAT',
      expected: 'a format such as yyyy/MM/dd, as OBJECT_PARTITIONER is time',
      holds: ({ OBJECT_PARTITIONER, PATH_FORMAT }) => OBJECT_PARTITIONER !== 'time' || !!PATH_FORMAT,
    },
    {
      variable: 'PATH_FORMAT',
      expected: 'nothing, unless OBJECT_PARTITIONER is time',
      holds: ({ OBJECT_PARTITIONER, PATH_FORMAT }) => OBJECT_PARTITIONER === 'time' || !PATH_FORMAT,
    },
    {
      variable: 'PARTITION_FIELD',
      expected: 'a field such as /customer/country, as OBJECT_PARTITIONER is field',
      holds: ({ OBJECT_PARTITIONER, PARTITION_FIELD }) => OBJECT_PARTITIONER !== 'field' || !!PARTITION_FIELD,
    },
    {
      variable: 'PARTITION_FIELD',
      expected: 'nothing, unless OBJECT_PARTITIONER is field',
      holds: ({ OBJECT_PARTITIONER, PARTITION_FIELD }) => OBJECT_PARTITIONER === 'field' || !PARTITION_FIELD,
    },
    {
      variable: 'OBJECT_KEY_TEMPLATE',
      expected: '{path} in it, as OBJECT_PARTITIONER is set',
      holds: ({ OBJECT_PARTITIONER, OBJECT_KEY_TEMPLATE }) =>
        OBJECT_PARTITIONER === 'default' || (OBJECT_KEY_TEMPLATE?.flat().some(isPath) ?? true),
    },
    {
      variable: 'OBJECT_PREFIX',
      expected: `a shorter folder, as the keys of topics with long names would have more than ${MAX_KEY} bytes`,
      holds: ({ OBJECT_PREFIX, OBJECT_KEY_TEMPLATE, OFFSET_PAD_WIDTH, ...values }) =>
        longestKey({
          prefix: OBJECT_PREFIX ?? '',
          template: OBJECT_KEY_TEMPLATE ?? [],
          partitioner: partitionerSettings(values),
          padWidth: OFFSET_PAD_WIDTH ?? 0,
        }) <= MAX_KEY,
    },
  ],
  settings: ({ OBJECT_PREFIX, OBJECT_KEY_TEMPLATE, OFFSET_PAD_WIDTH, ...values }): KeySettings => ({
    prefix: OBJECT_PREFIX,
    template: OBJECT_KEY_TEMPLATE,
    partitioner: partitionerSettings(values),
    padWidth: OFFSET_PAD_WIDTH,
  }),
})

const isPath = (part: TemplatePart) => 'placeholder' in part && part.placeholder === 'path'

interface PartitionerValues {
  OBJECT_PARTITIONER?: (typeof partitionerNames)[number]
  PATH_FORMAT?: PathFormat
  TIMEZONE?: string
  PARTITION_FIELD?: Field
  PARTITION_FIELD_FALLBACK?: string
}

function partitionerSettings(values: PartitionerValues): PartitionerSettings {
  const {
    OBJECT_PARTITIONER: name = 'default',
    PATH_FORMAT,
    PARTITION_FIELD: field,
    TIMEZONE: timeZone = 'UTC',
  } = values
  const format = { default: undefined, field: undefined, time: PATH_FORMAT, ...timePresets }[name]
  if (format) return { name: 'time', format, timeZone }
  if (name === 'field' && field) return { name, field, fallback: values.PARTITION_FIELD_FALLBACK ?? NO_VALUE }
  return { name: 'default' }
}
