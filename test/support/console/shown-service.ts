import { declared } from './connectors.ts'
import { startLoad } from './load.ts'
import { plant } from './planted.ts'
import { type Servers, startServers } from './servers.ts'
import { startService } from './service.ts'

/** A service under load, with a console. */
export interface ShownService {
  url: string
  servers: Servers
  stop(): Promise<void>
}

/** Connectors by their names. */
type Declared = Record<string, { source: { topics: readonly string[] } }>

/** Starts the sample connectors with everything that is planted. */
export async function startSample(): Promise<ShownService> {
  const servers = await startServers()
  return await shown(servers, declared, () => plant(servers))
}

/** Starts a service with these connectors, and its load. If it doesn't start, its servers are stopped. */
export async function shown(
  servers: Servers,
  connectors: Declared,
  prepare: () => Promise<void>,
): Promise<ShownService> {
  await using starting = new AsyncDisposableStack()
  starting.defer(() => servers.stop())
  await prepare()
  const service = await startService(connectors, servers)
  starting.defer(() => service.stop())
  const load = await startLoad(
    servers.source,
    Object.values(connectors).flatMap(({ source }) => source.topics),
  )
  starting.defer(() => load.stop())
  const running = starting.move()
  return { url: service.url, servers, stop: () => running.disposeAsync() }
}
