import type { ConnectorType } from '../lib/config/connector-type.ts'

/** A function as an entry for another platform calls it: with an event, and a context that says how long it may take. */
export type Invoke = (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<unknown>

/** The functions that take Kafka events; only the one that is used is loaded, and reads its variables. */
const modules = {
  dump: () => import('./dump.ts'),
  replicate: () => import('./replicate.ts'),
} satisfies Record<ConnectorType, () => Promise<unknown>>

export async function loadFunction(name: ConnectorType): Promise<Invoke> {
  const { handler } = await modules[name]()
  return async (event, context) => await handler(event, context as never, {} as never)
}
