import { z } from 'zod'
import type { CompressionName } from '../formats/compression.ts'
import type { FormatSettings } from '../formats/encode.ts'
import { formatNames } from '../formats/index.ts'
import { contentOf, type ValueFormatName, valueFormatNames } from '../values/index.ts'
import { section } from './section.ts'
import { flag, variable, wholeNumber } from './variable.ts'

const compressionNames = ['none', 'gzip', 'zstd'] as const satisfies CompressionName[]

/** What is in an object. */
export const formatSection = section({
  title: 'Format',
  prefix: '',
  variables: {
    FORMAT: variable(z.enum(formatNames).default('json'), {
      description: 'How an object holds its records; the key ends in it.',
      expected: `one of ${formatNames.join(', ')}`,
    }),
    COMPRESSION: variable(z.enum(compressionNames).optional(), {
      description:
        'Compression: of the object, whose key then ends in .gz or .zst; avro and parquet compress inside. Not set: ' +
        'gzip, for parquet zstd.',
      expected: `one of ${compressionNames.join(', ')}`,
    }),
    RECORD_SEPARATOR: variable(
      z
        .string()
        .regex(/^([^\\]|\\[nrt0\\]|\\x[0-9a-f]{2}){1,20}$/i)
        .transform(unescaped)
        .optional(),
      {
        description:
          'What stands behind each record of jsonl and raw, with \\n, \\r, \\t, \\0, \\\\ or \\x1e for characters. Not set: \\n.',
        expected: '1 to 20 characters, \\n, \\r, \\t, \\0, \\\\ and \\x1e for those that can’t be written',
      },
    ),
    INCLUDE_KEY: variable(flag().optional(), {
      description:
        'Whether raw has the keys, each with a tab before its value. Not set: false. Other formats always do.',
      expected: 'true or false',
    }),
    INCLUDE_HEADERS: variable(flag().optional(), {
      description: 'Whether each record has its headers. Not set: true, for raw false.',
      expected: 'true or false',
    }),
    VALUE_FORMAT: variable(z.enum(valueFormatNames).default('auto'), {
      description:
        'What the values are. auto: text, or bytes in base64. json: JSON, which becomes part of json and jsonl. base64: ' +
        'bytes, in base64 always. avro, protobuf, json-schema: decoded to JSON, with schemas of SCHEMA_REGISTRY_URL.',
      expected: `one of ${valueFormatNames.join(', ')}`,
    }),
    MAX_INLINE_VALUE_BYTES: variable(wholeNumber(1, 2 ** 31 - 1).optional(), {
      description: 'Larger values go to objects of their own, which the records name. Not set: none do.',
      expected: 'a whole number from 1 to 2147483647',
    }),
    INCLUDE_VALUE_SIZE: variable(flag().default(false), {
      description: 'Whether each record says how many bytes its value has in Kafka.',
      expected: 'true or false',
    }),
  },
  rules: [
    {
      variable: 'RECORD_SEPARATOR',
      expected: 'nothing, unless FORMAT is jsonl or raw',
      holds: ({ FORMAT, RECORD_SEPARATOR }) => hasLines(FORMAT) || RECORD_SEPARATOR === undefined,
    },
    {
      variable: 'RECORD_SEPARATOR',
      expected: 'control characters such as \\n, as FORMAT is jsonl and others can be part of a record',
      holds: ({ FORMAT, RECORD_SEPARATOR = '\n' }) => FORMAT !== 'jsonl' || CONTROL_CHARACTERS.test(RECORD_SEPARATOR),
    },
    {
      variable: 'INCLUDE_KEY',
      expected: 'nothing, unless FORMAT is raw: other formats always have the keys',
      holds: ({ FORMAT, INCLUDE_KEY }) => FORMAT === 'raw' || INCLUDE_KEY === undefined,
    },
    {
      variable: 'INCLUDE_HEADERS',
      expected: 'nothing, as FORMAT is raw, which has no place for them',
      holds: ({ FORMAT, INCLUDE_HEADERS }) => FORMAT !== 'raw' || !INCLUDE_HEADERS,
    },
    {
      variable: 'VALUE_FORMAT',
      expected: 'another one: avro and parquet hold bytes as they are',
      holds: ({ FORMAT, VALUE_FORMAT }) => VALUE_FORMAT !== 'base64' || (FORMAT !== 'avro' && FORMAT !== 'parquet'),
    },
    {
      variable: 'MAX_INLINE_VALUE_BYTES',
      expected: 'nothing, as FORMAT is raw, which has no place for the name of an object',
      holds: ({ FORMAT, MAX_INLINE_VALUE_BYTES }) => FORMAT !== 'raw' || MAX_INLINE_VALUE_BYTES === undefined,
    },
    {
      variable: 'INCLUDE_VALUE_SIZE',
      expected: 'nothing, as FORMAT is raw, which has no place for it',
      holds: ({ FORMAT, INCLUDE_VALUE_SIZE }) => FORMAT !== 'raw' || !INCLUDE_VALUE_SIZE,
    },
  ],
  settings: (values): FormatSettings & { valueFormat: ValueFormatName } => ({
    format: values.FORMAT,
    compression: values.COMPRESSION ?? (values.FORMAT === 'parquet' ? 'zstd' : 'gzip'),
    recordSeparator: values.RECORD_SEPARATOR ?? '\n',
    includeKey: values.INCLUDE_KEY ?? values.FORMAT !== 'raw',
    includeHeaders: values.INCLUDE_HEADERS ?? values.FORMAT !== 'raw',
    valueFormat: values.VALUE_FORMAT,
    values: contentOf(values.VALUE_FORMAT),
    maxInlineValueBytes: values.MAX_INLINE_VALUE_BYTES,
    includeValueSize: values.INCLUDE_VALUE_SIZE,
  }),
})

/** Whether records are apart by a separator. A format that is wrong by itself is not complained of twice. */
function hasLines(format: string | undefined): boolean {
  return format === undefined || format === 'jsonl' || format === 'raw'
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it is to find
const CONTROL_CHARACTERS = /^[\x00-\x1f]+$/

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', '0': '\0', '\\': '\\' }

function unescaped(text: string): string {
  return text.replace(
    /\\(x..|.)/gi,
    (_, name: string) => escapes[name] ?? String.fromCharCode(Number.parseInt(name.slice(1), 16)),
  )
}
