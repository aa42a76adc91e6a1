import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { StoreSettings } from '../../lib/s3/settings.ts'

export interface Answer {
  /** Default: 200. */
  status?: number
  headers?: Record<string, string>
  body?: string | Buffer
}

export interface ReceivedRequest {
  method: string
  /** Path and query. */
  url: string
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

/** A loopback server that answers as a test says, where a store is expected. */
export interface AnsweringServer {
  /** Path style, with one repetition after a millisecond. */
  settings: StoreSettings
  /** `<method> <path and query>` of each request that was received. */
  requests: string[]
  close(): Promise<void>
}

/** @param answer called with each request, and the number of requests before it */
export async function startAnsweringServer(
  answer: (request: ReceivedRequest, index: number) => Answer,
): Promise<AnsweringServer> {
  const requests: string[] = []
  const server = createServer(async (incoming, response) => {
    const { method = '', url = '', headers } = incoming
    const body = await buffer(incoming).catch(() => undefined)
    // The client gave it up.
    if (!body) return
    const index = requests.push(`${method} ${url}`) - 1
    const { status = 200, headers: answered, body: content } = answer({ method, url, headers, body }, index)
    response.writeHead(status, answered)
    response.end(content)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const settings: StoreSettings = {
    bucket: 'lake',
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forcePathStyle: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 's3cr3t' },
    retries: { most: 1, firstPauseMs: 1 },
  }
  return {
    settings,
    requests,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
