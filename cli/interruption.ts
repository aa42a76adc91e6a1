import { exitCodes } from './exit-codes.ts'

/** Aborts with the first Ctrl-C and sets the exit code that tells of it; the second one ends the process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.exitCode = exitCodes.interrupted
      controller.abort()
    })
  }
  return controller.signal
}
