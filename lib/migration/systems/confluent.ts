import { confluentFormat } from '../confluent-format.ts'
import { connectSinkSettings } from '../connect-sink.ts'
import { folderSettings } from '../folders.ts'
import { already, becomes, depends, keyFate, none, unneeded } from '../outcomes.ts'
import { rotationSettings } from '../rotation.ts'
import type { Fate, Given, Settings } from '../setting.ts'
import { sinkSwitching, sinksMore } from '../sink-switching.ts'
import { accessKeySettings, pathStyle, storage, storeSettings } from '../store-settings.ts'
import type { System } from '../system.ts'

const KEPT = 'a tombstone is a record without a value, stored as any other'

/** Where objects are. */
const places: Settings = {
  's3.region': becomes('to.region', { default: 'us-west-2', implied: true }),
  'store.url': becomes('to.endpoint'),
  's3.path.style.access.enabled': pathStyle('store.url', 'true'),
  'topics.dir': becomes('to.prefix', { default: 'topics', implied: true }),
  'directory.delim': already('folders are separated by /', { default: '/', values: ['/'] }),
  'file.delim': depends(
    ['to.keyTemplate'],
    '`{topic}/{path}/{topic}+{partition}+{offsets}` by default',
    delimiterFate,
    {
      default: '+',
    },
  ),
  'storage.class': storage,
  's3.object.tagging': already('each object’s metadata have `first-offset`, `last-offset` and `record-count`', {
    default: 'false',
  }),
  's3.object.tagging.key.value.pairs': depends(['to.tags'], 'at most ten', tagsFate, { default: '' }),
  's3.object.behavior.on.tagging.error': unneeded('tags are written with the object, in one request', {
    default: 'ignore',
  }),
  'enable.conditional.writes': already('an object is created once, also with rotation by the clock', {
    default: 'true',
  }),
  'max.files.scan.limit': unneeded('names follow from the records, so no object has to be looked for', {
    default: '100',
  }),
  's3.send.digest': already('the store verifies a checksum of each object: `to.checksum`', { default: 'false' }),
}

function delimiterFate(value: string, given: Given): Fate {
  if (value === '+') return { group: 'already', said: 'parts of a name are separated by +' }
  return keyFate('to.keyTemplate', `{topic}/{path}/{topic}${value}{partition}${value}{offsets}`, given)
}

/** `key:value,key:value` as JSON. */
function tagsFate(value: string, given: Given): Fate {
  if (given.get('s3.object.tagging')?.toLowerCase() !== 'true')
    return { group: 'unneeded', said: 's3.object.tagging is false' }
  const pairs = value.split(',').map(pair => pair.split(':').map(part => part.trim()))
  if (pairs.some(({ length }) => length !== 2))
    return { group: 'person', said: 'expected key:value, separated by commas' }
  return keyFate('to.tags', Object.fromEntries(pairs), given)
}

/** How the sink gets its credentials. */
const credentials: Settings = {
  's3.credentials.provider.class': depends(
    [],
    'the function writes as its own role, which the deployment makes',
    providerFate,
    {
      default: 'DefaultCredentialsProvider',
    },
  ),
  ...accessKeySettings('s3.credentials.provider.access_key_id', 's3.credentials.provider.secret_access_key'),
  's3.credentials.provider.sts.role.arn': none('allow the function’s role in the bucket’s policy instead'),
  's3.credentials.provider.*': none('settings of a provider of credentials: the function writes as its own role'),
}

function providerFate(value: string): Fate {
  const name = value.split('.').at(-1) ?? ''
  if (name.startsWith('Default')) return { group: 'already', said: 'the function writes as its own role' }
  if (name === 'AivenAWSCredentialsProvider') return { group: 'unneeded', said: 'the access key says it' }
  return {
    group: 'person',
    said: 'the function writes as its own role: allow it in the bucket’s policy, or declare an access key',
  }
}

/** How the sink works inside. */
const inside: Settings = {
  'behavior.on.null.values': unneeded(KEPT, { default: 'fail', range: 'ignore, fail, write' }),
  'report.null.values.to.dlq': unneeded(KEPT, { default: 'true' }),
  'tombstone.encoded.partition': unneeded(KEPT, { default: 'tombstone' }),
  'store.kafka.keys': already('each record has its key, in the same object; the format `raw` with `to.includeKey`', {
    default: 'false',
  }),
  'store.kafka.headers': already(
    'each record has its headers, in the same object, unless `to.includeHeaders` is false',
    {
      default: 'false',
    },
  ),
  'keys.format.class': unneeded('keys are in the object itself', { default: 'AvroFormat' }),
  'headers.format.class': unneeded('headers are in the object itself', { default: 'AvroFormat' }),
  'max.write.duration.ms': unneeded('`timeoutSeconds` is the longest invocation', { default: '9223372036854775807' }),
  'shutdown.timeout.ms': unneeded('nothing is shut down', { default: '3000' }),
  'rotate.file.on.partition.change': unneeded('records of another folder close no object', { default: 'true' }),
  's3.elastic.buffer.enable': unneeded('memory doesn’t grow with the number of partitions', { default: 'false' }),
  's3.elastic.buffer.init.capacity': unneeded('memory doesn’t grow with the number of partitions', {
    default: '131072',
  }),
}

/**
 * Confluent’s sink. Source: kafka-connect-storage-cloud, `S3SinkConnectorConfig`; kafka-connect-storage-common,
 * `StorageSinkConnectorConfig`, `StorageCommonConfig`, `PartitionerConfig`.
 */
export const confluent: System = {
  title: 'Confluent: Amazon S3 sink',
  source: 'https://docs.confluent.io/kafka-connectors/s3-sink/current/configuration_options.html',
  type: 'dump',
  settings: {
    ...connectSinkSettings,
    ...places,
    ...storeSettings,
    ...credentials,
    ...confluentFormat,
    ...rotationSettings(true),
    ...folderSettings,
    ...inside,
  },
  matches: given => given('connector.class')?.endsWith('io.confluent.connect.s3.S3SinkConnector') ?? false,
  more: sinksMore,
  switching: sinkSwitching,
}
