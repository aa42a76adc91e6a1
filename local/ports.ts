import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below what systems take ports for outgoing connections from (Linux from 32768, `ip_local_port_range`; macOS and Windows from
 * 49152, RFC 6335). One of those may be gone before the server that it was meant for listens, or while it restarts.
 */
const [FIRST, LAST] = [20_000, 32_767]

/**
 * Ports of which a process takes its first ones, chosen by its id. Processes that start servers side by side have
 * different spans: a port that one of them has found free must not be found free by another before a server listens there.
 */
const SPAN = 64

const spans = Math.floor((LAST + 1 - FIRST) / SPAN)
const span = FIRST + (process.pid % spans) * SPAN

const given = new Set<number>()

/** Loopback ports that are free, and that nobody in this process was given before. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = given.size < SPAN / 2 ? randomInt(span, span + SPAN) : randomInt(FIRST, LAST + 1)
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) ports.push(port)
  }
  return ports
}

/**
 * @param ports by the variable that sets each
 * @throws an error that says which one is none or is taken, and how to have another
 */
export async function refuseTaken(ports: Record<string, number>): Promise<void> {
  for (const [variable, port] of Object.entries(ports)) {
    if (!(port >= 0 && port <= 65_535)) throw new Error(`${variable} is no port. Set it to a number up to 65535.`)
    if (await isFree(port)) continue
    throw new Error(`Port ${port} is taken, by another npm start perhaps. Set ${variable} to another one.`)
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  await once(server.close(), 'close')
  return true
}
