import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Free loopback ports. All are bound before the first one is given back, so that no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  const ports = servers.map(server => (server.address() as AddressInfo).port)
  await Promise.all(servers.map(server => once(server.close(), 'close')))
  return ports
}

/**
 * @param ports by the variable that sets each
 * @throws an error that says which one is taken, and how to have another
 */
export async function refuseTaken(ports: Record<string, number>): Promise<void> {
  for (const [variable, port] of Object.entries(ports)) {
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening').catch(() => {
      throw new Error(`Port ${port} is taken, by another npm start perhaps. Set ${variable} to another one.`)
    })
    await once(server.close(), 'close')
  }
}
