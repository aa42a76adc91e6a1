import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { createInvoker } from '../../../../lib/offline/api/invocation.ts'

/** Invokes a function of a Lambda API that answers by `listener`. */
async function invoke(listener: RequestListener, payload = '{}') {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const invoker = createInvoker({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  try {
    return await invoker.invoke('shop-dev-dump', Buffer.from(payload))
  } finally {
    invoker.close()
    server.close()
  }
}

test('the function gets exactly the payload, and its response comes back', async () => {
  const payload = JSON.stringify({ name: 'ë', filler: 'x'.repeat(100_000) })
  const seen: unknown[] = []
  const response = await invoke(async (request, answer) => {
    seen.push(request.method, request.url, (await buffer(request)).toString(), request.headers['content-length'])
    answer.end('{"batchItemFailures":[]}')
  }, payload)
  expect(seen).toEqual([
    'POST',
    '/2015-03-31/functions/shop-dev-dump/invocations',
    payload,
    String(Buffer.byteLength(payload)),
  ])
  expect(response).toEqual({ batchItemFailures: [] })
})

test.each([
  ['', undefined],
  ['null', null],
  ['"text"', 'text'],
  // serverless-offline doesn't escape what it quotes.
  ['"he said "no""', '"he said "no""'],
])('the response %s', async (body, expected) => {
  expect(await invoke((_, answer) => void answer.writeHead(body ? 200 : 204).end(body))).toEqual(expected)
})

test('an error of the function is a failure, in one line', async () => {
  const failing = invoke((_, answer) => {
    answer.setHeader('X-Amz-Function-Error', 'Unhandled')
    answer.end(JSON.stringify({ errorMessage: 'no\n  database', errorType: 'Error' }))
  })
  await expect(failing).rejects.toThrow(/^no database$/)
})

test('any status but success is a failure', async () => {
  const missing = (_: unknown, answer: { writeHead(status: number): { end(body: string): void } }) =>
    answer.writeHead(404).end('{"Message":"Function not found: shop-dev-dump"}')
  await expect(invoke(missing as RequestListener)).rejects.toThrow('Function not found: shop-dev-dump')
  await expect(invoke((_, answer) => void answer.writeHead(500).end())).rejects.toThrow('HTTP status 500')
})

test('a lost connection is a failure', async () => {
  await expect(invoke(request => void request.socket.destroy())).rejects.toThrow()
})
