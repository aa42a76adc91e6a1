import { type Connections, loggedIn } from './access/connections.ts'
import { LoginRunner } from './access/login-runner.ts'
import { createInvoker, type Invoker, type LambdaEndpoint } from './api/invocation.ts'
import { serveLambdaApi } from './api/lambda-api.ts'
import { LogLines } from './api/log-lines.ts'
import { SchemaReader } from './intake/schema-reader.ts'
import type { Log } from './log.ts'
import { readChangedMapping } from './mapping/changed-mapping.ts'
import type { Service } from './mapping/declaration.ts'
import type { EventSourceMapping } from './mapping/event-source-mapping.ts'
import { Mappings, type Runner } from './mapping/mappings.ts'
import { readAddedMapping, readMappings } from './mapping/reader.ts'
import { Poller } from './poller/poller.ts'
import { apiPortOf, connectionsOf, functionsEndpoint, readSettings, type Settings } from './settings.ts'

/** The part of the Serverless Framework that this plugin uses. */
interface Serverless {
  service: Service
  pluginManager: { spawn(command: string): Promise<void> }
  classes: { Error: new (message: string, code: string) => Error }
}

type Options = Record<string, unknown>

/**
 * Runs the Kafka event source mappings of a service next to serverless-offline. Does nothing for other commands.
 *
 * `serverless offline` has no hook at its end, only `serverless offline start` has. So the hook of the former spawns the
 * latter, which ends the process.
 */
export default class ServerlessOfflineKafka {
  readonly hooks = {
    'before:offline:start': () => this.#serverless.pluginManager.spawn('offline:start'),
    // Before anything listens, so that an error ends the process.
    'before:offline:start:init': () => this.#prepare(),
    'after:offline:start:init': () => this.#start(),
    'before:offline:start:end': () => this.#running.disposeAsync(),
  }
  readonly #serverless: Serverless
  readonly #options: Options
  readonly #log: Log
  readonly #logs = new LogLines()
  /** Everything that has to be closed before the process ends, in reverse order. */
  readonly #running = new AsyncDisposableStack()
  #settings: Settings | undefined
  #declared: EventSourceMapping[] = []

  constructor(serverless: Serverless, options: Options, { log }: { log: Log }) {
    this.#serverless = serverless
    this.#options = options
    this.#log = log
  }

  #prepare() {
    const { service, classes } = this.#serverless
    try {
      const settings = readSettings(service.custom)
      this.#settings = settings
      if (settings.enabled) this.#declared = this.#read(settings)
    } catch (error) {
      throw new classes.Error((error as Error).message, 'OFFLINE_KAFKA_INVALID')
    }
    for (const stream of [process.stdout, process.stderr]) {
      const listening = this.#logs.listen(stream)
      this.#running.defer(() => listening.stop())
    }
  }

  #read(settings: Settings): EventSourceMapping[] {
    const { mappings, warnings } = readMappings(this.#serverless.service)
    for (const warning of warnings) this.#log.warning(`Kafka  ${warning}`)
    for (const mapping of mappings) {
      const { topic, functionKey, enabled } = mapping
      // Refuses what only AWS knows before anything listens.
      if (enabled) connectionsOf(settings, mapping)
      else this.#log.notice(`Kafka  ${topic} → ${functionKey}  disabled`)
    }
    return mappings
  }

  async #start(): Promise<void> {
    const settings = this.#settings
    if (!settings?.enabled) return
    const functions = functionsEndpoint(this.#serverless.service.custom, this.#options)
    const invoker = createInvoker(functions)
    this.#running.defer(() => invoker.close())
    const mappings = new Mappings((mapping, uuid) => this.#runner(settings, mapping, uuid, invoker))
    this.#running.defer(() => mappings.stop())
    for (const mapping of this.#declared) mappings.add(mapping)
    await this.#serveApi(mappings, apiPortOf(settings, functions), functions)
  }

  #runner(settings: Settings, mapping: EventSourceMapping, uuid: string, invoker: Invoker): Runner {
    const { functionName, topic, functionKey } = mapping
    const { partialResponses } = settings
    const invoke = (payload: Buffer) => this.#counted(functionName, invoker.invoke(functionName, payload))
    const onLag = (records: number) => this.#logs.metrics.addLag(functionName, records)
    const poller = ({ connection, registry }: Connections) => {
      const schemas = registry && new SchemaReader(registry)
      return new Poller({ mapping, connection, schemas, invoke, onLag, log: this.#log, uuid, partialResponses })
    }
    const { secrets, ...connections } = connectionsOf(settings, mapping)
    if (!secrets) return poller(connections)
    const onTrouble = (reason: string) => this.#log.warning(`Kafka  ${topic} → ${functionKey}  waiting: ${reason}`)
    return new LoginRunner(async () => poller(await loggedIn(connections, mapping)), onTrouble)
  }

  #counted<T>(functionName: string, answer: Promise<T>): Promise<T> {
    const begin = performance.now()
    const count = (hasFailed: boolean) =>
      this.#logs.metrics.countInvocation(functionName, hasFailed, performance.now() - begin)
    answer.then(
      () => count(false),
      () => count(true),
    )
    return answer
  }

  /** A failure is only a warning, because the mappings run without the API. */
  async #serveApi(mappings: Mappings, port: number, functions: LambdaEndpoint): Promise<void> {
    const { service } = this.#serverless
    try {
      const api = await serveLambdaApi({
        ...{ port, mappings, functions, logs: this.#logs },
        read: properties => readAddedMapping(service, properties),
        change: (mapping, properties) => readChangedMapping(service, mapping, properties),
        environmentOf: name => this.#environmentOf(name),
      })
      this.#running.defer(() => api.close())
    } catch (error) {
      this.#log.warning(
        `Kafka  Lambda’s API for mappings is not available (set another apiPort): ${(error as Error).message}`,
      )
    }
  }

  /** The variables of a function and those of all functions, as they are declared. */
  #environmentOf(functionName: string): Record<string, string> | undefined {
    const { functions = {}, provider } = this.#serverless.service
    const found = Object.values(functions).find(({ name }) => name === functionName)
    const declared = found && Object.entries({ ...provider?.environment, ...found.environment })
    return declared && Object.fromEntries(declared.map(([name, value]) => [name, String(value)]))
  }
}
