import { already, becomes, becomesSecret, depends, flagged, keyFate, none, numbered } from './outcomes.ts'
import type { Given, Settings } from './setting.ts'

/** Settings of the store that Confluent’s sink and the Kafka Backup sink have in common. */
export const storeSettings: Settings = {
  's3.bucket.name': becomes('to.bucket'),
  's3.part.size': becomes('to.partSize', {
    text: 'the same default and minimum',
    default: '26214400',
    range: 'at least 5242880',
    convert: numbered,
    otherwise: 'expected a whole number of bytes',
  }),
  's3.wan.mode': becomes('to.accelerate', { default: 'false', convert: flagged, otherwise: 'expected true or false' }),
  's3.ssea.name': depends(
    ['to.sse'],
    '',
    (value, given) => {
      if (value === '') return { group: 'already', said: 'the bucket’s own encryption' }
      if (given.has('s3.sse.customer.key')) return { group: 'unneeded', said: 'a key of your own needs no algorithm' }
      return keyFate('to.sse', value, given)
    },
    { default: '', range: 'AES256, aws:kms' },
  ),
  's3.sse.customer.key': becomesSecret('to.sseCustomerKey', {
    variable: 'SSE_KEY_SECRET_ARN',
    field: 'key',
    text: 'as base64',
  }),
  's3.sse.kms.key.id': depends(['to.sseKmsKeyId'], 'an id or an ARN, no alias', (value, given) => {
    if (given.get('s3.ssea.name') !== 'aws:kms') return { group: 'unneeded', said: 's3.ssea.name is not aws:kms' }
    if (/(^|:)alias\//.test(value)) return { group: 'person', said: 'permissions need the key’s ARN, not an alias' }
    return keyFate('to.sseKmsKeyId', value, given)
  }),
  's3.acl.canned': becomes('to.acl'),
  's3.proxy.url': depends(['to.proxyUrl'], '', (value, given) => {
    if (value === '') return { group: 'already', said: 'no proxy' }
    if (/\/\/[^/]*@/.test(value))
      return {
        group: 'person',
        said: 'write it without user and password, which are `to.proxyUser` and `to.proxyPassword`',
      }
    return keyFate('to.proxyUrl', value, given)
  }),
  's3.proxy.user': becomes('to.proxyUser'),
  's3.proxy.password': becomesSecret('to.proxyPassword', { variable: 'PROXY_SECRET_ARN', field: 'password' }),
  's3.part.retries': becomes('to.maxRetries', {
    text: 'the same default',
    default: '3',
    convert: numbered,
    otherwise: 'expected a whole number',
  }),
  's3.retry.backoff.ms': becomes('to.retryBackoffMs', {
    text: 'it doubles; the same default',
    default: '200',
    convert: numbered,
    otherwise: 'expected a whole number of milliseconds',
  }),
  's3.http.send.expect.continue': becomes('to.expectContinue', {
    default: 'true',
    convert: flagged,
    otherwise: 'expected true or false',
  }),
  'retry.backoff.ms': none(
    'a batch is repeated within its invocation, with pauses from 0.2 s that double up to 10 s, and then by its mapping, ' +
      'which has pauses of its own. A fixed pause would use up the invocation’s time',
    { default: '5000' },
  ),
  'filename.offset.zero.pad.width': becomes('to.offsetPadWidth', {
    text: 'the same default and minimum',
    default: '10',
    range: 'at least 0',
    convert: numbered,
    otherwise: 'expected a whole number',
  }),
  ...accessKeySettings('aws.access.key.id', 'aws.secret.access.key'),
}

/** The access key of a store. On AWS the function's role needs none. */
export function accessKeySettings(id: string, secret: string): Settings {
  const text = 'as a reference to a secret. On AWS both can be left out: the function writes as its own role'
  const secretHolds = { variable: 'STORE_SECRET_ARN', holds: '`accessKeyId` and `secretAccessKey`', text }
  return {
    [id]: becomesSecret('to.accessKeyId', { ...secretHolds, field: 'accessKeyId' }),
    [secret]: becomesSecret('to.secretAccessKey', { ...secretHolds, field: 'secretAccessKey' }),
  }
}

/** Whether the bucket is in the path. With an endpoint that is the default here. */
export function pathStyle(endpoint: string, fallback: string) {
  return depends(
    ['to.forcePathStyle'],
    'true by default with `to.endpoint`',
    (value: string, given: Given) => {
      const flag = flagged(value)
      if (flag === undefined) return { group: 'person', said: 'expected true or false' }
      if (!given.has(endpoint)) return { group: 'unneeded', said: 'AWS takes the bucket in the host name' }
      return flag
        ? { group: 'already', said: 'true with `to.endpoint`' }
        : { group: 'taken', keys: { 'to.forcePathStyle': false } }
    },
    { default: fallback },
  )
}

/** Of the store's default encryption and the like: said once. */
export const storage = already('S3 or a store that speaks its protocol')
