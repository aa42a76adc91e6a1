import { once } from 'node:events'
import { startConsole } from '../console/console.ts'
import { CommandError, type StreamingContext } from './commands/command.ts'

export interface ConsoleOptions {
  /** A number; any that is free if not given. */
  port?: string
}

const MAX_PORT = 65_535

/** Shows the service in a browser on this machine until Ctrl-C. */
export async function showConsole(
  { connectors, deployment, write, interruption }: StreamingContext,
  { port }: ConsoleOptions,
): Promise<void> {
  const shown = await startConsole({ connectors, deployment }, portOf(port)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new CommandError(`Port ${port} is taken. Name another one, or leave out --port for any that is free.`)
  })
  try {
    write(`Console  ${shown.url}\nCtrl-C ends it.`)
    const signal = interruption()
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    await shown.close()
  }
}

/** @throws CommandError */
function portOf(port: string | undefined): number {
  if (port === undefined) return 0
  if (/^\d{1,5}$/.test(port) && Number(port) <= MAX_PORT) return Number(port)
  throw new CommandError(`--port: expected a number from 0 to ${MAX_PORT}, got ${port}`)
}
