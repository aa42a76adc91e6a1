import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { HeadObjectCommand, ListMultipartUploadsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import pMap from 'p-map'
import { readDumpSettings } from '../../lib/config/dump.ts'
import { createStore, type ObjectStore, type StoredObject } from '../../lib/s3/store.ts'
import { openBucket } from '../../local/bucket.ts'
import { stack, uniqueName } from '../support/stack.ts'
import { large, MEGABYTE, objectOf, PARTS, small } from '../support/store-objects.ts'
import { type StoreRecorder, startStoreRecorder } from '../support/store-recorder.ts'

/** In front of S3Proxy, which checks signatures, checksums and conditions. */
let recorder: StoreRecorder
let bucket: string
let client: S3Client

const settings = (environment: Record<string, string> = {}) =>
  readDumpSettings({
    S3_BUCKET: bucket,
    S3_ENDPOINT: recorder.endpoint,
    S3_ACCESS_KEY_ID: stack.store.credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: stack.store.credentials?.secretAccessKey ?? '',
    ...environment,
  }).store
const open = (environment?: Record<string, string>) => createStore(settings(environment))

beforeAll(async () => {
  recorder = await startStoreRecorder(stack.store.endpoint ?? '')
  client = new S3Client(stack.store)
})

afterAll(async () => {
  client.destroy()
  await recorder.close()
})

beforeEach(async () => {
  bucket = uniqueName('store')
  await openBucket({ ...stack.store, bucket })
  Object.assign(recorder, { requests: [], fault: () => undefined, refuseBodies: false, damage: false })
})

const puts = () => recorder.requests.filter(({ method }) => method === 'PUT')
const steps = () => recorder.requests.map(({ method, url }) => `${method} ${url.replace(/.*\?|.*/, '').split('&')[0]}`)
const unfinishedUploads = async () =>
  (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []

describe('checksums', () => {
  test('crc32 by default', async () => {
    await open().put(small)
    const checksum = Buffer.alloc(4)
    checksum.writeUInt32BE(crc32(small.body))
    expect(puts()[0]?.headers).toMatchObject({ 'x-amz-checksum-crc32': checksum.toString('base64') })
  })

  test('crc64nvme, in one piece and in parts', async () => {
    const store = open({ S3_CHECKSUM: 'crc64nvme', ...PARTS })
    await store.put(small)
    await store.put(large)
    expect(puts()).toHaveLength(4)
    for (const { headers } of puts()) expect(headers['x-amz-checksum-crc64nvme']).toMatch(/^[A-Za-z0-9+/]{11}=$/)
    expect((await store.get(large.key)).equals(large.body)).toBe(true)
  })

  test('none, for stores that refuse such headers', async () => {
    await open({ S3_CHECKSUM: 'none' }).put(small)
    const names = Object.keys(puts()[0]?.headers ?? {})
    expect(names.filter(name => name.includes('checksum') || name.includes('trailer'))).toEqual([])
  })

  test('a body that is damaged on its way is refused, and sent again', async () => {
    recorder.damage = true
    await expect(open().put(small)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true })
  })

  test('the payload is signed, with signature version 4', async () => {
    await open().put(small)
    expect(puts()[0]?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=local\/\d{8}\/us-east-1\/s3\//)
    expect(puts()[0]?.headers['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe('S3_CONTENT_ENCODING', () => {
  const stored = async ({ key }: StoredObject) => {
    const { ContentEncoding, ContentType } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
    return [ContentEncoding, ContentType]
  }

  // A web client that undoes the encoding and then goes by .gz decompresses twice (estuary/connectors 3629).
  test.each([
    ['in one piece', small],
    ['in parts', large],
  ])('false leaves the header out, and the object is a gzip file: %s', async (_, object) => {
    await open({ S3_CONTENT_ENCODING: 'false', ...PARTS }).put(object)
    expect(await stored(object)).toEqual([undefined, 'application/gzip'])
    await open(PARTS).put(object)
    expect(await stored(object)).toEqual(['gzip', 'application/json'])
  })

  test('false changes nothing about an object that is not compressed', async () => {
    const plain = { ...small, contentEncoding: undefined }
    await open({ S3_CONTENT_ENCODING: 'false' }).put(plain)
    expect(await stored(plain)).toEqual([undefined, 'application/json'])
  })
})

test('a session token is sent with its access key, and signed', async () => {
  // S3Proxy has no temporary credentials.
  await expect(open({ S3_SESSION_TOKEN: 'of-an-hour' }).put(small)).rejects.toMatchObject({ code: 'STORE_REJECTED' })
  expect(puts()[0]?.headers).toMatchObject({
    'x-amz-security-token': 'of-an-hour',
    authorization: expect.stringMatching(/SignedHeaders=[^,]*x-amz-security-token/),
  })
})

describe('an object above the part size', () => {
  test('is written in parts, and is the same object', async () => {
    const store = open(PARTS)
    await store.put(large)
    expect(steps()).toEqual([
      'POST uploads=',
      ...[1, 2, 3].map(() => expect.stringMatching(/^PUT partNumber=[123]$/)),
      expect.stringMatching(/^POST uploadId=/),
    ])
    expect(
      puts()
        .map(({ body }) => body.length)
        .toSorted(),
    ).toEqual([2 * MEGABYTE, 5 * MEGABYTE, 5 * MEGABYTE])
    expect((await store.get(large.key)).equals(large.body)).toBe(true)
    expect(await client.send(new HeadObjectCommand({ Bucket: bucket, Key: large.key }))).toMatchObject({
      ContentType: 'application/json',
      ContentEncoding: 'gzip',
      Metadata: { 'first-offset': '0' },
    })
  })

  test('is not there at all when a part fails, and nothing of it is left', async () => {
    recorder.fault = ({ url }) => (url.includes('partNumber=2') ? { status: 403, code: 'AccessDenied' } : undefined)
    const store = open(PARTS)
    await expect(store.put(large)).rejects.toMatchObject({ code: 'STORE_ACCESS_DENIED', retryable: false })
    expect(steps().at(-1)).toMatch(/^DELETE uploadId=/)
    expect(await unfinishedUploads()).toEqual([])
    expect(await Array.fromAsync(store.list(''))).toEqual([])
  })

  test('is given up when the time is over, and nothing of it is left', async () => {
    const deadline = new AbortController()
    recorder.fault = ({ url }) => {
      if (url.includes('partNumber=3')) deadline.abort()
      return undefined
    }
    const store = open(PARTS)
    await expect(store.put(large, deadline)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
    })
    expect(await unfinishedUploads()).toEqual([])
    expect(await Array.fromAsync(store.list(''))).toEqual([])
  })

  test('a failed part is repeated, not the whole object', async () => {
    let failures = 2
    recorder.fault = ({ url }) =>
      url.includes('partNumber=2') && failures-- > 0 ? { status: 503, code: 'SlowDown' } : undefined
    await open(PARTS).put(large)
    expect(puts()).toHaveLength(5)
  })

  test('an upload that is gone when it shall be completed is tried again as a whole', async () => {
    recorder.fault = ({ method, url }) =>
      method === 'POST' && url.includes('uploadId=') ? { status: 404, code: 'NoSuchUpload' } : undefined
    await expect(open(PARTS).put(large)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true })
  })
})

describe('S3_IF_NONE_MATCH', () => {
  const keep = { S3_IF_NONE_MATCH: 'true', ...PARTS }

  test.each([
    ['in one piece', small],
    ['in parts', large],
  ])('an object that is there with the same bytes is done: %s', async (_, object) => {
    const store = open(keep)
    await store.put(object)
    await store.put(object)
    const conditions = recorder.requests.map(({ headers }) => headers['if-none-match']).filter(Boolean)
    expect(conditions).toEqual(['*', '*'])
    expect(await unfinishedUploads()).toEqual([])
  })

  test.each([
    ['of another length', Buffer.from('other')],
    ['of the same length', Buffer.alloc(small.body.length)],
  ])('an object that is there with other bytes is kept: %s', async (_, body) => {
    const store = open(keep)
    await store.put({ ...small, body })
    await expect(store.put(small)).rejects.toMatchObject({ code: 'STORE_OBJECT_DIFFERS', retryable: false })
    expect((await store.get(small.key)).equals(body)).toBe(true)
  })

  test('another write of the key at the same time is waited for', async () => {
    recorder.fault = ({ method }) =>
      method === 'PUT' ? { status: 409, code: 'ConditionalRequestConflict' } : undefined
    await expect(open(keep).put(small)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true })
  })

  test('without it the same key is overwritten', async () => {
    const store = open()
    await store.put({ ...small, body: Buffer.from('other') })
    await store.put(small)
    expect((await store.get(small.key)).equals(small.body)).toBe(true)
  })
})

describe('retries', () => {
  const away = () => ({ status: 503, code: 'SlowDown' })

  test('three by default, after pauses that double', async () => {
    recorder.fault = away
    await expect(open().put(small)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true })
    const times = puts().map(({ time }) => time)
    const pauses = times.slice(1).map((time, index) => time - (times[index] as number))
    expect(pauses).toHaveLength(3)
    for (const [index, pause] of pauses.entries()) expect(pause).toBeGreaterThanOrEqual(100 * 2 ** index - 1)
  })

  test('as many and as long as asked for', async () => {
    recorder.fault = away
    await expect(open({ S3_MAX_RETRIES: '5', S3_RETRY_BACKOFF_MS: '1' }).put(small)).rejects.toThrow()
    expect(puts()).toHaveLength(6)
    recorder.requests = []
    await expect(open({ S3_MAX_RETRIES: '0' }).put(small)).rejects.toThrow()
    expect(puts()).toHaveLength(1)
  })

  test('a pause ends when the time is over', async () => {
    const deadline = new AbortController()
    // The time is over once the first answer is there, however long that takes, and well before the pause is.
    recorder.fault = () => {
      setTimeout(() => deadline.abort(), 200)
      return away()
    }
    const store = open({ S3_RETRY_BACKOFF_MS: '2000' })
    await expect(store.put(small, deadline)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
    expect(puts()).toHaveLength(1)
  })

  test('nothing is repeated that would fail again', async () => {
    recorder.fault = () => ({ status: 403, code: 'AccessDenied' })
    await expect(open().put(small)).rejects.toMatchObject({ code: 'STORE_ACCESS_DENIED' })
    expect(puts()).toHaveLength(1)
  })
})

// A status of 501 is a server's error in name only: repeated, the batch would use up the invocation's time.
test('an option that the store doesn’t know is said at once', async () => {
  await expect(open({ S3_TAGS: '{"team":"data"}' }).put(small)).rejects.toMatchObject({
    ...{ code: 'STORE_REJECTED', retryable: false },
    message: expect.stringContaining('not implemented'),
  })
  expect(puts()).toHaveLength(1)
})

describe('a listing', () => {
  // More than a store tells at once.
  const keys = Array.from({ length: 1_005 }, (_, number) => `lake/${String(number).padStart(4, '0')}`)
  const listed = (store: ObjectStore, after?: string) => Array.fromAsync(store.list('lake/', after), ({ key }) => key)
  const listings = () => recorder.requests.filter(({ method }) => method === 'GET').length

  const full = { S3_BUCKET: uniqueName('full') }

  beforeAll(async () => {
    await openBucket({ ...stack.store, bucket: full.S3_BUCKET })
    const put = (Key: string) =>
      client.send(new PutObjectCommand({ Bucket: full.S3_BUCKET, Key, Body: '', ContentLength: 0 }))
    await pMap(keys, put, { concurrency: 16 })
  })

  // An access key that was refused ended a listing, at whatever page, where everything else went on with the new one.
  test('continues with new secrets, whenever the old ones are refused, and has each key once', async () => {
    const wrong = { accessKeyId: 'local', secretAccessKey: 'not-yet-the-s3cr3t' }
    let renewals = 0
    const renew = async () => {
      renewals += 1
      recorder.fault = ({ url }) =>
        url.includes('continuation-token') && renewals === 1 ? { status: 403, code: 'InvalidAccessKeyId' } : undefined
      return { ...settings(full), renew }
    }
    expect(await listed(createStore({ ...settings(full), credentials: wrong, renew }))).toEqual(keys)
    expect({ renewals, listings: listings() }).toEqual({ renewals: 2, listings: 4 })
  })

  test('ends with the refusal where there are no others', async () => {
    recorder.fault = ({ url }) =>
      url.includes('continuation-token') ? { status: 403, code: 'AccessDenied' } : undefined
    await expect(listed(open(full))).rejects.toMatchObject({ code: 'STORE_ACCESS_DENIED' })
  })

  test('begins after a key, so that what is long past isn’t read', async () => {
    expect(await listed(open(full), 'lake/1001')).toEqual(['lake/1002', 'lake/1003', 'lake/1004'])
    expect(listings()).toBe(1)
  })
})

describe('Expect: 100-continue', () => {
  const medium = objectOf(randomBytes(3 * MEGABYTE))

  test('a store that refuses is not sent a large body', async () => {
    recorder.refuseBodies = true
    await expect(open().put(medium)).rejects.toMatchObject({ code: 'STORE_ACCESS_DENIED' })
    expect(puts()).toMatchObject([{ headers: { expect: '100-continue' }, body: Buffer.alloc(0) }])
  })

  test('a small body goes without asking, and a large one where that is switched off', async () => {
    await open().put(small)
    await open({ S3_EXPECT_CONTINUE: 'false' }).put(medium)
    await open().put(medium)
    expect(puts().map(({ headers }) => headers.expect)).toEqual([undefined, undefined, '100-continue'])
  })
})
