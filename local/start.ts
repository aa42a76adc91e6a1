import { styleText } from 'node:util'
import { commandLine } from './command-line.ts'
import { type Declared, readDeclared } from './declared.ts'
import { LocalConsole } from './local-console.ts'
import { type OfflineService, offlinePorts, startOffline } from './offline-service.ts'
import { refuseTaken } from './ports.ts'
import { terminal } from './progress.ts'
import { findService, type Service } from './service.ts'
import { createPrinter } from './service-output.ts'
import { ServiceStack } from './service-stack.ts'
import { StateFolder } from './state-folder.ts'
import { type WatchedFiles, watchFiles } from './watched-files.ts'

export interface StartOptions {
  /** A file with connectors, for a service that reads them from the file in `CONNECTORS`. */
  declaration?: string
  /** The service's file; the one that the framework finds if not given. */
  config?: string
  /** Whether Kafka's data and the store's objects stay for the next start with it. */
  keep?: boolean
  /** Whether what was kept is removed first. */
  clean?: boolean
}

/**
 * Runs the local stack and `serverless offline` of a service until Ctrl-C, and prints a line for each object that is written. When
 * the service's file or its declaration changes, the service alone is started again.
 */
export async function start(options: StartOptions): Promise<void> {
  const interruption = new Interruption()
  const service = findService(options)
  const state = new StateFolder(service.folder)
  await using cleanup = new AsyncDisposableStack()
  const kept = await keptFolder(state, options, cleanup)
  const starting = ServiceStack.start({ progress: terminal, kept })
  // Its failure is told if the declaration is right.
  starting.catch(() => {})
  const declared = await shownDeclared(service)
  await refuseTaken(offlinePorts(process.env, declared))
  const stack = await starting
  cleanup.defer(() => stack.stop())
  await stack.prepare(declared)
  const shown = await LocalConsole.start(declared)
  const run = new ServiceRun(service, stack, state, shown)
  cleanup.defer(() => run.stop())
  // Before the service that it asks.
  cleanup.defer(() => shown.stop())
  const files = await watchFiles(service)
  cleanup.defer(() => files.close())
  await run.start(declared)
  interruption.isOrderly = true
  printAddresses(stack, declared, shown.url)
  await run.untilEnd(files, interruption.requested)
  console.log('\nStopping …')
}

/** Ctrl-C, and the other signals that end a program. */
class Interruption {
  /** Whether the servers are stopped in order. While they start, the process ends at once: what it has started ends with it. */
  isOrderly = false
  readonly requested: Promise<void>

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.requested = promise
    const end = () => {
      if (!this.isOrderly) process.exit(INTERRUPTED)
      // The second one doesn't wait.
      this.isOrderly = false
      resolve()
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  }
}

/** As shells tell that Ctrl-C ended a program. */
const INTERRUPTED = 130

/** The folder for what is kept, which no other start may use meanwhile; undefined if nothing is. */
async function keptFolder(
  state: StateFolder,
  { keep, clean }: StartOptions,
  cleanup: AsyncDisposableStack,
): Promise<string | undefined> {
  if (keep || clean) {
    const lock = await state.lock()
    cleanup.defer(() => lock.release())
  }
  if (clean) await state.clean()
  if (keep) return state.kept
  if (state.hasKept)
    console.log(styleText('dim', `  ${state.kept} has the data of a start with --keep, which is not used now`))
  return undefined
}

/** Reads what the service declares, and prints what it runs. */
async function shownDeclared(service: Service): Promise<Declared> {
  const begun = performance.now()
  const end = terminal.begin(service.config)
  const declared = await readDeclared(service).finally(end)
  terminal.done(service.config, declared.names.join(', '), performance.now() - begun)
  return declared
}

/** The service as it runs, and what is done when its files change. */
class ServiceRun {
  readonly #service: Service
  readonly #stack: ServiceStack
  readonly #state: StateFolder
  readonly #console: LocalConsole
  #running: OfflineService | undefined

  constructor(service: Service, stack: ServiceStack, state: StateFolder, console: LocalConsole) {
    this.#console = console
    this.#service = service
    this.#stack = stack
    this.#state = state
  }

  async start({ topics, targetTopics }: Declared): Promise<void> {
    const end = terminal.begin('serverless offline')
    const printer = createPrinter()
    const { environment, brokers, target } = this.#stack
    this.#running = await startOffline({ service: this.#service, environment, onLine: printer.print }).finally(end)
    await this.#state.tell({ brokers, target, topics, targetTopics })
    printer.begin()
  }

  /** Starts the service again when its files change, until it ends or the end is requested. */
  async untilEnd(files: WatchedFiles, requested: Promise<void>): Promise<void> {
    for (;;) {
      const changed = files.changed()
      const ended = this.#running?.ended.then(() => undefined)
      const happened = await Promise.race([changed, requested, ...(ended ? [ended] : [])])
      if (!happened) return
      const restarting = this.#restart(happened)
      if ((await Promise.race([restarting, requested.then(() => 'end')])) === 'end') return
    }
  }

  async #restart(changed: string[]): Promise<void> {
    const begun = performance.now()
    const end = terminal.begin(`${changed.join(', ')} changed: starting the service again`)
    try {
      const declared = await readDeclared(this.#service)
      await this.#stack.prepare(declared)
      await this.#running?.stop()
      this.#running = undefined
      await this.start(declared)
      this.#console.show(declared)
      end()
      terminal.done(
        `${changed.join(', ')} changed`,
        `service restarted: ${declared.names.join(', ')}`,
        performance.now() - begun,
      )
    } catch (error) {
      end()
      console.error(
        styleText('red', `✗ ${changed.join(', ')}: ${(error as Error).message}`, { stream: process.stderr }),
      )
      const state = this.#running ? 'What ran before continues' : 'The service is stopped'
      console.error(`  ${state}. It is started again when a file changes.`)
    }
  }

  async stop(): Promise<void> {
    await this.#running?.stop()
    await this.#state.untell()
  }
}

function printAddresses(
  { brokers, target, bucket }: ServiceStack,
  { topics, targetTopics }: Declared,
  consoleUrl: string,
) {
  const { endpoint, credentials } = bucket
  const topicList = (topics: string[]) => (topics.length > 0 ? `   topics ${topics.join(', ')}` : '')
  const addresses = [
    `  Kafka    ${brokers}${topicList(topics)}`,
    ...(target ? [`  Target   ${target}${topicList(targetTopics)}`] : []),
    `  Store    ${endpoint}   bucket ${bucket.bucket}, access key ${credentials?.accessKeyId}, secret ${credentials?.secretAccessKey}`,
    `  Console  ${consoleUrl}`,
  ]
  const [topic = '<topic>'] = [...topics, ...targetTopics]
  console.log(`
${addresses.join('\n')}

  Send records from another terminal:  ${styleText('bold', commandLine('produce', `100 ${topic}`))}
  Stop with Ctrl-C.
`)
}
