import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { Random } from '../../support/simulation/random.ts'
import { accessKeyOf, isSkewed } from './signed-request.ts'
import { isApplicable, type Refusal, type RefusingFault, refusals, refusalText } from './store-refusals.ts'

/** What the store does to requests. Names are those of the faults' table. */
export type StoreFault =
  /** 500 InternalError. */
  | 'internal-error'
  /** 503 SlowDown. */
  | 'slow-down'
  /** Takes the request, and never answers. */
  | 'hangs'
  /** Does what is asked, and breaks the connection in place of the answer. */
  | 'loses-answers'
  /** Breaks the connection in the middle of an answer’s body. */
  | 'truncates'
  /** 200 with an error in the body, as CompleteMultipartUpload, CopyObject and DeleteObjects may answer. */
  | 'ok-with-error'
  /** 507, which MinIO answers to what writes when its disk is full. */
  | 'disk-full'
  /** The store’s clock is 20 minutes fast: 403 RequestTimeTooSkewed to who hasn’t noticed. */
  | 'skewed'

/** 403 for an access key that is revoked. */
export type Revoked = 'revoked'

export interface StoreFaults {
  /**
   * @param share of the requests that it concerns, above 0 and at most 1
   */
  begin(fault: StoreFault, share: number): void
  /** Refuses an access key from now on, and no longer the one that was revoked before. */
  revoke(accessKeyId: string): void
  /** Ends one fault, or all of them. */
  heal(fault?: StoreFault): void
  /** How many requests about a bucket a fault has met since the proxy began. */
  met(fault: StoreFault | Revoked, bucket: string): number
  /** How many requests about a bucket there were since the proxy began. */
  requests(bucket: string): number
}

export interface StoreProxy extends StoreFaults {
  port: number
  stop(): Promise<void>
}

/** The store’s clock is fast by more than what S3 tolerates, which is 15 minutes. */
export const SKEW_MS = 20 * 60_000

const SKEWED: Refusal = {
  status: 403,
  code: 'RequestTimeTooSkewed',
  message: 'The difference between the request time and the server’s time is too large.',
}

const isRefusing = (fault: StoreFault | Revoked): fault is RefusingFault => fault in refusals

/**
 * An HTTP proxy that passes requests to a store as they are, with the host that the client signed, so that signatures stay right.
 * It checks the time of signatures in the store's place: the store itself must tolerate any.
 *
 * @param upstream the store's endpoint
 */
export async function startStoreProxy(upstream: string): Promise<StoreProxy> {
  const active = new Map<StoreFault, number>()
  let revoked: string | undefined
  /** By bucket, and by fault and bucket. */
  const counts = new Map<string, number>()
  const count = (what: string) => void counts.set(what, (counts.get(what) ?? 0) + 1)
  const held = new Set<ServerResponse>()
  const random = new Random(0)

  /** The first of the active faults that meets this request. Which requests a share concerns is chance. */
  function faultFor(incoming: IncomingMessage): StoreFault | Revoked | undefined {
    if (revoked !== undefined && accessKeyOf(incoming) === revoked) return 'revoked'
    return active.entries().find(([fault, share]) => isApplicable(fault, incoming) && random.chance(share))?.[0]
  }

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = faultFor(incoming)
    const bucket = bucketOf(incoming)
    count(bucket)
    if (fault && fault !== 'skewed') count(`${fault} ${bucket}`)
    const clock = new Date(Date.now() + (fault === 'skewed' ? SKEW_MS : 0))
    const body = await buffer(incoming)
    const refuseWith = (refusal: Refusal) =>
      refuse(response, refusal.status, refusalText(refusal, incoming, body), clock)
    if (fault && isRefusing(fault)) return refuseWith(refusals[fault])
    if (isSkewed(incoming, clock)) {
      if (fault === 'skewed') count(`${fault} ${bucket}`)
      return refuseWith(SKEWED)
    }
    if (fault === 'hangs') return void held.add(response)
    const stored = await ask(upstream, incoming, body)
    const answered = await buffer(stored)
    if (fault === 'loses-answers') return void response.destroy()
    // In the store's name: a client that was told the time goes by it.
    const headers = { ...stored.headers, date: clock.toUTCString() }
    response.writeHead(stored.statusCode ?? 500, headers)
    if (fault !== 'truncates' || answered.length < 2) return void response.end(answered)
    response.write(answered.subarray(0, answered.length >> 1), () => response.destroy())
  }

  const server = createServer((incoming, response) => {
    // The client is gone, or the store: either way this request has no answer.
    answer(incoming, response).catch(() => response.destroy())
  })
  // Longer than any pause of a client: closing idle connections is a fault that nobody asked for.
  server.keepAliveTimeout = 120_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const release = () => {
    for (const response of held) response.destroy()
    held.clear()
  }
  return {
    port: (server.address() as AddressInfo).port,
    met: (fault, bucket) => counts.get(`${fault} ${bucket}`) ?? 0,
    requests: bucket => counts.get(bucket) ?? 0,
    begin: (fault, share) => void active.set(fault, share),
    revoke(accessKeyId) {
      revoked = accessKeyId
    },
    heal(fault) {
      if (fault) active.delete(fault)
      else active.clear()
      if (!active.has('hangs')) release()
    },
    async stop() {
      release()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The first part of the path: clients here put the bucket there. */
function bucketOf({ url = '' }: IncomingMessage): string {
  return url.slice(1).split(/[/?]/, 1)[0] ?? ''
}

function refuse(response: ServerResponse, status: number, text: string, clock: Date): void {
  response.writeHead(status, { 'content-type': 'application/xml', date: clock.toUTCString() })
  response.end(text)
}

/** Passes a request on, with the headers as they came: the signature covers them, the host among them. */
async function ask(
  upstream: string,
  { method, url, rawHeaders }: IncomingMessage,
  body: Buffer,
): Promise<IncomingMessage> {
  const { hostname, port } = new URL(upstream)
  const headers = rawHeaders.filter((_, at) => !/^(connection|expect)$/i.test(rawHeaders[at - (at % 2)] ?? ''))
  const asked = request({ hostname, port, method, path: url, headers, agent: false })
  asked.end(body)
  const [answer] = await once(asked, 'response')
  return answer
}
