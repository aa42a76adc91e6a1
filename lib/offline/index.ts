import type { Service } from './declaration.ts'
import { readMappings } from './event-source-mapping.ts'
import { createInvoker, type Invoker, type LambdaEndpoint } from './invocation.ts'
import type { Log } from './log.ts'
import { Poller } from './poller.ts'
import { connectionOf, readSettings } from './settings.ts'

/** What this plugin uses of the Serverless Framework. */
interface Serverless {
  service: Service
  pluginManager: { spawn(command: string): Promise<void> }
  classes: { Error: new (message: string, code: string) => Error }
}

type Options = Record<string, unknown>

/**
 * Runs the Kafka event source mappings of a service beside serverless-offline. Does nothing for other commands.
 *
 * `serverless offline` has no hook at its end, only `serverless offline start` has. So the former starts the latter,
 * which ends the process.
 */
export default class ServerlessOfflineKafka {
  readonly hooks = {
    'before:offline:start': () => this.#serverless.pluginManager.spawn('offline:start'),
    // Before anything listens: an error then ends the process.
    'before:offline:start:init': () => this.#prepare(),
    'after:offline:start:init': () => this.#start(),
    'before:offline:start:end': () => this.#stop(),
  }
  readonly #serverless: Serverless
  readonly #options: Options
  readonly #log: Log
  #invoker: Invoker | undefined
  #pollers: Poller[] = []

  constructor(serverless: Serverless, options: Options, { log }: { log: Log }) {
    this.#serverless = serverless
    this.#options = options
    this.#log = log
  }

  #prepare() {
    const { service, classes } = this.#serverless
    this.#invoker = createInvoker(endpointOf(service, this.#options))
    try {
      this.#pollers = this.#createPollers(this.#invoker)
    } catch (error) {
      throw new classes.Error((error as Error).message, 'OFFLINE_KAFKA_INVALID')
    }
  }

  /** Doesn't wait for Kafka, so that the service's other events work without it. */
  #start() {
    for (const poller of this.#pollers) void poller.start()
  }

  #createPollers(invoker: Invoker): Poller[] {
    const { service } = this.#serverless
    const log = this.#log
    const settings = readSettings(service.custom)
    if (!settings.enabled) return []
    const { mappings, warnings } = readMappings(service)
    for (const warning of warnings) log.warning(`Kafka  ${warning}`)
    for (const { topic, functionKey, enabled } of mappings) {
      if (!enabled) log.notice(`Kafka  ${topic} → ${functionKey}  disabled`)
    }
    return mappings
      .filter(({ enabled }) => enabled)
      .map(mapping => {
        const invoke = (payload: Buffer) => invoker.invoke(mapping.functionName, payload)
        return new Poller({ mapping, connection: connectionOf(settings, mapping), invoke, log })
      })
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#pollers.map(poller => poller.stop()))
    this.#invoker?.close()
  }
}

/** Where serverless-offline listens: by its own order of options, then custom section, then defaults. */
function endpointOf({ custom }: Service, options: Options): LambdaEndpoint {
  const { host, lambdaPort } = {
    host: 'localhost',
    lambdaPort: 3002,
    ...(custom?.['serverless-offline'] as Options),
    ...options,
  }
  return { host: reachable[String(host)] ?? String(host), port: Number(lambdaPort) }
}

/** Addresses that stand for all interfaces can be listened on, but not everywhere connected to. */
const reachable: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
