import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { resolveJars } from '../../../local/maven.ts'
import { portsOf } from '../../../local/ports.ts'
import { silent } from '../../../local/progress.ts'
import { saveProperties } from './java-properties.ts'
import { Supervised } from './supervised.ts'

const LOOK_MS = 1_000
/** A worker that is frozen or has just been killed doesn't answer. */
const ANSWER_MS = 10_000
const CONVERTER = 'org.apache.kafka.connect.converters.ByteArrayConverter'

export interface ConnectWorkerOptions {
  /** Of the group of workers, of its topics, and of the connector. */
  name: string
  brokers: readonly string[]
  /** Plugins by their names: folders with jars, or with classes. */
  plugins: Record<string, string>
  /** The connector’s configuration; asked whenever it is given to the worker. */
  connector(folder: string): Record<string, string>
  /** Of Supervised. */
  javaOptions?: readonly string[]
  say(line: string): void
}

/**
 * A worker of Kafka Connect in distributed mode with one connector. Tasks that have failed are started again, as people or an
 * operator such as Strimzi (`autoRestart`) do it: Connect itself leaves them failed.
 */
export class ConnectWorker {
  readonly server: Supervised
  readonly #options: ConnectWorkerOptions
  readonly #port: number
  readonly #stopped = new AbortController()
  readonly #watching: Promise<void>
  #isConfigured = false

  static async start(options: ConnectWorkerOptions): Promise<ConnectWorker> {
    // MirrorMaker 2's jars contain Connect's.
    const { classpath } = await resolveJars('mirror-maker', silent)
    const { port } = await portsOf(['port'])
    const { name, javaOptions, say } = options
    const server = await Supervised.start({
      ...{ name, classpath, javaOptions, say },
      command: folder => command(options, folder, port),
    })
    return new ConnectWorker(options, server, port)
  }

  private constructor(options: ConnectWorkerOptions, server: Supervised, port: number) {
    this.#options = options
    this.server = server
    this.#port = port
    this.#watching = this.#watch()
  }

  /** The connector gets its configuration again, which restarts its tasks. */
  configure(): void {
    this.#isConfigured = false
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#watching
    await this.server.stop()
  }

  async #watch(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await this.#look().catch(() => {})
      await sleep(LOOK_MS, undefined, { signal: this.#stopped.signal }).catch(() => {})
    }
  }

  /** @throws while the worker doesn't answer, or is busy with a rebalance */
  async #look(): Promise<void> {
    const { name, connector, say } = this.#options
    if (!this.#isConfigured) {
      await this.#request('PUT', `/connectors/${name}/config`, connector(this.server.folder))
      this.#isConfigured = true
    }
    const status = (await this.#request('GET', `/connectors/${name}/status`)) as { tasks: Task[] }
    const failed = status.tasks.filter(({ state }) => state === 'FAILED')
    if (failed.length === 0) return
    for (const { id, trace } of failed) say(`${name}: task ${id} has failed and is started again: ${reasonOf(trace)}`)
    await this.#request('POST', `/connectors/${name}/restart?includeTasks=true&onlyFailed=true`)
  }

  async #request(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(ANSWER_MS)]),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
}

interface Task {
  id: number
  state: string
  trace?: string
}

/** The innermost cause of a stack trace, which is behind Connect's own. */
function reasonOf(trace = ''): string {
  const lines = trace.split('\n').filter(line => line.startsWith('Caused by: '))
  return (lines.at(-1) ?? trace.split('\n')[0] ?? '').slice(0, 300)
}

async function command({ name, brokers, plugins }: ConnectWorkerOptions, folder: string, port: number) {
  const pluginPath = join(folder, 'plugins')
  await mkdir(pluginPath, { recursive: true })
  for (const [plugin, target] of Object.entries(plugins))
    await symlink(target, join(pluginPath, plugin)).catch(ignoreExisting)
  const file = join(folder, 'worker.properties')
  const stores = ['config', 'offset', 'status']
  await saveProperties(file, {
    'bootstrap.servers': brokers.join(),
    'group.id': `${name}-workers`,
    listeners: `http://127.0.0.1:${port}`,
    'plugin.path': pluginPath,
    // An idle task is called so often; Iceberg’s commits need it to be. The default is a minute.
    'offset.flush.interval.ms': '1000',
    // Without it, Connect looks into each class of all jars, which takes half a minute.
    'plugin.discovery': 'service_load',
    'key.converter': CONVERTER,
    'value.converter': CONVERTER,
    'header.converter': CONVERTER,
    'offset.storage.partitions': '1',
    'status.storage.partitions': '1',
    ...Object.fromEntries(stores.map(store => [`${store}.storage.topic`, `${name}-${store}`])),
    ...Object.fromEntries(stores.map(store => [`${store}.storage.replication.factor`, String(brokers.length)])),
  })
  const log = `-Dlog4j2.configurationFile=${join(import.meta.dirname, '../../../local/kafka/log4j2.properties')}`
  return [log, 'org.apache.kafka.connect.cli.ConnectDistributed', file]
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
