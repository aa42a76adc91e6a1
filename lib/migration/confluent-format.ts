import { depends, keyFate, none, unneeded } from './outcomes.ts'
import type { Fate, Given, Settings } from './setting.ts'

/** The format of an object by the class there, without its package. */
const formats: Record<string, string> = {
  JsonFormat: 'jsonl',
  AvroFormat: 'avro',
  ParquetFormat: 'parquet',
  ByteArrayFormat: 'raw',
}

const formatOf = (given: Given) => formats[given.get('format.class')?.split('.').at(-1) ?? '']

/** What codecs of Avro and Parquet are called here. What is not written here has the nearest one. */
const avroCodecs: Record<string, string> = {
  null: 'none',
  deflate: 'gzip',
  zstandard: 'zstd',
  snappy: 'zstd',
  bzip2: 'zstd',
}
const parquetCodecs: Record<string, string> = {
  ...{ none: 'none', uncompressed: 'none', gzip: 'gzip', zstd: 'zstd', snappy: 'zstd' },
  ...{ brotli: 'zstd', lz4: 'zstd', lzo: 'zstd' },
}

/** What is in an object. */
export const confluentFormat: Settings = {
  'format.class': depends(
    ['to.format'],
    '`JsonFormat` is `jsonl`, whose lines have the value with key, headers, offset and timestamp (`raw` has values alone); `AvroFormat` ' +
      '`avro`, `ParquetFormat` `parquet`, `ByteArrayFormat` `raw`',
    formatFate,
  ),
  's3.compression.type': depends(['to.compression'], 'none, gzip, zstd', compressionFate, {
    default: 'none',
    range: 'none, gzip',
    implied: true,
  }),
  's3.compression.level': depends(['to.compressionLevel'], '1 to 9; -1 is our own level', levelFate, { default: '-1' }),
  'avro.codec': depends(
    ['to.compression'],
    'null is `none`, deflate `gzip`, all others `zstd`',
    codecFate('avro', avroCodecs),
    {
      default: 'null',
      implied: true,
    },
  ),
  'parquet.codec': depends(
    ['to.compression'],
    'none, gzip, zstd; all others are `zstd`',
    codecFate('parquet', parquetCodecs),
    {
      default: 'snappy',
    },
  ),
  'format.bytearray.extension': none('objects of the format `raw` end in `.raw`', { default: '.bin' }),
  'format.bytearray.separator': depends(['to.recordSeparator'], 'a newline by default', separatorFate),
  'json.decimal.format': none('decimals of decoded values are strings of their digits', { default: 'BASE64' }),
  'schema.compatibility': unneeded('a changed schema closes no object, as each record is on its own', {
    default: 'NONE',
  }),
  's3.schema.partition.affix.type': none('folders don’t have the schema’s name', { default: 'NONE' }),
  'schemas.cache.config': unneeded('schemas are cached', { default: '1000' }),
  'enhanced.avro.schema.support': unneeded('Avro is decoded to JSON', { default: 'true' }),
  'connect.meta.data': unneeded('objects have no schema of Kafka Connect', { default: 'true' }),
  'allow.optional.map.keys': unneeded('objects have no schema of Kafka Connect', { default: 'false' }),
}

function formatFate(_: string, given: Given): Fate {
  const format = formatOf(given)
  if (!format) return { group: 'person', said: 'not a format that is known here: choose a `to.format`' }
  const fate = keyFate('to.format', format, given)
  if (format === 'raw') return { ...fate, said: 'the values, each followed by a separator' }
  return { ...fate, said: 'a record has its value in the field `value`, beside key, headers, offset and timestamp' }
}

function compressionFate(value: string, given: Given): Fate {
  const format = formatOf(given)
  if (format === 'avro' || format === 'parquet') return { group: 'unneeded', said: `${format} compresses inside` }
  return keyFate('to.compression', value, given)
}

/** The level is that of gzip; -1 lets zlib choose, and 0 doesn't compress. */
function levelFate(value: string, given: Given): Fate {
  if (compressionFate(value, given).group === 'unneeded')
    return { group: 'unneeded', said: 'the format compresses inside' }
  if (given.get('s3.compression.type') !== 'gzip') return { group: 'unneeded', said: 'only gzip has a level there' }
  if (value === '-1') return { group: 'already', said: 'the level is chosen for gzip' }
  if (value === '0') return { group: 'person', said: '`to.compression: none` stores objects as they are' }
  return keyFate('to.compressionLevel', value, given)
}

function codecFate(format: string, codecs: Record<string, string>) {
  return (value: string, given: Given): Fate => {
    if (formatOf(given) !== format) return { group: 'unneeded', said: `the format is not ${format}` }
    const codec = codecs[value.toLowerCase()]
    if (!codec) return { group: 'person', said: '`to.compression` expects none, gzip or zstd' }
    // Parquet's default here.
    if (format === 'parquet' && codec === 'zstd') return { group: 'already', said: 'Parquet has zstd by default' }
    return keyFate('to.compression', codec, given)
  }
}

function separatorFate(value: string, given: Given): Fate {
  if (formatOf(given) !== 'raw') return { group: 'unneeded', said: 'only `raw` has separators' }
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')
  return escaped === '' || escaped === '\\n'
    ? { group: 'already', said: 'a newline' }
    : keyFate('to.recordSeparator', escaped, given)
}
