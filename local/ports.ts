import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { commandLine } from './command-line.ts'

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

/** Free ports by names. */
export async function portsOf<Name extends string>(names: readonly Name[]): Promise<Record<Name, number>> {
  const ports = await freePorts(names.length)
  return Object.fromEntries(names.map((name, index) => [name, ports[index]])) as Record<Name, number>
}

/** How long a server of a process that was killed may take to end: its leash waits for 5 s before it kills it. */
const PATIENCE_MS = 10_000
const PAUSE_MS = 100

/**
 * The ports of a server whose data is kept, the same each time: clients, and the quorum of a cluster, know them.
 *
 * @param folder the server's folder, which gets a file with them
 * @throws an error that names a port that another process has
 */
export async function keptPorts<Name extends string>(
  folder: string,
  names: readonly Name[],
): Promise<Record<Name, number>> {
  const file = join(folder, 'ports.json')
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) {
    const ports = await portsOf(names)
    await mkdir(folder, { recursive: true })
    await writeFile(`${file}.partial`, JSON.stringify(ports))
    await rename(`${file}.partial`, file)
    return ports
  }
  const ports = JSON.parse(text) as Record<Name, number>
  const deadline = performance.now() + PATIENCE_MS
  for (const port of Object.values<number>(ports)) {
    while (!(await isFree(port))) {
      if (performance.now() > deadline)
        throw new Error(
          `Port ${port}, which ${folder} keeps, is in use by another process. Stop it, or start without --keep.`,
        )
      await sleep(PAUSE_MS)
    }
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
      `Port ${port} is already in use, possibly by another ${commandLine('start')}. Set ${variable} to a different port.`,
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
