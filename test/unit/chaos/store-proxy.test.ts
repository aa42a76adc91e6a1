import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { type StoreFault, type StoreProxy, startStoreProxy } from '../../chaos/world/store-proxy.ts'

const BODY = 'stored '.repeat(10_000)

/** Answers every request, and remembers it. */
let store: Server
let asked: { method: string; url: string; host: string; body: string }[]
let proxy: StoreProxy
let client: S3Client
const clients: S3Client[] = []

const answers: Record<string, string> = { GET: BODY, PUT: '', POST: '<Result/>' }

beforeEach(async () => {
  asked = []
  store = createServer(async (request: IncomingMessage, response) => {
    const { method = '', url = '', headers } = request
    asked.push({ method, url, host: headers.host ?? '', body: await text(request) })
    const answer = answers[method] ?? ''
    response.writeHead(200, { etag: '"1"', 'content-length': answer.length }).end(answer)
  })
  store.listen(0, '127.0.0.1')
  await once(store, 'listening')
  proxy = await startStoreProxy(`http://127.0.0.1:${(store.address() as AddressInfo).port}`)
  client = clientOf('first')
})

afterEach(async () => {
  for (const each of clients.splice(0)) each.destroy()
  await proxy.stop()
  store.close()
})

/** A client as the functions have it, which makes one attempt. */
function clientOf(accessKeyId: string): S3Client {
  const made = new S3Client({
    ...{ endpoint: `http://127.0.0.1:${proxy.port}`, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1 },
    credentials: { accessKeyId, secretAccessKey: 'secret' },
    // The bodies of requests stay as they are.
    ...{ requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' },
  })
  clients.push(made)
  return made
}

const at = { Bucket: 'lake', Key: 'orders/1.json' }
const put = (by = client) => by.send(new PutObjectCommand({ ...at, Body: 'new' }))
const get = async () => (await client.send(new GetObjectCommand(at))).Body?.transformToString()
const complete = () => client.send(new CompleteMultipartUploadCommand({ ...at, UploadId: 'upload' }))
const copy = () => client.send(new CopyObjectCommand({ ...at, CopySource: 'lake/other' }))
const remove = () =>
  client.send(new DeleteObjectsCommand({ Bucket: 'lake', Delete: { Objects: [{ Key: 'a' }, { Key: 'b' }] } }))

const refused = (Code: string, status: number) => ({ Code, $metadata: { httpStatusCode: status } })

async function untilMet(fault: StoreFault): Promise<void> {
  while (!proxy.met(fault, 'lake')) await sleep(5)
}

test('without a fault, requests and answers pass as they are, with the host that was signed', async () => {
  await put()
  expect(await get()).toBe(BODY)
  const host = `127.0.0.1:${proxy.port}`
  expect(asked).toEqual([
    { method: 'PUT', url: '/lake/orders/1.json?x-id=PutObject', host, body: 'new' },
    { method: 'GET', url: '/lake/orders/1.json?x-id=GetObject', host, body: '' },
  ])
  expect(proxy.requests('lake')).toBe(2)
})

test.each([
  ['internal-error', 'InternalError', 500],
  ['slow-down', 'SlowDown', 503],
  ['disk-full', 'XMinioStorageFull', 507],
] as const)(
  '%s: a client gets %s with status %i, the store gets nothing, and after the fault it works',
  async (fault, code, status) => {
    proxy.begin(fault, 1)
    await expect(put()).rejects.toMatchObject(refused(code, status))
    expect(asked).toEqual([])
    expect(proxy.met(fault, 'lake')).toBe(1)
    proxy.heal(fault)
    await put()
    expect(asked).toHaveLength(1)
  },
)

test('a full disk can still be read', async () => {
  proxy.begin('disk-full', 1)
  expect(await get()).toBe(BODY)
})

test('a revoked access key gets InvalidAccessKeyId, another one works, until that one is revoked', async () => {
  const second = clientOf('second')
  proxy.revoke('first')
  await expect(put()).rejects.toMatchObject(refused('InvalidAccessKeyId', 403))
  expect(proxy.met('revoked', 'lake')).toBe(1)
  await put(second)
  proxy.heal()
  await expect(put()).rejects.toMatchObject(refused('InvalidAccessKeyId', 403))
  proxy.revoke('second')
  await put()
  await expect(put(second)).rejects.toMatchObject(refused('InvalidAccessKeyId', 403))
})

test('a store that hangs has taken the request, passes nothing on, and breaks the connection when it is healed', async () => {
  proxy.begin('hangs', 1)
  const failed = expect(put()).rejects.toThrow('socket hang up')
  await untilMet('hangs')
  expect(asked).toEqual([])
  proxy.heal('hangs')
  await failed
  await put()
})

test('an answer that gets lost: the client sees a broken connection, and the store has the object', async () => {
  proxy.begin('loses-answers', 1)
  await expect(put()).rejects.toThrow('socket hang up')
  expect(asked).toMatchObject([{ method: 'PUT', body: 'new' }])
  expect(await get()).toBe(BODY)
})

test('an object that is cut off fails its reader in the middle; what is written is whole', async () => {
  proxy.begin('truncates', 1)
  const { Body, ContentLength } = await client.send(new GetObjectCommand(at))
  expect(ContentLength).toBe(BODY.length)
  await expect(buffer(Body as NodeJS.ReadableStream)).rejects.toThrow('aborted')
  await put()
  expect(asked.at(-1)).toMatchObject({ method: 'PUT', body: 'new' })
})

test('200 with an error inside: for an upload that is completed, a copy, and each key that is deleted; nothing of it is done', async () => {
  proxy.begin('ok-with-error', 1)
  await expect(complete()).rejects.toMatchObject({ Code: 'InternalError' })
  await expect(copy()).rejects.toMatchObject({ Code: 'InternalError' })
  const { Errors, $metadata } = await remove()
  expect($metadata.httpStatusCode).toBe(200)
  expect(Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([
    ['a', 'InternalError'],
    ['b', 'InternalError'],
  ])
  expect(asked).toEqual([])
  await put()
  expect(asked).toHaveLength(1)
})

test('a clock that jumps: a signature of now is refused, one of the store’s time is taken', async () => {
  proxy.begin('skewed', 1)
  await expect(put()).rejects.toMatchObject(refused('RequestTimeTooSkewed', 403))
  expect(asked).toEqual([])
  // The client has learnt the store's time from its answer.
  await put()
  expect(asked).toHaveLength(1)
  proxy.heal('skewed')
  await expect(put()).rejects.toMatchObject(refused('RequestTimeTooSkewed', 403))
})

test('a share of the requests is met, the others pass', async () => {
  proxy.begin('slow-down', 0.3)
  const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => put()))
  const failed = outcomes.filter(({ status }) => status === 'rejected').length
  expect(failed).toBe(proxy.met('slow-down', 'lake'))
  expect(asked).toHaveLength(200 - failed)
  expect(failed).toBeGreaterThan(30)
  expect(failed).toBeLessThan(100)
})

test('of several faults at once, the first that applies to a request meets it; all of them end together', async () => {
  proxy.begin('truncates', 1)
  proxy.begin('internal-error', 1)
  await expect(put()).rejects.toMatchObject(refused('InternalError', 500))
  await expect(get()).rejects.toThrow('aborted')
  proxy.heal()
  await put()
  expect(await get()).toBe(BODY)
})
