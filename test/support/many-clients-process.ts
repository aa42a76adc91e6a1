import { connect, type Socket } from 'node:net'
import type { ManyAct, ManyAnswers } from './many-clients.ts'

/** The other side of `many-clients.ts`. */
const [port = 0, count = 0] = process.argv.slice(2).map(Number)
/** Connections are opened so many at a time: more than a listening socket keeps would be repeated by TCP after a second. */
const AT_ONCE = 200

interface Client {
  socket: Socket
  received: string
}

let clients: Client[] = []

function open(): Promise<Client> {
  return new Promise(resolve => {
    const client: Client = { socket: connect({ port, host: '127.0.0.1' }), received: '' }
    client.socket.setEncoding('latin1').on('data', text => {
      client.received += text
    })
    client.socket.on('error', () => {})
    client.socket.once('connect', () => resolve(client)).once('close', () => resolve(client))
  })
}

/** A record as KafkaSource sends it, of one of ten partitions. */
function record(index: number): string {
  const place = `ce-source: /apis/v1#orders\r\nce-id: partition:${index % 10}/offset:${Math.floor(index / 10)}\r\n`
  return `POST / HTTP/1.1\r\nhost: x\r\nce-type: dev.knative.kafka.event\r\n${place}content-length: 5\r\n\r\nvalue`
}

const acts: Record<ManyAct, () => Promise<void>> = {
  async open() {
    for (let first = 0; first < count; first += AT_ONCE)
      clients.push(...(await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - first) }, open))))
  },
  async send() {
    for (const [index, { socket }] of clients.entries()) socket.write(record(index))
    await Promise.all(clients.map(answered))
  },
  async begin() {
    for (const [index, { socket }] of clients.entries()) socket.write(record(index).slice(0, 40))
  },
  async untilClosed() {
    await Promise.all(clients.map(closed))
  },
  async close() {
    for (const { socket } of clients) socket.destroy()
    clients = []
  },
}

function answered(client: Client): Promise<void> {
  return new Promise(resolve => {
    const check = () => {
      if (client.received.includes('\r\n\r\n') || client.socket.destroyed) resolve()
    }
    client.socket.on('data', check).on('close', check)
    check()
  })
}

function closed({ socket }: Client): Promise<void> {
  return new Promise(resolve => (socket.destroyed ? resolve() : socket.once('close', () => resolve())))
}

function answersSoFar(): ManyAnswers {
  const answers: ManyAnswers = {}
  for (const { received, socket } of clients) {
    const status = /^HTTP\/1\.1 (\d+)/.exec(received)?.[1]
    const answer = status ?? (socket.destroyed ? 'closed' : 'none')
    answers[answer] = (answers[answer] ?? 0) + 1
  }
  return answers
}

process.on('message', async (act: ManyAct) => {
  await acts[act]()
  process.send?.(answersSoFar())
})
process.on('disconnect', () => process.exit(0))
