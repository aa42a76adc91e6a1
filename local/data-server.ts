import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from './server.ts'

/** A running server with its own data folder. */
export interface DataServer {
  dataDir: string
  /** Stops the server and starts it again with the same ports and data, after a delay in milliseconds. */
  restart(awayMs?: number): Promise<void>
  /** Kills the server, so that it can't shut down in order, and starts it again. */
  crash(): Promise<void>
  /** Stops the server while something runs, and starts it again. */
  withoutIt(use: () => Promise<void>): Promise<void>
  /** Stops the server and removes its data, unless it is kept. */
  stop(): Promise<void>
}

/** Prepares the data folder and starts a server on it. If either fails, removes the folder, unless it is kept. */
export async function startDataServer(
  dataDir: string,
  prepare: () => Promise<unknown>,
  start: () => Promise<Server>,
  isKept = false,
): Promise<DataServer> {
  const removeData = async () => {
    if (!isKept) await rm(dataDir, { recursive: true, force: true })
  }
  let server: Server
  try {
    await prepare()
    server = await start()
  } catch (error) {
    await removeData()
    throw error
  }
  return {
    dataDir,
    async restart(awayMs = 0) {
      await server.stop()
      await sleep(awayMs)
      server = await start()
    },
    async withoutIt(use) {
      await server.stop()
      try {
        await use()
      } finally {
        server = await start()
      }
    },
    async crash() {
      await server.kill()
      server = await start()
    },
    async stop() {
      await server.stop()
      await removeData()
    },
  }
}
