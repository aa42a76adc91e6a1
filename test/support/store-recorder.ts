import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'

/** A request as it arrived. */
export interface RecordedRequest {
  method: string
  /** Path and query. */
  url: string
  headers: IncomingMessage['headers']
  body: Buffer
  /** When it arrived, in milliseconds since an arbitrary point. */
  time: number
}

/** What the recorder answers by itself; undefined: the store answers. */
export type Fault = (request: RecordedRequest) => { status: number; code: string } | undefined

/** A loopback server in front of a store: it keeps what the client really sent, and passes it on as it is. */
export interface StoreRecorder {
  endpoint: string
  requests: RecordedRequest[]
  /** Set to answer in the store's place. */
  fault: Fault
  /** Set to refuse bodies before they are sent, to clients that ask. */
  refuseBodies: boolean
  /** Set to change a byte of each body on its way to the store. */
  damage: boolean
  close(): Promise<void>
}

/** @param upstream the store's endpoint; the host that the client signed is passed on, so its signature stays right */
export async function startStoreRecorder(upstream: string): Promise<StoreRecorder> {
  const server = createServer()
  const recorder: StoreRecorder = {
    endpoint: '',
    requests: [],
    fault: () => undefined,
    refuseBodies: false,
    damage: false,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }

  async function answer(incoming: IncomingMessage, response: ServerResponse) {
    const { method = '', url = '', headers } = incoming
    const time = performance.now()
    const body = await buffer(incoming)
    const recorded = { method, url, headers, body, time }
    recorder.requests.push(recorded)
    if (recorder.damage) body[0] = (body[0] ?? 0) ^ 1
    const fault = recorder.fault(recorded)
    if (fault) refuse(response, fault.status, fault.code)
    else await passOn(recorded, response, upstream)
  }

  const serve = (incoming: IncomingMessage, response: ServerResponse) =>
    void answer(incoming, response).catch(() => response.destroy())
  server.on('request', serve)
  server.on('checkContinue', (incoming: IncomingMessage, response: ServerResponse) => {
    if (recorder.refuseBodies) {
      const { method = '', url = '', headers } = incoming
      recorder.requests.push({ method, url, headers, body: Buffer.alloc(0), time: performance.now() })
      return refuse(response, 403, 'AccessDenied')
    }
    response.writeContinue()
    serve(incoming, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  recorder.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return recorder
}

async function passOn({ method, url, headers, body }: RecordedRequest, response: ServerResponse, upstream: string) {
  const { expect: _, ...passed } = headers
  const onward = request(new URL(url, upstream), { method, headers: passed, setHost: false })
  onward.end(body)
  const [answer] = (await once(onward, 'response')) as [IncomingMessage]
  response.writeHead(answer.statusCode ?? 500, answer.headers)
  await pipeline(answer, response)
}

function refuse(response: ServerResponse, status: number, code: string) {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(`<Error><Code>${code}</Code><Message>refused by the recorder</Message></Error>`)
}
