import * as z from 'zod'
import type { Format } from '../formats/codec.ts'
import { compressionNames, compressions } from '../formats/compression.ts'
import type { FormatSettings } from '../formats/encode.ts'
import { type FormatName, formatNames, formats } from '../formats/index.ts'
import { type ValueFormatName, valueFormatNames, valueFormats } from '../values/index.ts'
import { section } from './section.ts'
import { flag, variable, wholeNumber } from './variable.ts'

const hasSeparators = ({ separator }: Format) => separator !== 'none'
const hasControlSeparators = ({ separator }: Format) => separator === 'control characters'
const hasOptionalKeys = ({ keys }: Format) => keys === 'on request'
const lacksHeaders = ({ holdsHeaders }: Format) => !holdsHeaders
const lacksValueObjects = ({ holdsValueObjects }: Format) => !holdsValueObjects
const lacksValueSizes = ({ holdsValueSizes }: Format) => !holdsValueSizes
const lacksBase64 = ({ valueContents }: Format) => !valueContents.includes('base64')

/** The names of the formats for which it holds, as text. */
function formatsWhere(holds: (format: Format) => boolean, separator = ' or '): string {
  return formatNames.filter(name => holds(formats[name])).join(separator)
}

/** Whether the format has this property. False for an invalid format, which is reported already. */
function isFormat(name: FormatName | undefined, holds: (format: Format) => boolean): boolean {
  return name !== undefined && holds(formats[name])
}

const compressionExtensions = Object.values(compressions).flatMap(({ extension }) => extension || [])

const defaultCompressions = Array.from(
  Map.groupBy(formatNames, name => formats[name].defaultCompression),
  ([compression, names]) => `${compression} for ${names.join(', ')}`,
)

const leveled = compressionNames.flatMap(name => {
  const { levels } = compressions[name]
  return levels ? { name, ...levels } : []
})
const mostLevel = leveled.reduce((most, levels) => Math.max(most, levels.most), 0)
const levelRanges = leveled.map(({ name, least, most }) => `from ${least} to ${most} for ${name}`).join(', ')
const usualLevels = leveled.map(({ name, usual }) => `${usual} for ${name}`).join(', ')

const WITH_SCHEMAS = 'decoded to JSON, with schemas of SCHEMA_REGISTRY_URL'

/** What each value of VALUE_FORMAT means. */
const valueFormatMeanings: Record<ValueFormatName, string> = {
  auto: 'text, or base64 where bytes are not text',
  json: 'JSON, which becomes part of the object’s JSON',
  base64: 'bytes, always in base64',
  avro: WITH_SCHEMAS,
  protobuf: WITH_SCHEMAS,
  'json-schema': WITH_SCHEMAS,
}

const valueFormatsByMeaning = Array.from(
  Map.groupBy(valueFormatNames, name => valueFormatMeanings[name]),
  ([meaning, names]) => `${names.join(', ')}: ${meaning}.`,
)

/** How an object holds its records. */
export const formatSection = section({
  title: 'Format',
  prefix: '',
  variables: {
    FORMAT: variable(z.enum(formatNames).default('json'), {
      description: 'How an object holds its records; its key ends in the format’s name.',
      expected: `one of ${formatNames.join(', ')}`,
    }),
    COMPRESSION: variable(z.enum(compressionNames).optional(), {
      description:
        `Compression of the object, whose key then ends in ${compressionExtensions.join(' or ')}; ` +
        `${formatsWhere(({ compressesInside }) => compressesInside, ' and ')} compress inside. ` +
        `Not set: ${defaultCompressions.join('; ')}.`,
      expected: `one of ${compressionNames.join(', ')}`,
    }),
    COMPRESSION_LEVEL: variable(wholeNumber(1, mostLevel).optional(), {
      description:
        `How much time the compression takes for smaller objects: ${levelRanges}. ` +
        `Not set: ${usualLevels}. Objects that are joined keep the level that their batches have.`,
      expected: `a whole number, ${levelRanges}`,
    }),
    RECORD_SEPARATOR: variable(
      z
        .string()
        .regex(/^([^\\]|\\[nrt0\\]|\\x[0-9a-f]{2}){1,20}$/i)
        .transform(unescaped)
        .optional(),
      {
        description: `Follows each record of ${formatsWhere(hasSeparators, ' and ')}; \\n, \\r, \\t, \\0, \\\\ and \\x1e are characters. Not set: \\n.`,
        expected: '1 to 20 characters, with \\n, \\r, \\t, \\0, \\\\ or \\x1e for those that can’t be typed',
      },
    ),
    INCLUDE_KEY: variable(flag().optional(), {
      description: `Whether ${formatsWhere(hasOptionalKeys, ' and ')} includes the keys, each followed by a tab and its value. Not set: false. Other formats always do.`,
      expected: 'true or false',
    }),
    INCLUDE_HEADERS: variable(flag().optional(), {
      description: `Whether each record includes its headers. Not set: true, for ${formatsWhere(lacksHeaders, ' and ')} false.`,
      expected: 'true or false',
    }),
    VALUE_FORMAT: variable(z.enum(valueFormatNames).default('auto'), {
      description: `What the values are. ${valueFormatsByMeaning.join(' ')}`,
      expected: `one of ${valueFormatNames.join(', ')}`,
    }),
    MAX_INLINE_VALUE_BYTES: variable(wholeNumber(1, 2 ** 31 - 1).optional(), {
      description: 'Larger values are stored as objects of their own, which the records name. Not set: none are.',
      expected: 'a whole number from 1 to 2147483647',
    }),
    INCLUDE_VALUE_SIZE: variable(flag().default(false), {
      description: 'Whether each record includes the size of its value in Kafka, in bytes.',
      expected: 'true or false',
    }),
  },
  rules: [
    {
      variable: 'COMPRESSION_LEVEL',
      expected: `a level that the compression has: ${levelRanges}`,
      holds: ({ FORMAT, COMPRESSION, COMPRESSION_LEVEL }) => {
        if (FORMAT === undefined || COMPRESSION_LEVEL === undefined) return true
        const { levels } = compressions[COMPRESSION ?? formats[FORMAT].defaultCompression]
        return levels !== undefined && COMPRESSION_LEVEL >= levels.least && COMPRESSION_LEVEL <= levels.most
      },
    },
    {
      variable: 'RECORD_SEPARATOR',
      expected: `nothing, unless FORMAT is ${formatsWhere(hasSeparators)}`,
      holds: ({ FORMAT, RECORD_SEPARATOR }) =>
        FORMAT === undefined || isFormat(FORMAT, hasSeparators) || RECORD_SEPARATOR === undefined,
    },
    {
      variable: 'RECORD_SEPARATOR',
      expected: `control characters such as \\n, as FORMAT is ${formatsWhere(hasControlSeparators)} and other characters can be part of a record`,
      holds: ({ FORMAT, RECORD_SEPARATOR = '\n' }) =>
        !isFormat(FORMAT, hasControlSeparators) || CONTROL_CHARACTERS.test(RECORD_SEPARATOR),
    },
    {
      variable: 'INCLUDE_KEY',
      expected: `nothing, unless FORMAT is ${formatsWhere(hasOptionalKeys)}: other formats always include the keys`,
      holds: ({ FORMAT, INCLUDE_KEY }) =>
        FORMAT === undefined || isFormat(FORMAT, hasOptionalKeys) || INCLUDE_KEY === undefined,
    },
    {
      variable: 'INCLUDE_HEADERS',
      expected: `nothing, as FORMAT is ${formatsWhere(lacksHeaders)}, which can’t hold headers`,
      holds: ({ FORMAT, INCLUDE_HEADERS }) => !isFormat(FORMAT, lacksHeaders) || !INCLUDE_HEADERS,
    },
    {
      variable: 'VALUE_FORMAT',
      expected: `another one: ${formatsWhere(lacksBase64, ' and ')} hold bytes as they are`,
      holds: ({ FORMAT, VALUE_FORMAT = 'auto' }) =>
        !isFormat(FORMAT, ({ valueContents }) => !valueContents.includes(valueFormats[VALUE_FORMAT].content)),
    },
    {
      variable: 'MAX_INLINE_VALUE_BYTES',
      expected: `nothing, as FORMAT is ${formatsWhere(lacksValueObjects)}, which can’t hold the name of an object`,
      holds: ({ FORMAT, MAX_INLINE_VALUE_BYTES }) =>
        !isFormat(FORMAT, lacksValueObjects) || MAX_INLINE_VALUE_BYTES === undefined,
    },
    {
      variable: 'INCLUDE_VALUE_SIZE',
      expected: `nothing, as FORMAT is ${formatsWhere(lacksValueSizes)}, which can’t hold it`,
      holds: ({ FORMAT, INCLUDE_VALUE_SIZE }) => !isFormat(FORMAT, lacksValueSizes) || !INCLUDE_VALUE_SIZE,
    },
  ],
  settings: (values): FormatSettings & { valueFormat: ValueFormatName } => {
    const { defaultCompression, keys, holdsHeaders } = formats[values.FORMAT]
    return {
      format: values.FORMAT,
      compression: values.COMPRESSION ?? defaultCompression,
      compressionLevel: values.COMPRESSION_LEVEL,
      recordSeparator: values.RECORD_SEPARATOR ?? '\n',
      includeKey: values.INCLUDE_KEY ?? keys === 'always',
      includeHeaders: values.INCLUDE_HEADERS ?? holdsHeaders,
      valueFormat: values.VALUE_FORMAT,
      values: valueFormats[values.VALUE_FORMAT].content,
      maxInlineValueBytes: values.MAX_INLINE_VALUE_BYTES,
      includeValueSize: values.INCLUDE_VALUE_SIZE,
    }
  },
})

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL_CHARACTERS = /^[\x00-\x1f]+$/

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', '0': '\0', '\\': '\\' }

function unescaped(text: string): string {
  return text.replace(
    /\\(x..|.)/gi,
    (_, name: string) => escapes[name] ?? String.fromCharCode(Number.parseInt(name.slice(1), 16)),
  )
}
