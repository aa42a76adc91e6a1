import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { recordsOf } from '../written-objects.ts'

/**
 * A store that takes each object, keeps its size alone, and counts: the process of {@link StoreProcess}. It sends its port, and for each
 * message that it gets, what it has taken since the one before.
 */
const sizes = new Map<string, number>()
let requests = 0

const server = createServer(async (request, response) => {
  requests += 1
  let size = 0
  for await (const chunk of request) size += (chunk as Buffer).length
  sizes.set(decodeURIComponent(request.url ?? ''), size)
  response.writeHead(200, { etag: '"e"', 'content-length': 0 }).end()
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))

process.on('message', () => {
  const bytes = sizes.values().reduce((sum, size) => sum + size, 0)
  const records = sizes.keys().reduce((sum, key) => sum + recordsOf(key), 0)
  process.send?.({ requests, objects: sizes.size, records, bytes })
  sizes.clear()
  requests = 0
})
process.once('disconnect', () => process.exit(0))
