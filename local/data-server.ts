import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from './server.ts'

/** A server that runs with a data folder of its own. */
export interface DataServer {
  dataDir: string
  /** Stops and starts it, with the same ports and data, after so many milliseconds. */
  restart(awayMs?: number): Promise<void>
  /** The same after a crash: it had no chance to put anything in order. */
  crash(): Promise<void>
  /** Stops it for as long as something takes, and starts it again. */
  withoutIt(use: () => Promise<void>): Promise<void>
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

/** Prepares the data folder and starts a server on it. If either fails, the folder goes. */
export async function startDataServer(
  dataDir: string,
  prepare: () => Promise<unknown>,
  start: () => Promise<Server>,
): Promise<DataServer> {
  const removeData = () => rm(dataDir, { recursive: true, force: true })
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
