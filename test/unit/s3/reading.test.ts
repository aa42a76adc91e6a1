import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createCommitStore } from '../../../lib/s3/commit-store.ts'

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
