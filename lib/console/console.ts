import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Access } from './access.ts'
import { createApp } from './app.ts'
import { KeptOpen } from './kept-open.ts'
import { Runs } from './runs.ts'
import type { ShownService } from './shown-service.ts'
import { Watching } from './watching.ts'

/** A console that answers a browser on this machine. */
export interface Console {
  /** The address to open, with the token that lets its reader in. */
  url: string
  /** The service is another one now: what was opened for the earlier one is closed. */
  changed(): void
  /** Ends it, and what was started in it. */
  close(): Promise<void>
}

/**
 * Starts a console.
 *
 * @param service what it shows; its connectors may change while it runs
 * @param port on the loopback address; 0 for any that is free
 * @throws Error with the code `EADDRINUSE` when the port is taken
 */
export async function startConsole(service: ShownService, port = 0): Promise<Console> {
  const runs = new Runs(service)
  const open = new KeptOpen()
  const access = new Access(() => (server.address() as AddressInfo).port)
  const context = { service, runs, open }
  const watching = new Watching(context)
  const app = createApp(context, access, watching)
  const server = createAdaptorServer({ fetch: app.fetch })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: own } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${own}/?token=${access.token}`,
    changed: () => void open.close(),
    async close() {
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
      watching.close()
      await runs.close()
      await open.close()
    },
  }
}
