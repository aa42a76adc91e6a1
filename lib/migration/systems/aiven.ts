import { convertTemplate } from '../aiven-template.ts'
import { connectSinkSettings } from '../connect-sink.ts'
import { already, becomes, depends, keyFate, listed, none, numbered, unneeded } from '../outcomes.ts'
import type { Fate, Given, Settings } from '../setting.ts'
import { sinkSwitching, sinksMore } from '../sink-switching.ts'
import { accessKeySettings } from '../store-settings.ts'
import type { System } from '../system.ts'

const store: Settings = {
  ...accessKeySettings('aws.access.key.id', 'aws.secret.access.key'),
  'aws.credentials.provider': none('the function writes as its own role: allow it in the bucket’s policy'),
  'aws.s3.bucket.name': becomes('to.bucket'),
  'aws.s3.endpoint': becomes('to.endpoint'),
  'aws.s3.region': becomes('to.region', { default: 'us-east-1', implied: true }),
  'aws.s3.prefix': depends(['to.prefix'], 'a folder, levels separated by /', prefixFate),
  'aws.s3.sse.algorithm': becomes('to.sse', {
    range: 'AES256, aws:kms, aws:kms:dsse',
    text: 'except for aws:kms:dsse',
  }),
  'aws.s3.part.size.bytes': becomes('to.partSize', {
    default: '5242880',
    convert: numbered,
    otherwise: 'expected a whole number of bytes',
  }),
  'aws.s3.backoff.delay.ms': becomes('to.retryBackoffMs', {
    default: '100',
    convert: numbered,
    otherwise: 'expected a whole number of milliseconds',
  }),
  'aws.s3.backoff.max.delay.ms': unneeded('pauses end with the invocation’s time', { default: '20000' }),
  'aws.s3.backoff.max.retries': becomes('to.maxRetries', {
    default: '3',
    convert: numbered,
    otherwise: 'expected a whole number',
  }),
  'aws.sts.role.arn': none('the function writes as its own role: allow it in the bucket’s policy'),
  'aws.sts.role.external.id': unneeded('no role is assumed'),
  'aws.sts.role.session.name': unneeded('no role is assumed'),
  'aws.sts.role.session.duration': unneeded('no role is assumed', { default: '3600' }),
  'aws.sts.config.endpoint': unneeded('no role is assumed', { default: 'https://sts.amazonaws.com' }),
  'aws.s3.fetch.page.size': unneeded('of the source connector', { default: '10' }),
  'aws.s3.fetch.buffer.size': unneeded('of the source connector', { default: '1000' }),
  'kafka.retry.backoff.ms': unneeded('a batch is repeated within its invocation, and then by its mapping'),
}

const WITHOUT_EXTENSION = 'the format adds the extension'

const files: Settings = {
  'file.name.template': depends(
    ['to.keyTemplate', 'to.pathFormat'],
    '`{{topic}}` is `{topic}`, `{{start_offset}}` `{offsets}`; folders with `{{timestamp}}` are `{path}` with `to.pathFormat`, by the records’ timestamps. ' +
      'Names by `{{key}}` have no counterpart; `to.keepLatest` keeps the newest record of each key',
    templateFate,
    { default: '{{topic}}-{{partition}}-{{start_offset}}', implied: true },
  ),
  'file.prefix.template': none('folders belong into `to.prefix` or `to.keyTemplate`'),
  'file.max.records': becomes('to.rotate.flushSize', {
    text: 'without it, each batch is an object, as there: by default after 60 s',
    default: '0',
    convert: value => (value === '0' ? -1 : numbered(value)),
    otherwise: 'expected a whole number',
  }),
  'file.compression.type': depends(['to.compression'], 'snappy is `zstd`', compressionFate, {
    default: 'gzip',
    range: 'none, gzip, snappy, zstd',
  }),
  'file.name.timestamp.timezone': depends(['to.timezone'], '', timezoneFate, { default: 'Z' }),
  'file.name.timestamp.source': already('times are those of the records', { default: 'WALLCLOCK' }),
  'format.output.type': depends(
    ['to.format'],
    '`json`, `jsonl`, `avro`, `parquet`. CSV of the value alone, without an encoding, is `raw`; other CSV has no counterpart',
    typeFate,
    { default: 'csv', range: 'csv, json, jsonl, avro, parquet', implied: true },
  ),
  'format.output.fields': already('each record has key, value, headers, offset and timestamp', { default: 'value' }),
  'format.output.fields.value.encoding': unneeded('text is text, and bytes are base64 where they are not', {
    default: 'base64',
    range: 'base64, none',
  }),
  'format.output.envelope': depends(
    ['to.format'],
    'false is `raw`, with the values alone, for `json` and `jsonl`',
    (value, given) =>
      value.toLowerCase() === 'false'
        ? typeFate(given.get('format.output.type') ?? '', given)
        : { group: 'already', said: 'a record has its value in the field `value`' },
    { default: 'true' },
  ),
}

function prefixFate(value: string, given: Given): Fate {
  if (value.includes('{{')) return { group: 'person', said: 'folders by time are `to.partitioner` or `to.keyTemplate`' }
  if (!value.endsWith('/'))
    return {
      group: 'person',
      keys: { 'to.prefix': value },
      said: 'it began the objects’ names there, and is a folder here',
    }
  return keyFate('to.prefix', value.replace(/\/$/, ''), given)
}

function templateFate(value: string, given: Given): Fate {
  const converted = convertTemplate(value)
  if (!converted) return { group: 'person', said: 'no such names here: see `to.keyTemplate`' }
  const { keyTemplate, pathFormat } = converted
  const fate = keyFate('to.keyTemplate', keyTemplate, given)
  if (fate.group === 'person' || pathFormat === undefined) return { ...fate, said: fate.said ?? WITHOUT_EXTENSION }
  const folders = keyFate('to.pathFormat', pathFormat, given)
  if (folders.group === 'person') return folders
  return {
    ...fate,
    group: 'taken',
    keys: { ...fate.keys, ...folders.keys, 'to.partitioner': 'time' },
    said: WITHOUT_EXTENSION,
  }
}

function compressionFate(value: string, given: Given): Fate {
  if (value.toLowerCase() === 'snappy')
    return { ...keyFate('to.compression', 'zstd', given), said: 'snappy is not written; zstd is smaller' }
  return keyFate('to.compression', value.toLowerCase(), given)
}

function timezoneFate(value: string, given: Given): Fate {
  const isByTime = convertTemplate(given.get('file.name.template') ?? '')?.pathFormat !== undefined
  if (!isByTime) return { group: 'unneeded', said: 'no folder is by time' }
  return keyFate('to.timezone', value === 'Z' ? 'UTC' : value, given)
}

function typeFate(value: string, given: Given): Fate {
  const type = value.toLowerCase()
  const isValueOnly = listed(given.get('format.output.fields') ?? '').join() === 'value'
  const isPlain = given.get('format.output.fields.value.encoding') === 'none'
  if (type === 'csv' && isValueOnly && isPlain) return keyFate('to.format', 'raw', given)
  if (type === 'csv') {
    return {
      group: 'person',
      keys: { 'to.format': 'jsonl' },
      said: 'CSV is not written: `jsonl` has the same fields with names; `raw` has values alone',
    }
  }
  const isBare = given.get('format.output.envelope')?.toLowerCase() === 'false'
  return keyFate('to.format', isBare && type.startsWith('json') ? 'raw' : type, given)
}

/** Names before version 2.6, with what they are called since. */
const formerNames: Record<string, string> = {
  aws_access_key_id: 'aws.access.key.id',
  aws_secret_access_key: 'aws.secret.access.key',
  aws_s3_bucket: 'aws.s3.bucket.name',
  aws_s3_endpoint: 'aws.s3.endpoint',
  aws_s3_region: 'aws.s3.region',
  aws_s3_prefix: 'aws.s3.prefix',
  output_compression: 'file.compression.type',
  output_fields: 'format.output.fields',
  'timestamp.timezone': 'file.name.timestamp.timezone',
  'timestamp.source': 'file.name.timestamp.source',
}

const own: Settings = { ...store, ...files }
const former: Settings = Object.fromEntries(
  Object.entries(formerNames).map(([name, current]) => {
    const setting = own[current] as Settings[string]
    return [name, { ...setting, implied: false, text: `the former name of \`${current}\`` }]
  }),
)

/** Aiven’s sink. Source: cloud-storage-connectors-for-apache-kafka, `S3SinkConfig` and its fragments. */
export const aiven: System = {
  title: 'Aiven: Amazon S3 sink',
  source: 'https://github.com/Aiven-Open/cloud-storage-connectors-for-apache-kafka/tree/main/s3-sink-connector',
  type: 'dump',
  settings: { ...connectSinkSettings, ...own, ...former },
  matches: given => /\bio\.aiven\.kafka\.connect\.s3\./.test(given('connector.class') ?? ''),
  more: sinksMore,
  switching: sinkSwitching,
}
