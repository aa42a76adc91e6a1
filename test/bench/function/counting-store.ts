import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A store that takes each object, keeps its size alone, and counts: the process of {@link StoreProcess}. It sends its port, and for each
 * message that it gets, what it has taken since the one before.
 */
const sizes = new Map<string, number>()

const server = createServer(async (request, response) => {
  let size = 0
  for await (const chunk of request) size += (chunk as Buffer).length
  sizes.set(request.url ?? '', size)
  response.writeHead(200, { etag: '"e"', 'content-length': 0 }).end()
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))

process.on('message', () => {
  const bytes = sizes.values().reduce((sum, size) => sum + size, 0)
  process.send?.({ objects: sizes.size, bytes })
  sizes.clear()
})
process.once('disconnect', () => process.exit(0))
