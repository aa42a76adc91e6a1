import { connect, type Socket } from 'node:net'

/**
 * Many connections of one client process, which does with all of them what its parent says: `open`, `send` a record on each,
 * `trickle` the beginning of one, `close`. After each it tells how many connections are open, and the status of each answer.
 */
export interface Told {
  open: number
  /** How many answers had each status. */
  answers: Record<string, number>
  /** Connections that the server has closed without an answer. */
  dropped: number
}

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

const acts: Record<string, () => Promise<void>> = {
  async open() {
    for (let first = 0; first < count; first += AT_ONCE)
      clients.push(...(await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - first) }, open))))
  },
  async send() {
    for (const [index, { socket }] of clients.entries()) socket.write(record(index))
    await Promise.all(clients.map(answered))
  },
  async trickle() {
    for (const [index, { socket }] of clients.entries()) socket.write(record(index).slice(0, 40))
  },
  /** Until the server has closed all connections. */
  async wait() {
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

function told(): Told {
  const answers: Record<string, number> = {}
  let dropped = 0
  for (const { received, socket } of clients) {
    const status = /^HTTP\/1\.1 (\d+)/.exec(received)?.[1]
    if (status) answers[status] = (answers[status] ?? 0) + 1
    else if (socket.destroyed) dropped += 1
  }
  return { open: clients.filter(({ socket }) => !socket.destroyed).length, answers, dropped }
}

process.on('message', async (act: string) => {
  await acts[act]?.()
  process.send?.(told())
})
process.on('disconnect', () => process.exit(0))
