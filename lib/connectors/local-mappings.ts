import type ServerlessOfflineKafka from '../offline/index.ts'
import { findPlugin, type Options, type Serverless, type Utilities } from './framework.ts'

type Hooks = ServerlessOfflineKafka['hooks']

const hookNames: Record<keyof Hooks, true> = {
  'before:offline:start': true,
  'before:offline:start:init': true,
  'after:offline:start:init': true,
  'before:offline:start:end': true,
}

/**
 * The hooks of serverless-offline-kafka, so that a service of connectors runs on a laptop without listing that plugin. They do
 * nothing if it lists it all the same.
 *
 * @param isWanted whether the service has connectors, which is known when the first hook is called
 */
export function mappingHooks(
  serverless: Serverless,
  options: Options,
  { log }: Utilities,
  isWanted: () => boolean,
): Record<keyof Hooks, () => Promise<void>> {
  let plugin: ServerlessOfflineKafka | undefined
  const called = (name: keyof Hooks) => async () => {
    if (!isWanted() || findPlugin(serverless, 'ServerlessOfflineKafka')) return
    // Only `serverless offline` needs the clients of Kafka, which are slow to load.
    const { default: ServerlessOfflineKafka } = await import('../offline/index.ts')
    plugin ??= new ServerlessOfflineKafka(serverless as never, options, { log })
    await plugin.hooks[name]()
  }
  return Object.fromEntries(Object.keys(hookNames).map(name => [name, called(name as keyof Hooks)])) as never
}
