import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import {
  CreateBucketCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectAclCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { readDumpSettings } from '../../lib/config/dump.ts'
import { createStore } from '../../lib/s3/store.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { large, PARTS, small } from '../support/store-objects.ts'
import { startStoreRecorder } from '../support/store-recorder.ts'

/** Keeps what it is told of encryption, ACLs, classes, tags and lifecycles, which S3Proxy doesn't know. */
let moto: Moto
let client: S3Client
const Bucket = 'store-options'

beforeAll(async () => {
  moto = await startMoto()
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' }
  client = new S3Client({ region: 'us-east-1', endpoint: moto.endpoint, forcePathStyle: true, credentials })
  await client.send(new CreateBucketCommand({ Bucket }))
})

afterAll(async () => {
  client?.destroy()
  await moto?.stop()
})

const variables = () => ({
  S3_BUCKET: Bucket,
  S3_ENDPOINT: moto.endpoint,
  S3_ACCESS_KEY_ID: 'id',
  S3_SECRET_ACCESS_KEY: 'secret',
})

const open = (environment: Record<string, string>) =>
  createStore(readDumpSettings({ ...variables(), ...PARTS, ...environment }).store)

describe.each([
  ['in one piece', small],
  ['in parts', large],
])('an object %s', (_, object) => {
  const place = { Bucket, Key: object.key }

  test('is encrypted with the store’s keys', async () => {
    await open({ S3_SSE: 'AES256' }).put(object)
    expect(await client.send(new HeadObjectCommand(place))).toMatchObject({ ServerSideEncryption: 'AES256' })
  })

  test('is encrypted with a key of a key management service', async () => {
    const key = 'arn:aws:kms:us-east-1:123456789012:key/0d2fa3f0-2c9c-4c4b-9f0e-2f6a8f6f8f55'
    await open({ S3_SSE: 'aws:kms', S3_SSE_KMS_KEY_ID: key }).put(object)
    expect(await client.send(new HeadObjectCommand(place))).toMatchObject({
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: key,
    })
  })

  // moto doesn't look at such keys, so what counts is what it was sent.
  test('is encrypted with a key of one’s own, which each request for its bytes brings', async () => {
    const recorder = await startStoreRecorder(moto.endpoint)
    const key = randomBytes(32)
    try {
      const store = open({ S3_SSE_CUSTOMER_KEY: key.toString('base64'), S3_ENDPOINT: recorder.endpoint })
      await store.put(object)
      expect((await store.get(object.key)).equals(object.body)).toBe(true)
    } finally {
      await recorder.close()
    }
    expect(recorder.requests).toHaveLength(object === small ? 2 : 6)
    for (const { headers } of recorder.requests) {
      expect(headers).toMatchObject({
        'x-amz-server-side-encryption-customer-algorithm': 'AES256',
        'x-amz-server-side-encryption-customer-key': key.toString('base64'),
        'x-amz-server-side-encryption-customer-key-md5': createHash('md5').update(key).digest('base64'),
      })
    }
  })

  test('has the ACL, the class and the tags', async () => {
    await open({
      S3_ACL: 'public-read',
      S3_STORAGE_CLASS: 'STANDARD_IA',
      S3_TAGS: '{"team":"data lake","source":"kafka:orders+eu"}',
    }).put(object)
    const [head, acl, tagging] = await Promise.all([
      client.send(new HeadObjectCommand(place)),
      client.send(new GetObjectAclCommand(place)),
      client.send(new GetObjectTaggingCommand(place)),
    ])
    expect(head.StorageClass).toBe('STANDARD_IA')
    expect(acl.Grants).toContainEqual({
      Grantee: { Type: 'Group', URI: 'http://acs.amazonaws.com/groups/global/AllUsers' },
      Permission: 'READ',
    })
    expect(tagging.TagSet).toEqual([
      { Key: 'team', Value: 'data lake' },
      { Key: 'source', Value: 'kafka:orders+eu' },
    ])
  })
})

describe('npm run retention', () => {
  const script = new URL('../../cli/kafka-functions.ts', import.meta.url).pathname
  const run = (days: string, environment: Record<string, string> = {}) =>
    promisify(execFile)(process.execPath, [script, 'retention', days], {
      env: {
        PATH: process.env.PATH,
        ...variables(),
        S3_BUCKET: 'retention',
        OBJECT_PREFIX: 'lake/raw',
        ...environment,
      },
    })
  const rules = async () => {
    const { Rules = [] } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: 'retention' }))
    return Rules.map(({ ID, Status, Prefix, Filter, Expiration }) => [ID, Status, Prefix ?? Filter?.Prefix, Expiration])
  }
  const ours = (days: number) => ['kafka-functions lake/raw', 'Enabled', 'lake/raw/', { Days: days }]

  beforeAll(async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'retention' }))
  })

  test('makes the rule where there is none, says so, and changes nothing the second time', async () => {
    const first = await run('30')
    expect(first.stdout).toMatch(
      /before\n {2}no rules\n.*now\n {2}kafka-functions lake\/raw \(Enabled\) lake\/raw\/: /s,
    )
    expect(first.stdout).toContain('Objects in lake/raw/ are removed after 30 days.')
    expect(await rules()).toEqual([ours(30)])
    expect((await run('30')).stdout).toContain('No change was needed.')
    expect(await rules()).toEqual([ours(30)])
  })

  test('changes the days, and keeps the other rules, those of the first version too', async () => {
    const others = [
      { ID: 'tmp', Status: 'Enabled', Prefix: 'tmp/', Expiration: { Days: 1 } },
      { ID: 'off', Status: 'Disabled', Prefix: '', Expiration: { Days: 7 } },
    ] as const
    const LifecycleConfiguration = { Rules: [...others] }
    await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket: 'retention', LifecycleConfiguration }))
    await run('30')
    await run('7')
    expect(await rules()).toEqual([
      ['tmp', 'Enabled', 'tmp/', { Days: 1 }],
      ['off', 'Disabled', '', { Days: 7 }],
      ours(7),
    ])
  })

  test('has the checksum that every store knows, and no newer header', async () => {
    const recorder = await startStoreRecorder(moto.endpoint)
    try {
      await run('14', { S3_ENDPOINT: recorder.endpoint })
    } finally {
      await recorder.close()
    }
    const [put] = recorder.requests.filter(({ method }) => method === 'PUT')
    expect(put?.headers['content-md5']).toBe(
      createHash('md5')
        .update(put?.body ?? '')
        .digest('base64'),
    )
    expect(Object.keys(put?.headers ?? {}).filter(name => name.includes('checksum'))).toEqual([])
  })

  test('is refused without days, and without a folder', async () => {
    await expect(run('soon')).rejects.toThrow(/days.*Expected 1 to 99999/)
    await expect(run('30', { OBJECT_PREFIX: '' })).rejects.toThrow(/Set OBJECT_PREFIX: a rule for the whole bucket/)
  })
})
