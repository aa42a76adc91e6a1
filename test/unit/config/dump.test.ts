import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { dumpSections, readDumpSettings } from '../../../lib/config/dump.ts'
import { DEFAULT_TEMPLATE, parseTemplate } from '../../../lib/objects/template.ts'
import { parsePathFormat, timePresets } from '../../../lib/objects/time-path.ts'

const minimal = { S3_BUCKET: 'my-bucket' }
const accessPoint = 'arn:aws:s3:eu-central-1:123456789012:accesspoint/lake'
/** An empty sequence of DER. */
const pem = (kind: string) => `-----BEGIN ${kind}-----\\nMAA=\\n-----END ${kind}-----`

const encryption = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'the password' } as const
const encryptedKey = generateKeyPairSync('ed25519').privateKey.export(encryption).toString()

function faultsOf(environment: Record<string, string>): string {
  try {
    readDumpSettings(environment)
    return ''
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    return (error as Error).message
  }
}

describe('the configuration of dump', () => {
  test('needs a bucket and nothing else', () => {
    expect(readDumpSettings(minimal)).toEqual({
      store: {
        bucket: 'my-bucket',
        region: 'us-east-1',
        endpoint: undefined,
        forcePathStyle: false,
        accelerate: false,
        credentials: undefined,
        profile: undefined,
        proxy: undefined,
        retries: { most: 3, firstPauseMs: 200 },
        expectContinue: true,
        checksum: 'crc32',
        contentEncoding: true,
        encryption: undefined,
        acl: undefined,
        storageClass: undefined,
        tags: undefined,
        partSize: 26_214_400,
        ifNoneMatch: false,
      },
      format: {
        format: 'json',
        compression: 'gzip',
        recordSeparator: '\n',
        includeKey: true,
        includeHeaders: true,
        valueFormat: 'auto',
        values: 'bytes',
        maxInlineValueBytes: undefined,
        includeValueSize: false,
      },
      keys: { prefix: '', template: parseTemplate(DEFAULT_TEMPLATE), partitioner: { name: 'default' }, padWidth: 10 },
      failure: {
        policy: 'log',
        partialBatchResponses: false,
        abnormalDataTopic: undefined,
        deadLetterTopic: undefined,
        topics: { partitions: 1, cleanupPolicy: 'delete' },
        service: 'kafka-functions',
        connector: 'kafka-functions',
        logLevel: 'INFO',
      },
      source: undefined,
    })
  })

  test('takes region and name from the platform when not given', () => {
    const { store, failure } = readDumpSettings({
      ...minimal,
      AWS_REGION: 'eu-west-1',
      AWS_LAMBDA_FUNCTION_NAME: 'orders-dump',
    })
    expect([store.region, failure.connector]).toEqual(['eu-west-1', 'orders-dump'])
  })

  test('an empty variable counts as not set', () => {
    expect(readDumpSettings({ ...minimal, COMPRESSION: '', S3_ENDPOINT: '', AWS_REGION: '' })).toEqual(
      readDumpSettings(minimal),
    )
  })

  test('an endpoint means path style, unless told otherwise', () => {
    const endpoint = { ...minimal, S3_ENDPOINT: 'http://127.0.0.1:9000' }
    expect(readDumpSettings(endpoint).store.forcePathStyle).toBe(true)
    expect(readDumpSettings({ ...endpoint, S3_FORCE_PATH_STYLE: 'false' }).store.forcePathStyle).toBe(false)
  })

  test('each format has the compression, keys and headers that one expects of it', () => {
    const formatOf = (environment: Record<string, string>) => readDumpSettings({ ...minimal, ...environment }).format
    expect(formatOf({ FORMAT: 'parquet' })).toMatchObject({
      compression: 'zstd',
      includeKey: true,
      includeHeaders: true,
    })
    expect(formatOf({ FORMAT: 'raw' })).toMatchObject({ compression: 'gzip', includeKey: false, includeHeaders: false })
    expect(formatOf({ FORMAT: 'parquet', COMPRESSION: 'gzip' }).compression).toBe('gzip')
  })

  test('a temporary access key has its session token', () => {
    const key = { S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret', S3_SESSION_TOKEN: 'token' }
    expect(readDumpSettings({ ...minimal, ...key }).store.credentials).toEqual({
      ...{ accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' },
    })
  })

  test('PARTITION_BY takes the time zone and the fallback, and leaves room for a prefix', () => {
    const parts = {
      PARTITION_BY: '/tenant,region=header:r,/kind,daily',
      TIMEZONE: 'Asia/Tokyo',
      PARTITION_FIELD_FALLBACK: 'x',
    }
    expect(readDumpSettings({ ...minimal, ...parts, OBJECT_PREFIX: 'p'.repeat(50) }).keys.partitioner).toMatchObject({
      ...{ name: 'parts', timeZone: 'Asia/Tokyo', fallback: 'x' },
      parts: [{ field: { pointer: ['tenant'] } }, { name: 'region' }, {}, {}],
    })
  })

  // As the Kafka Backup sink's filename.offset.zero.pad.width may be.
  test('offsets need not be padded', () => {
    expect(readDumpSettings({ ...minimal, OFFSET_PAD_WIDTH: '0' }).keys.padWidth).toBe(0)
  })

  test.each([
    ['\\n', '\n'],
    ['\\r\\n', '\r\n'],
    ['\\x1E', '\u001e'],
    ['\\0', '\0'],
    [',', ','],
    ['|\\\\|', '|\\|'],
  ])('the record separator %s', (written, separator) => {
    const { format } = readDumpSettings({ ...minimal, FORMAT: 'raw', RECORD_SEPARATOR: written })
    expect(format.recordSeparator).toBe(separator)
  })

  test.each([
    [{ COMPRESSION_LEVEL: '9' }, 9],
    [{ COMPRESSION: 'zstd', COMPRESSION_LEVEL: '19' }, 19],
    [{ FORMAT: 'parquet', COMPRESSION_LEVEL: '12' }, 12],
    [{}, undefined],
  ])('the level of compression with %j', (environment, level) => {
    expect(readDumpSettings({ ...minimal, ...environment }).format.compressionLevel).toBe(level)
  })

  test('a cluster with SASL over TLS', () => {
    const settings = readDumpSettings({
      ...minimal,
      SOURCE_KAFKA_BROKERS: 'b-1:9096, b-2:9096',
      SOURCE_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      SOURCE_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      SOURCE_KAFKA_USERNAME: 'bob',
      SOURCE_KAFKA_PASSWORD: 'bob-secret',
      SOURCE_KAFKA_CA: pem('CERTIFICATE'),
    })
    expect(settings.source).toMatchObject({
      brokers: ['b-1:9096', 'b-2:9096'],
      securityProtocol: 'SASL_SSL',
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'bob', password: 'bob-secret' },
      ca: '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n',
    })
  })

  test('topics for failed records are created as the variables say', () => {
    const topics = { FAILURE_TOPIC_PARTITIONS: '12', FAILURE_TOPIC_CLEANUP_POLICY: 'compact,delete' }
    expect(readDumpSettings({ ...minimal, ...topics }).failure.topics).toEqual({
      partitions: 12,
      cleanupPolicy: 'compact,delete',
    })
  })

  test('one error names every wrong variable and what was expected', () => {
    const message = faultsOf({
      S3_ENDPOINT: 'ftp://example.com',
      COMPRESSION: 'lzo',
      OFFSET_PAD_WIDTH: '99',
      FAILURE_POLICY: 'ignore',
      PARTIAL_BATCH_RESPONSES: 'yes',
      DEAD_LETTER_TOPIC: 'no/topic',
      LOG_LEVEL: 'LOUD',
    })
    expect(message).toContain(
      'S3_BUCKET: expected a bucket name (3 to 63 lower-case letters, digits, dots or hyphens) or the ARN of an access point, got nothing',
    )
    expect(message).toContain(
      'S3_ENDPOINT: expected a URL that begins with http:// or https://, without user name, password and query, got "ftp://example.com"',
    )
    expect(message).toContain('COMPRESSION: expected one of none, gzip, zstd, got "lzo"')
    expect(message).toContain('OFFSET_PAD_WIDTH: expected a whole number from 0 to 20, got "99"')
    expect(message).toContain('FAILURE_POLICY: expected one of log, fail, got "ignore"')
    expect(message).toContain('PARTIAL_BATCH_RESPONSES: expected true or false, got "yes"')
    expect(message).toContain('DEAD_LETTER_TOPIC: expected 1 to 249 letters')
    expect(message).toContain('SOURCE_KAFKA_BROKERS: expected the brokers of DEAD_LETTER_TOPIC, got nothing')
    expect(message).toContain('LOG_LEVEL: expected one of DEBUG, INFO, WARN, ERROR, got "LOUD"')
    expect(message.split('\n')).toHaveLength(10)
  })

  const key = Buffer.alloc(32, 7).toString('base64')

  test.each([
    [{ S3_SSE: 'AES256' }, { encryption: { kind: 'AES256' } }],
    [{ S3_SSE: 'aws:kms', S3_SSE_KMS_KEY_ID: 'id' }, { encryption: { kind: 'aws:kms', keyId: 'id' } }],
    [{ S3_SSE_CUSTOMER_KEY: key }, { encryption: { kind: 'customer', key } }],
    [{ S3_TAGS: '{"team":"data","formula":"a=b"}' }, { tags: { team: 'data', formula: 'a=b' } }],
    [{ S3_PROXY_URL: 'http://proxy:3128' }, { proxy: 'http://proxy:3128/' }],
    [
      { S3_PROXY_URL: 'http://proxy:3128', S3_PROXY_USER: 'a@b', S3_PROXY_PASSWORD: ':/' },
      { proxy: 'http://a%40b:%3A%2F@proxy:3128/' },
    ],
  ])('%j says how to store', (environment, settings) => {
    expect(readDumpSettings({ ...minimal, ...environment }).store).toMatchObject(settings)
  })

  const glue = 'arn:aws:glue:eu-central-1:123456789012:registry/orders'
  const registryFaults: [Record<string, string>, string][] = [
    [
      { SCHEMA_REGISTRY_USERNAME: 'me' },
      'SCHEMA_REGISTRY_PASSWORD: expected a value, as SCHEMA_REGISTRY_USERNAME is set',
    ],
    [
      { SCHEMA_REGISTRY_USERNAME: 'me', SCHEMA_REGISTRY_PASSWORD: 'hidden', SCHEMA_REGISTRY_TOKEN: 'hidden' },
      'SCHEMA_REGISTRY_TOKEN: expected nothing, as SCHEMA_REGISTRY_USERNAME is set',
    ],
    [{ SCHEMA_REGISTRY_TOKEN: 'hidden token' }, 'SCHEMA_REGISTRY_TOKEN: expected a bearer token, got something else'],
    [
      { SCHEMA_REGISTRY_CERT: pem('CERTIFICATE') },
      'SCHEMA_REGISTRY_KEY: expected a value, as SCHEMA_REGISTRY_CERT is set',
    ],
    [
      { SCHEMA_REGISTRY_KEY: pem('PRIVATE KEY') },
      'SCHEMA_REGISTRY_CERT: expected a value, as SCHEMA_REGISTRY_KEY is set',
    ],
    [
      { SCHEMA_REGISTRY_CERT: pem('CERTIFICATE'), SCHEMA_REGISTRY_KEY: pem('ENCRYPTED PRIVATE KEY') },
      'SCHEMA_REGISTRY_KEY_PASSWORD: expected the password of SCHEMA_REGISTRY_KEY, which is encrypted',
    ],
    [
      { SCHEMA_REGISTRY_URL: glue, SCHEMA_REGISTRY_TOKEN: 'hidden' },
      'SCHEMA_REGISTRY_TOKEN: expected nothing, as SCHEMA_REGISTRY_URL is a registry in AWS Glue',
    ],
  ]

  test('servers of a schema registry are separated by commas', () => {
    const environment = { VALUE_FORMAT: 'avro', SCHEMA_REGISTRY_URL: 'https://one:8081, http://other/path' }
    const { schemaRegistry } = readDumpSettings({ ...minimal, ...environment, SCHEMA_REGISTRY_TOKEN: 'abc.def' })
    const urls = ['https://one:8081', 'http://other/path']
    expect(schemaRegistry).toMatchObject({ urls, credentials: { token: 'abc.def' } })
  })

  test.each([
    // Under the policy log such a region put every batch aside, with a wrong host name as the only hint.
    [{ S3_REGION: 'eu west' }, 'S3_REGION: expected a region such as eu-central-1, got "eu west"'],
    [{ S3_PART_SIZE: '5242879' }, 'S3_PART_SIZE: expected a whole number from 5242880 to 5368709120, got "5242879"'],
    [{ S3_PART_SIZE: '5368709121' }, 'S3_PART_SIZE: expected a whole number from 5242880 to 5368709120'],
    [{ S3_CHECKSUM: 'md5' }, 'S3_CHECKSUM: expected one of crc32, crc64nvme, none, got "md5"'],
    [{ S3_SSE: 'aes' }, 'S3_SSE: expected one of AES256, aws:kms, got "aes"'],
    [{ S3_SSE_KMS_KEY_ID: 'id' }, 'S3_SSE_KMS_KEY_ID: expected nothing, unless S3_SSE is aws:kms'],
    [
      { S3_SSE_CUSTOMER_KEY: 'c2hvcnQ=' },
      'S3_SSE_CUSTOMER_KEY: expected 32 bytes as base64, got something else (not shown)',
    ],
    [{ S3_SSE: 'AES256', S3_SSE_CUSTOMER_KEY: key }, 'S3_SSE_CUSTOMER_KEY: expected nothing, as S3_SSE is set'],
    [{ S3_ACL: 'everybody' }, 'S3_ACL: expected one of private, public-read'],
    [{ S3_STORAGE_CLASS: 'cold' }, 'S3_STORAGE_CLASS: expected capital letters, digits and underscores, got "cold"'],
    [{ S3_TAGS: 'team' }, 'S3_TAGS: expected a JSON object with at most 10 strings, such as'],
    [{ S3_TAGS: '{"a":1}' }, 'S3_TAGS: expected a JSON object'],
    [{ S3_TAGS: '{"a?":""}' }, 'S3_TAGS: expected a JSON object'],
    [
      { S3_TAGS: JSON.stringify(Object.fromEntries([...'abcdefghijk'].map(name => [name, '']))) },
      'S3_TAGS: expected a JSON object with at most 10 strings, such as',
    ],
    [{ S3_PROXY_URL: 'proxy:3128' }, 'S3_PROXY_URL: expected a URL such as http://proxy:3128, without user name'],
    [{ S3_PROXY_URL: 'http://a:b@proxy:3128' }, 'S3_PROXY_URL: expected a URL such as'],
    // Each of these was accepted, and then every batch failed.
    ...['arn:aws:s3:::my-bucket', 'arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap'].map(
      (arn): [Record<string, string>, string] => [{ S3_BUCKET: arn }, 'S3_BUCKET: expected a bucket name'],
    ),
    ...[
      ['S3_ENDPOINT', 'https://s3.internal'],
      ['S3_FORCE_PATH_STYLE', 'true'],
      ['S3_ACCELERATE', 'true'],
    ].map(([name = '', value = '']): [Record<string, string>, string] => [
      { S3_BUCKET: accessPoint, [name]: value },
      'S3_BUCKET: expected the name of a bucket: access points support neither S3_ACCELERATE nor path style',
    ]),
    ...[
      'https://id:secret@registry',
      'https://a,b',
      'https://a,',
      'https://registry?version=2',
      `${glue},https://a`,
    ].map((url): [Record<string, string>, string] => [
      { VALUE_FORMAT: 'avro', SCHEMA_REGISTRY_URL: url },
      'SCHEMA_REGISTRY_URL: expected URLs that begin with http:// or https://, without user name',
    ]),
    ...registryFaults.map(([environment, fault]): [Record<string, string>, string] => [
      { VALUE_FORMAT: 'avro', SCHEMA_REGISTRY_URL: 'https://registry', ...environment },
      fault,
    ]),
    // Where a login stood in a URL, an error showed it.
    [{ S3_ENDPOINT: 'ftp://id:s3cr3t@store' }, 'query, got "ftp://…@store"'],
    [{ S3_PROXY_USER: 'me' }, 'S3_PROXY_URL: expected a value, as S3_PROXY_USER or S3_PROXY_PASSWORD is set'],
    [
      { S3_PROXY_URL: 'http://proxy', S3_PROXY_PASSWORD: 'hidden' },
      'S3_PROXY_USER: expected a value, as S3_PROXY_PASSWORD is set',
    ],
    [
      { S3_PROFILE: 'lake', S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'hidden' },
      'S3_PROFILE: expected nothing, as S3_ACCESS_KEY_ID is set',
    ],
    [{ S3_ACCELERATE: 'true', S3_ENDPOINT: 'http://127.0.0.1' }, 'S3_ACCELERATE: expected false with S3_ENDPOINT'],
    [{ S3_MAX_RETRIES: '-1' }, 'S3_MAX_RETRIES: expected a whole number from 0 to 20, got "-1"'],
    [{ S3_RETRY_BACKOFF_MS: '0' }, 'S3_RETRY_BACKOFF_MS: expected a whole number from 1 to 60000, got "0"'],
    // Everything went to the fallback's folder.
    [{ OBJECT_PARTITIONER: 'field', PARTITION_FIELD: '/a,/b' }, 'or key; PARTITION_BY takes several, got "/a,/b"'],
    [
      { OBJECT_PARTITIONER: 'daily', PARTITION_BY: '/tenant' },
      'PARTITION_BY: expected nothing, as OBJECT_PARTITIONER is set',
    ],
    [{ PARTITION_BY: '/id,/customer/id' }, 'PARTITION_BY: expected parts separated by commas, each with another name'],
    [{ PARTITION_BY: '/tenant,key', FORMAT: 'parquet' }, 'PARTITION_BY: expected another name than key, which is a'],
    [{ PARTITION_BY: '/tenant', PATH_FORMAT: 'yyyy' }, 'PATH_FORMAT: expected nothing, unless OBJECT_PARTITIONER'],
    [
      { PARTITION_BY: 'daily', OBJECT_KEY_TEMPLATE: '{topic}-{partition}-{offsets}' },
      'OBJECT_KEY_TEMPLATE: expected {path} in it, as OBJECT_PARTITIONER or PARTITION_BY is set',
    ],
    [{ S3_SESSION_TOKEN: 'hidden' }, 'S3_ACCESS_KEY_ID: expected a value, as S3_SESSION_TOKEN is set'],
    [{ OBJECT_PARTITIONER: 'time', PATH_FORMAT: 'yyyy/MM/' }, 'no slash at either end, got "yyyy/MM/"'],
    [{ S3_EXPECT_CONTINUE: 'yes' }, 'S3_EXPECT_CONTINUE: expected true or false, got "yes"'],
  ])('%j is refused, and nothing else', (environment, fault) => {
    const message = faultsOf({ ...minimal, ...environment })
    expect(message).toContain(fault)
    expect(message.split('\n')).toHaveLength(2)
    expect(message).not.toContain('hidden')
  })

  test.each([
    [{ S3_ACCESS_KEY_ID: 'id' }, 'S3_SECRET_ACCESS_KEY: expected a value, as S3_ACCESS_KEY_ID is set'],
    [{ S3_SECRET_ACCESS_KEY: 'hidden' }, 'S3_ACCESS_KEY_ID: expected a value, as S3_SECRET_ACCESS_KEY is set'],
    [{ FORMAT: 'csv' }, 'FORMAT: expected one of json, jsonl, raw, avro, parquet, got "csv"'],
    [
      { COMPRESSION_LEVEL: '0' },
      'COMPRESSION_LEVEL: expected a whole number, from 1 to 9 for gzip, from 1 to 19 for zstd, got "0"',
    ],
    [{ COMPRESSION_LEVEL: '10' }, 'COMPRESSION_LEVEL: expected a level that the compression has'],
    [{ FORMAT: 'parquet', COMPRESSION_LEVEL: '20' }, 'COMPRESSION_LEVEL: expected a whole number'],
    [{ COMPRESSION: 'none', COMPRESSION_LEVEL: '1' }, 'COMPRESSION_LEVEL: expected a level that the compression has'],
    [{ RECORD_SEPARATOR: '\\n' }, 'RECORD_SEPARATOR: expected nothing, unless FORMAT is jsonl or raw'],
    [{ FORMAT: 'raw', RECORD_SEPARATOR: '\\q' }, 'RECORD_SEPARATOR: expected 1 to 20 characters'],
    [
      { FORMAT: 'jsonl', RECORD_SEPARATOR: ',' },
      'RECORD_SEPARATOR: expected control characters such as \\n, as FORMAT',
    ],
    [{ FORMAT: 'avro', INCLUDE_KEY: 'false' }, 'INCLUDE_KEY: expected nothing, unless FORMAT is raw'],
    [{ FORMAT: 'raw', INCLUDE_HEADERS: 'true' }, 'INCLUDE_HEADERS: expected nothing, as FORMAT is raw'],
    [{ FORMAT: 'parquet', VALUE_FORMAT: 'base64' }, 'VALUE_FORMAT: expected another one: avro and parquet hold bytes'],
    [{ FORMAT: 'raw', MAX_INLINE_VALUE_BYTES: '1000' }, 'MAX_INLINE_VALUE_BYTES: expected nothing, as FORMAT is raw'],
    [{ MAX_INLINE_VALUE_BYTES: '0' }, 'MAX_INLINE_VALUE_BYTES: expected a whole number from 1 to 2147483647, got "0"'],
    [{ FORMAT: 'raw', INCLUDE_VALUE_SIZE: 'true' }, 'INCLUDE_VALUE_SIZE: expected nothing, as FORMAT is raw'],
    [
      { SOURCE_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' },
      'SOURCE_KAFKA_PASSWORD: expected a value, as SOURCE_KAFKA_SECURITY_PROTOCOL uses SASL',
    ],
    [
      { SOURCE_KAFKA_USERNAME: 'bob' },
      'SOURCE_KAFKA_SECURITY_PROTOCOL: expected SASL_PLAINTEXT or SASL_SSL, as SOURCE_KAFKA_USERNAME is set',
    ],
    // It took 13 s of retries, and the message was about the network.
    [
      { SOURCE_KAFKA_CA: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----' },
      'SOURCE_KAFKA_CA: expected whole certificates in PEM, got something else (not shown)',
    ],
    [{ SOURCE_KAFKA_CERT: pem('CERTIFICATE') }, 'SOURCE_KAFKA_KEY: expected a value, as SOURCE_KAFKA_CERT is set'],
    [{ SOURCE_KAFKA_KEY: pem('RSA PRIVATE KEY') }, 'SOURCE_KAFKA_CERT: expected a value, as SOURCE_KAFKA_KEY is set'],
    ...['', 'wrong'].map((password): [Record<string, string>, string] => [
      { SOURCE_KAFKA_CERT: pem('CERTIFICATE'), SOURCE_KAFKA_KEY: encryptedKey, SOURCE_KAFKA_KEY_PASSWORD: password },
      'SOURCE_KAFKA_KEY_PASSWORD: expected the password of SOURCE_KAFKA_KEY, which is encrypted',
    ]),
    [{ FAILURE_TOPIC_PARTITIONS: '0' }, 'FAILURE_TOPIC_PARTITIONS: expected a whole number from 1 to 9000, got "0"'],
    [
      { FAILURE_TOPIC_CLEANUP_POLICY: 'none' },
      'FAILURE_TOPIC_CLEANUP_POLICY: expected delete, compact or compact,delete, got "none"',
    ],
    [{ SOURCE_KAFKA_BROKERS: 'kafka://b-1:9092' }, 'SOURCE_KAFKA_BROKERS: expected host:port'],
    [
      { ABNORMAL_DATA_TOPIC: 'abnormal' },
      'SOURCE_KAFKA_BROKERS: expected the brokers of ABNORMAL_DATA_TOPIC, got nothing',
    ],
  ])('%j alone is refused', (environment, fault) => {
    expect(faultsOf({ ...minimal, ...environment })).toContain(fault)
  })

  test.each(['/lake', 'a//b', '..', 'a/../b', './a', '/', '../a'])(
    'the prefix %s leads elsewhere and is refused',
    prefix => {
      expect(faultsOf({ ...minimal, OBJECT_PREFIX: prefix })).toContain('OBJECT_PREFIX: expected folder names')
    },
  )

  test.each(['lake', 'lake/raw', 'lake/raw/', '.hidden', 'a..b'])('the prefix %s is a folder', prefix => {
    expect(readDumpSettings({ ...minimal, OBJECT_PREFIX: prefix }).keys.prefix).toBe(prefix.replace(/\/$/, ''))
  })

  test.each([
    [{ OBJECT_PARTITIONER: 'daily' }, { name: 'time', format: timePresets.daily, timeZone: 'UTC' }],
    [
      { OBJECT_PARTITIONER: 'hourly', TIMEZONE: 'Asia/Kolkata' },
      { name: 'time', format: timePresets.hourly, timeZone: 'Asia/Kolkata' },
    ],
    [
      { OBJECT_PARTITIONER: 'time', PATH_FORMAT: 'yyyy/MM' },
      { name: 'time', format: parsePathFormat('yyyy/MM'), timeZone: 'UTC' },
    ],
    [
      { OBJECT_PARTITIONER: 'field', PARTITION_FIELD: '/country' },
      { name: 'field', field: { pointer: ['country'] }, fallback: '__HIVE_DEFAULT_PARTITION__' },
    ],
    [
      { OBJECT_PARTITIONER: 'field', PARTITION_FIELD: 'header:region', PARTITION_FIELD_FALLBACK: 'none' },
      { name: 'field', field: { header: 'region' }, fallback: 'none' },
    ],
  ])('%j says where objects go', (environment, partitioner) => {
    expect(readDumpSettings({ ...minimal, ...environment }).keys.partitioner).toEqual(partitioner)
  })

  test.each([
    { FORMAT: 'jsonl', OBJECT_PARTITIONER: 'field', PARTITION_FIELD: '/topic' },
    { FORMAT: 'parquet', OBJECT_PARTITIONER: 'field', PARTITION_FIELD: '/topic/name' },
    { FORMAT: 'parquet', OBJECT_PARTITIONER: 'hourly' },
    { FORMAT: 'avro' },
  ])('%j has no folders that readers take for a column of the file', environment => {
    expect(() => readDumpSettings({ ...minimal, ...environment })).not.toThrow()
  })

  test.each([
    [{ OBJECT_PARTITIONER: 'weekly' }, 'OBJECT_PARTITIONER: expected one of default, time, daily, hourly, field'],
    [{ OBJECT_PARTITIONER: 'time' }, 'PATH_FORMAT: expected a format such as yyyy/MM/dd'],
    [{ PATH_FORMAT: 'yyyy/MM' }, 'PATH_FORMAT: expected nothing, unless OBJECT_PARTITIONER is time'],
    [
      { OBJECT_PARTITIONER: 'time', PATH_FORMAT: 'yyyy/mm' },
      'PATH_FORMAT: expected folders of yyyy, MM, dd, HH and mm, each with the larger ones; other words before = or in ' +
        'single quotes; no slash at either end, got "yyyy/mm"',
    ],
    [{ TIMEZONE: 'Mars/Olympus' }, 'TIMEZONE: expected an IANA time zone, such as Europe/Berlin, got'],
    [{ OBJECT_PARTITIONER: 'field' }, 'PARTITION_FIELD: expected a field such as /customer/country'],
    [{ PARTITION_FIELD: '/country' }, 'PARTITION_FIELD: expected nothing, unless OBJECT_PARTITIONER is field'],
    [{ OBJECT_PARTITIONER: 'field', PARTITION_FIELD: 'country' }, 'PARTITION_FIELD: expected a JSON pointer such as'],
    [
      { OBJECT_KEY_TEMPLATE: '{topic}/{partition}' },
      'OBJECT_KEY_TEMPLATE: expected folders and a name with {topic}, {partition} and {offsets}, separated by text;',
    ],
    [
      { OBJECT_PARTITIONER: 'daily', OBJECT_KEY_TEMPLATE: '{topic}/{partition}/{offsets}' },
      'OBJECT_KEY_TEMPLATE: expected {path} in it, as OBJECT_PARTITIONER or PARTITION_BY is set',
    ],
    // Readers of such a folder fail, or show the folder's value in place of the record's: `topic` was what a field said.
    [
      { FORMAT: 'parquet', OBJECT_PARTITIONER: 'field', PARTITION_FIELD: '/order/topic' },
      'PARTITION_FIELD: expected another name than topic, which is a column of parquet',
    ],
    [
      { FORMAT: 'avro', OBJECT_PARTITIONER: 'field', PARTITION_FIELD: 'header:valuesize' },
      'PARTITION_FIELD: expected another name than valuesize, which is a column of avro',
    ],
    [
      { FORMAT: 'parquet', OBJECT_PARTITIONER: 'time', PATH_FORMAT: 'timestamp=yyyy-MM-dd' },
      'PATH_FORMAT: expected another name than timestamp, which is a column of parquet',
    ],
    [
      { OBJECT_PREFIX: 'x'.repeat(900) },
      'OBJECT_PREFIX: expected a shorter folder, as the keys of topics with long names would have more than 1024 bytes',
    ],
  ])('%j is refused', (environment, fault) => {
    const message = faultsOf({ ...minimal, ...environment })
    expect(message).toContain(fault)
    expect(message.split('\n')).toHaveLength(2)
  })

  test('law: a secret never appears in an error', () => {
    const secretNames = Object.values(dumpSections).flatMap(({ prefix, variables }) =>
      Object.keys(variables)
        .filter(name => /PASSWORD|SECRET|(?<!INCLUDE_|KMS_)KEY(_ID)?$|CA$|CERT$/.test(name))
        .map(name => prefix + name),
    )
    fc.assert(
      fc.property(
        fc.subarray(secretNames, { minLength: 1 }),
        fc.stringMatching(/^s3cr3t[a-z0-9]{8}$/),
        (names, secret) => {
          const environment = Object.fromEntries(names.map(name => [name, secret]))
          try {
            readDumpSettings({ S3_BUCKET: '!', COMPRESSION: 'lzo', ...environment })
          } catch (error) {
            expect(inspect(error, { depth: null })).not.toContain(secret)
          }
        },
      ),
    )
  })
})
