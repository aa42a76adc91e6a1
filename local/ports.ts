import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below the range for outgoing connections (Linux from 32768, `ip_local_port_range`; macOS and Windows from 49152, RFC 6335).
 * A port in that range may be taken by a connection before the server listens, or while it restarts.
 */
const [FIRST, LAST] = [20_000, 32_767]

/**
 * Ports of which a process takes its first ones, chosen by its id. Processes that start servers side by side have
 * different spans: a port that one of them has found free must not be found free by another before a server listens there.
 */
const SPAN = 64

const spans = Math.floor((LAST + 1 - FIRST) / SPAN)
const span = FIRST + (process.pid % spans) * SPAN

const assigned = new Set<number>()

/** Free loopback ports, each given out only once by this process. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = assigned.size < SPAN / 2 ? randomInt(span, span + SPAN) : randomInt(FIRST, LAST + 1)
    if (assigned.has(port)) continue
    assigned.add(port)
    if (await isFree(port)) ports.push(port)
  }
  return ports
}

/**
 * Checks that ports are valid and free.
 *
 * @param ports by the variable that sets each
 * @throws an error that names the invalid or taken port and the variable to set
 */
export async function refuseTaken(ports: Record<string, number>): Promise<void> {
  for (const [variable, port] of Object.entries(ports)) {
    if (!(port >= 0 && port <= 65_535))
      throw new Error(`${variable} is not a valid port. Set it to a number from 0 to 65535.`)
    if (await isFree(port)) continue
    throw new Error(
      `Port ${port} is already in use, possibly by another npm start. Set ${variable} to a different port.`,
    )
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
