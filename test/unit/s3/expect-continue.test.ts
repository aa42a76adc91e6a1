import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createStore } from '../../../lib/s3/store.ts'
import { MEGABYTE, objectOf } from '../../support/store-objects.ts'

interface Received {
  /** Whether the store was asked before the body was sent. */
  isAsked: boolean
  bytes: number
}

const medium = objectOf(Buffer.alloc(3 * MEGABYTE))
const close: (() => void)[] = []

afterEach(() => {
  for (const end of close.splice(0)) end()
})

/** Opens a store at a server that does this when it is asked. */
async function openAt(onAsked: (answer: () => void) => void) {
  const received: Received[] = []
  const answer: RequestListener = (incoming, response) => {
    const request = { isAsked: incoming.headers.expect !== undefined, bytes: 0 }
    received.push(request)
    incoming.on('error', () => {})
    incoming.on('data', (chunk: Buffer) => {
      request.bytes += chunk.length
    })
    incoming.on('end', () => response.writeHead(200, { etag: '"e"' }).end())
  }
  const server = createServer(answer)
  server.on('checkContinue', (incoming, response) => {
    answer(incoming, response)
    onAsked(() => response.writeContinue())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  close.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const settings = {
    ...{ bucket: 'lake', region: 'us-east-1', forcePathStyle: true, retries: { most: 0, firstPauseMs: 1 } },
    credentials: { accessKeyId: 'local', secretAccessKey: 's3cr3t' },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  }
  const store = createStore(settings)
  // The first request loads the client, and connects. A slow machine would take that for a store that does not answer.
  await store.put(objectOf(Buffer.from('small')))
  received.length = 0
  return { store, received }
}

// Each such object waited six seconds, which is as long as many invocations may take.
test('a store that ignores the question gets the body after a short wait, and is not asked again', async () => {
  const { store, received } = await openAt(() => {})
  await store.put(medium)
  await store.put(medium)
  expect(received).toEqual([
    { isAsked: true, bytes: 0 },
    { isAsked: false, bytes: medium.body.length },
    { isAsked: false, bytes: medium.body.length },
  ])
})

test('a store that answers it is asked each time', async () => {
  const { store, received } = await openAt(answer => answer())
  await store.put(medium)
  await store.put(medium)
  expect(received).toEqual(Array(2).fill({ isAsked: true, bytes: medium.body.length }))
})

test('a write that is abandoned meanwhile stays abandoned', async () => {
  const abandoned = new AbortController()
  const { store, received } = await openAt(() => abandoned.abort())
  await expect(store.put(medium, abandoned)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(received).toEqual([{ isAsked: true, bytes: 0 }])
})
