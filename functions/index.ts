import type { ConnectorType } from '../lib/config/connector-type.ts'

/** A function as the entries for other platforms call it: with an event, and a context that tells the remaining time. */
export type Invoke = (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<unknown>

/** The functions that receive Kafka events. Only the one in use is loaded, and only its variables are read. */
const modules = {
  dump: () => import('./dump.ts'),
  replicate: () => import('./replicate.ts'),
} satisfies Record<ConnectorType, () => Promise<unknown>>

export async function loadFunction(name: ConnectorType): Promise<Invoke> {
  const { handler } = await modules[name]()
  return async (event, context) => await handler(event, context as never)
}
