import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { jest } from '@jest/globals'
import { createCommitStore } from '../../../lib/s3/commit-store.ts'
import type { OpenedBucket } from '../../../lib/s3/opened-bucket.ts'
import { bytesOf, SILENCE_MS } from '../../../lib/s3/reading.ts'

const BYTES = 1_000_000

test.each([
  ['get', (store: ReturnType<typeof createCommitStore>) => store.get('cut')],
  ['stream', (store: ReturnType<typeof createCommitStore>) => Array.fromAsync(store.stream('cut'))],
  ['slice', (store: ReturnType<typeof createCommitStore>) => store.slice('cut', 0, BYTES)],
])('an object whose connection ends in the middle is no object: %s', async (_, read) => {
  const server = createServer((_, response) => {
    response.writeHead(200, { etag: '"e"', 'content-length': String(BYTES) })
    response.write(Buffer.alloc(BYTES / 2), () => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' }
  const address = { bucket: 'lake', region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, forcePathStyle: true }
  const store = createCommitStore({ ...address, credentials }, '')
  await expect(read(store)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true })
  server.closeAllConnections()
  server.close()
})

describe('a store that goes silent in the middle of an object', () => {
  const bucket = { settings: { bucket: 'lake' } } as OpenedBucket

  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  // A job in a container has no time limit of its own, and no other may run beside it.
  test('is waited for a minute', async () => {
    const body = new Readable({ read() {} })
    body.push(Buffer.alloc(5))
    const bytes = bytesOf(bucket, 'silent', { body, length: 10, isRange: false })
    expect(await bytes.next()).toMatchObject({ value: Buffer.alloc(5) })
    const next = expect(bytes.next()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true })
    await jest.advanceTimersByTimeAsync(SILENCE_MS)
    await next
  })

  test('is waited for as long as the reader takes its time', async () => {
    const body = new Readable({ read() {} })
    body.push(Buffer.alloc(5))
    const bytes = bytesOf(bucket, 'slow', { body, length: 5, isRange: false })
    await bytes.next()
    await jest.advanceTimersByTimeAsync(10 * SILENCE_MS)
    body.push(null)
    expect(await bytes.next()).toMatchObject({ done: true })
  })
})
