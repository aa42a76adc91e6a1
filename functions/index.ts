import type { ServerFunction } from '../lib/config/server.ts'

/** A function as the entries for other platforms call it: with an event, and a context that tells the remaining time. */
export type Invoke = (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<unknown>

/** The functions that run elsewhere than on Lambda. Only the one in use is loaded, and only its variables are read. */
const modules = {
  dump: () => import('./dump.ts'),
  replicate: () => import('./replicate.ts'),
  compact: () => import('./compact.ts'),
  'record-cluster': () => import('./record-cluster.ts'),
} satisfies Record<ServerFunction, () => Promise<unknown>>

export async function loadFunction(name: ServerFunction): Promise<Invoke> {
  const { handler } = await modules[name]()
  return async (event, context) => await handler(event, context as never)
}
